/** A value that the format cannot hold without changing what the line means. Callers turn it into a Problem. */
export class UnrepresentableValue extends Error {
  readonly value: string

  constructor(format: string, value: string, why: string) {
    super(`${format} cannot hold ${JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)}: ${why}`)
    this.name = 'UnrepresentableValue'
    this.value = value
  }
}

/** Returns the value when it stays on its line; throws UnrepresentableValue for line breaks, NUL and other control characters. */
export function oneLine(format: string, value: string): string {
  // Tab is let through: no format here ends a value at it once the value is quoted.
  if (/[\x00-\x08\x0a-\x1f\x7f\u0085\u2028\u2029]/.test(value)) {
    throw new UnrepresentableValue(format, value, 'it contains a line break or another control character')
  }
  return value
}
