import { UnrepresentableValue } from './refuse.ts'
import { xmlText } from './xml.ts'

/**
 * A configuration file of Hadoop: sorted by name, one property a line, so that two of them can be compared line by line. A value
 * that is a list has its entries on lines of their own, as Hadoop wants its fencing methods; each line break is written as a
 * character reference. Throws UnrepresentableValue for what XML cannot hold, and for a break within an entry.
 */
export function hadoopXml(
  properties: Readonly<Record<string, string | readonly string[]>>,
  header: readonly string[] = [],
): string {
  const lines = Object.entries(properties)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      const text = (typeof value === 'string' ? [value] : value).map(held).join('&#10;')
      return `  <property><name>${held(name)}</name><value>${text}</value></property>\n`
    })
  const comments = header.map((line) => `<!-- ${comment(line)} -->\n`)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${comments.join('')}<configuration>\n${lines.join('')}</configuration>\n`
}

/** Half of a pair of UTF-16 is no character, and XML leaves out these two. */
function held(text: string): string {
  if (/\p{Surrogate}|[\uFFFE\uFFFF]/u.test(text)) {
    throw new UnrepresentableValue('an XML file', text, 'it contains what is no character')
  }
  return xmlText(text)
}

function comment(line: string): string {
  if (line.includes('--')) throw new UnrepresentableValue('an XML comment', line, 'it contains two hyphens')
  return held(line)
}
