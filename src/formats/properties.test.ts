import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { properties } from './properties.ts'
import { UnrepresentableValue } from './refuse.ts'

/** How java.util.Properties reads: logical lines, escapes, separator. Continuations do not occur in what is written here. */
function read(text: string): readonly (readonly [string, string])[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !/^[ \t]*[#!]/.test(line))
    .map((line) => {
      const match = /^((?:\\.|[^\\:= \t])*)[ \t]*[:=]?[ \t]*(.*)$/s.exec(line)
      return [unescape(match?.[1] ?? ''), unescape(match?.[2] ?? '')] as const
    })
}

function unescape(text: string): string {
  return text.replace(/\\(u[0-9a-f]{4}|.)/gs, (_, what: string) => {
    if (what.startsWith('u') && what.length === 5) return String.fromCharCode(Number.parseInt(what.slice(1), 16))
    return what === 't' ? '\t' : what
  })
}

const value = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .filter((text) => !/[\x00-\x08\x0a-\x1f\x7f\u0085\u2028\u2029]/.test(text))

describe('properties', () => {
  test('whatever is written is read back', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            value.filter((key) => key !== ''),
            value,
          ),
          { maxLength: 8 },
        ),
        (entries) => {
          expect(read(properties(entries))).toEqual(entries)
        },
      ),
    )
  })

  test('zoo.cfg lines are plain', () => {
    expect(
      properties(
        [
          ['server.1', '10.0.0.1:2888:3888'],
          ['dataDir', '/data/zk'],
        ],
        ['note'],
      ),
    ).toBe('# note\nserver.1=10.0.0.1:2888:3888\ndataDir=/data/zk\n')
  })

  test('a value that would end its line is refused', () => {
    expect(() => properties([['a', 'b\nadmin.enableServer=true']])).toThrow(UnrepresentableValue)
    expect(() => properties([['a\nb', 'c']])).toThrow(UnrepresentableValue)
  })
})
