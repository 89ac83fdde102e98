import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { exports, hadoopOptions } from './hadoop-env.ts'
import { UnrepresentableValue } from './refuse.ts'

function exported(lines: readonly string[], name: string): string {
  const script = `${lines.join('\n')}\nexec bash -c 'printf %s "$${name}"'`
  return execFileSync('bash', ['-c', script], { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } })
}

test('a shell that sources the lines exports exactly the values', () => {
  const variables = { A: 'it\'s $HOME `id` "x" \\', B: '', C: 'a  b', D: '%d;|&*?~#!' }
  const lines = exports(variables)
  for (const [name, value] of Object.entries(variables)) expect([name, exported(lines, name)]).toEqual([name, value])
})

test('a value with a line break, and a name that is none, are refused', () => {
  expect(() => exports({ A: 'x\ny' })).toThrow(UnrepresentableValue)
  expect(() => exports({ 'A B': 'x' })).toThrow(UnrepresentableValue)
})

test('options come out of the scripts as they went in, whatever files there are', () => {
  const options = ['-Xms1024m', '-Da="b"', "-Dc='d'", '-De=\\f', '-Dg=$HOME;`id`&|<>{1,2}~']
  const lines = exports({ OPTIONS: hadoopOptions(options) })
  // As bin/hdfs does it: unquoted.
  const script = `${lines.join('\n')}\nprintf '%s\\n' $OPTIONS`
  expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe(options.map((one) => `${one}\n`).join(''))
})

test.each(['-Da=b c', '-Da=\tb', '-D*=1', '-Da=b?', '-Da=[bc]', '-Da=b\n'])('the option %j is refused', (option) => {
  expect(() => hadoopOptions([option])).toThrow(UnrepresentableValue)
})
