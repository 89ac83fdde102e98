import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hadoopXml } from './hadoop-xml.ts'
import { UnrepresentableValue } from './refuse.ts'

/** How an XML parser reads such a file: elements, the five named references, and characters by number. */
function read(text: string): Readonly<Record<string, string>> {
  const properties = text.matchAll(/<property><name>([^<]*)<\/name><value>([^<]*)<\/value><\/property>/g)
  return Object.fromEntries([...properties].map(([, name = '', value = '']) => [resolved(name), resolved(value)]))
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function resolved(text: string): string {
  return text.replace(/&(#\d+|[a-z]+);/g, (_, what: string) =>
    what.startsWith('#') ? String.fromCodePoint(Number(what.slice(1))) : (named[what] ?? ''),
  )
}

const line = fc
  .string({ unit: 'binary', maxLength: 40 })
  .filter((text) => !/[\x00-\x08\x0a-\x1f\x7f\u0085\u2028\u2029\p{Surrogate}\uFFFE\uFFFF]/u.test(text))
const key = line.filter((text) => text !== '' && text !== '__proto__')

describe('hadoopXml', () => {
  test('whatever is written is read back', () => {
    fc.assert(
      fc.property(fc.dictionary(key, line), (properties) => {
        expect(read(hadoopXml(properties))).toEqual({ ...properties })
      }),
    )
  })

  test('entries of a list come back as lines', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
        expect(read(hadoopXml({ a: lines }))['a']).toBe(lines.join('\n'))
      }),
    )
  })

  test('every property is one line of the text, sorted by name', () => {
    expect(hadoopXml({ 'b.c': '<&>"', a: '1', 'b.a': ['x', 'y'] }, ['a note'])).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<!-- a note -->\n' +
        '<configuration>\n' +
        '  <property><name>a</name><value>1</value></property>\n' +
        '  <property><name>b.a</name><value>x&#10;y</value></property>\n' +
        '  <property><name>b.c</name><value>&lt;&amp;&gt;&quot;</value></property>\n' +
        '</configuration>\n',
    )
  })

  test.each([
    ['a line break', 'a\nb'],
    ['a control character', 'a\u0001b'],
    ['half of a character', 'a\ud800b'],
    ['what is no character', 'a\uffffb'],
  ])('%s is refused in a value, in an entry and in a name', (_, text) => {
    expect(() => hadoopXml({ a: text })).toThrow(UnrepresentableValue)
    expect(() => hadoopXml({ a: ['b', text] })).toThrow(UnrepresentableValue)
    expect(() => hadoopXml({ [text]: 'a' })).toThrow(UnrepresentableValue)
  })

  test('a comment cannot end itself', () => {
    expect(() => hadoopXml({}, ['a --> <configuration>'])).toThrow(UnrepresentableValue)
  })
})
