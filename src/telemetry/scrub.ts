/** Shown in place of every secret. */
export const redacted = '[redacted]'

const secretKeys =
  /^(private_?key|password|passphrase|token|bearer|authorization|secrets|stringData|client-?key-?data|keyData)$/i
const pemBlock = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g
const maxDepth = 12

/**
 * A copy of a value for the log, without: values under keys that name a secret, the content of a file marked
 * `secret: true`, the data of a Kubernetes Secret, and private keys that stand in any text.
 */
export function scrub(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrubText(value)
  if (value === null || typeof value !== 'object') return value
  if (depth >= maxDepth) return '[too deep]'
  if (Array.isArray(value)) return value.map((item) => scrub(item, depth + 1))
  if (value instanceof Error) return scrubError(value, depth)
  if (value instanceof Date) return value
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  const record = value as Record<string, unknown>
  const hides = hiddenKeys(record)
  return Object.fromEntries(
    Object.entries(record).map(([key, item]) => [
      key,
      (secretKeys.test(key) && item !== undefined) || hides.includes(key) ? redacted : scrub(item, depth + 1),
    ]),
  )
}

export function scrubText(text: string): string {
  return text.includes('PRIVATE KEY') ? text.replace(pemBlock, redacted) : text
}

function scrubError(error: Error, depth: number): unknown {
  return {
    type: error.name,
    message: scrubText(error.message),
    ...(error.stack === undefined ? {} : { stack: scrubText(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: scrub(error.cause, depth + 1) }),
  }
}

function hiddenKeys(record: Readonly<Record<string, unknown>>): readonly string[] {
  if (record.kind === 'Secret') return ['data', 'stringData']
  if (record.secret === true) return ['content']
  return []
}
