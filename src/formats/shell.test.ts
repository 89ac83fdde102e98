import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UnrepresentableValue } from './refuse.ts'
import { commandLine, quote } from './shell.ts'

const printable = fc
  .string({ unit: 'grapheme', maxLength: 60 })
  .filter((text) => !/[\x00-\x1f\x7f\u0085\u2028\u2029]/.test(text))

describe('quote', () => {
  test('a shell reads back every word as it was given', () => {
    const words = fc.sample(printable, { numRuns: 200, seed: 42 })
    const hard = [
      "'",
      '"',
      '$HOME',
      '`id`',
      '$(id)',
      '\\',
      '!',
      '*',
      '~',
      '',
      ' ',
      '-n',
      '{a,b}',
      "a'b'c",
      '\\n',
      'a;b',
      '#',
    ]
    const all = [...hard, ...words]
    const said = execFileSync('bash', ['-c', `printf '%s\\0' ${commandLine(all)}`], { encoding: 'utf8' })
    expect(said.split('\0').slice(0, -1)).toEqual(all)
  })

  test.each(['a\nb', 'a\rb', 'a\0b', 'a\u2028b', '\x1b[0m'])('%j is refused', (value) => {
    expect(() => quote(value)).toThrow(UnrepresentableValue)
  })

  test('plain words stay readable', () => {
    expect(commandLine(['/usr/bin/java', '-Xmx512m', '-Da=b'])).toBe('/usr/bin/java -Xmx512m -Da=b')
  })
})
