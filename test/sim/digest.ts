import { createHash } from 'node:crypto'

const known = new Map<string, string>()

/** sha256 in lower-case hex. The same bytes come again and again in a simulation: each is hashed once. */
export function digestOf(content: string): string {
  const found = known.get(content)
  if (found !== undefined) return found
  const digest = createHash('sha256').update(content).digest('hex')
  if (known.size > 20_000) known.clear()
  known.set(content, digest)
  return digest
}
