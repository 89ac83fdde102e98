import { oneLine } from './refuse.ts'

export type PropertyEntry = readonly [key: string, value: string]

/**
 * A file that java.util.Properties reads back to exactly these entries, in this order: also zoo.cfg and log4j 1's and 2's
 * properties files. ASCII only, since older readers take the file for ISO 8859-1.
 */
export function properties(entries: readonly PropertyEntry[], header: readonly string[] = []): string {
  const comments = header.map((line) => `# ${asciiOnly(oneLine('a properties file', line))}\n`)
  const lines = entries.map(([key, value]) => `${escapeKey(key)}=${escapeValue(value)}\n`)
  return [...comments, ...lines].join('')
}

function escapeKey(key: string): string {
  if (key === '') throw new RangeError('a property needs a name')
  const escaped = oneLine('a properties file', key).replace(/[\\:= \t]/g, escapeCharacter)
  return asciiOnly(escaped.replace(/^[#!]/, '\\$&'))
}

function escapeValue(value: string): string {
  const escaped = oneLine('a properties file', value).replaceAll('\\', '\\\\').replaceAll('\t', '\\t')
  // Only leading blanks are eaten by the reader.
  return asciiOnly(escaped.replace(/^ /, '\\ '))
}

function escapeCharacter(character: string): string {
  return character === '\t' ? '\\t' : `\\${character}`
}

function asciiOnly(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Overrides replace entries of the same key where these stand; new ones follow, sorted. */
export function merged(
  base: readonly PropertyEntry[],
  overrides: Readonly<Record<string, string>>,
): readonly PropertyEntry[] {
  const known = new Set(base.map(([key]) => key))
  const more = Object.entries(overrides)
    .filter(([key]) => !known.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return [...base.map(([key, value]): PropertyEntry => [key, overrides[key] ?? value]), ...more]
}
