import { describe, expect, test } from 'vitest'
import { UnrepresentableValue } from './refuse.ts'
import { environmentWord, execLine, execWord, unitFile } from './unit.ts'

describe('unit files', () => {
  test('sections are written in order, with a header', () => {
    const text = unitFile(
      [
        { name: 'Unit', entries: [['Description', 'x']] },
        {
          name: 'Service',
          entries: [
            ['User', 'zookeeper'],
            ['Restart', 'always'],
          ],
        },
      ],
      ['written by a test'],
    )
    expect(text).toBe('# written by a test\n[Unit]\nDescription=x\n\n[Service]\nUser=zookeeper\nRestart=always\n')
  })

  test.each([
    ['plain', 'plain'],
    ['-Da=%h', '-Da=%%h'],
    ['$HOME', '$$HOME'],
    ['two words', '"two words"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['back\\slash', '"back\\\\slash"'],
    ['', '""'],
    ['a;b', '"a;b"'],
    ["it's", '"it\'s"'],
  ])('the word %j is written %s', (word, written) => {
    expect(execWord(word)).toBe(written)
  })

  test('a value cannot add a line, nor swallow the next one', () => {
    expect(() => unitFile([{ name: 'Service', entries: [['User', 'a\nUser=root']] }])).toThrow(UnrepresentableValue)
    expect(() => unitFile([{ name: 'Service', entries: [['User', 'a\\']] }])).toThrow(UnrepresentableValue)
    expect(() => execWord('a\nb')).toThrow(UnrepresentableValue)
  })

  test('the program must be an absolute path', () => {
    expect(() => execLine(['java', '-version'])).toThrow(UnrepresentableValue)
    expect(execLine(['/usr/bin/env', 'java'])).toBe('/usr/bin/env java')
  })

  test('environment values keep dollars and lose specifiers', () => {
    expect(environmentWord('OPTS', '-Xmx1g $A %n "q"')).toBe('"OPTS=-Xmx1g $A %%n \\"q\\""')
    expect(() => environmentWord('A-B', 'x')).toThrow(UnrepresentableValue)
  })
})
