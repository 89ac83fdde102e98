import { oneLine } from './refuse.ts'

/**
 * One word for a POSIX shell, whatever it contains. Throws UnrepresentableValue for line breaks, NUL and other control
 * characters: no name, path or option that ironherd handles has them, and a word with a newline is most likely an attack.
 */
export function quote(value: string): string {
  oneLine('a shell command', value)
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(value)) return value
  return `'${value.replaceAll("'", `'\\''`)}'`
}

/** A command line of quoted words. */
export function commandLine(words: readonly string[]): string {
  return words.map(quote).join(' ')
}
