import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { javaOptions } from './java-options.ts'
import { UnrepresentableValue } from './refuse.ts'
import { sparkEnv } from './spark-env.ts'

test('a shell that sources spark-env.sh as Spark does exports exactly the values', () => {
  const variables = { A: 'it\'s $HOME `id` "x" \\', B: '', C: 'a  b', D: '%d;|&*?~#!' }
  const script = `set -a\n${sparkEnv(variables, ['a comment'])}set +a\nexec env -0`
  const output = execFileSync('bash', ['-c', script], { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } })
  const exported = new Map(
    output.split('\0').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  for (const [name, value] of Object.entries(variables)) expect([name, exported.get(name)]).toEqual([name, value])
})

test('a value with a line break, and a name that is none, are refused', () => {
  expect(() => sparkEnv({ A: 'x\ny' })).toThrow(UnrepresentableValue)
  expect(() => sparkEnv({ 'A B': 'x' })).toThrow(UnrepresentableValue)
})

test.each([
  [['-Xss1m', '-Da=b'], '-Xss1m -Da=b'],
  [['-Da=b c'], '"-Da=b c"'],
  [['-Da="b" \\'], '"-Da=\\"b\\" \\\\"'],
  [["-Da='b'"], '"-Da=\'b\'"'],
])('Java options %j are written %s', (options, text) => {
  expect(javaOptions(options)).toBe(text)
})
