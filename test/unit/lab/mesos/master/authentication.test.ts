import { expect, test } from 'vitest'
import { parseCredentials } from '../../../../lab/mesos/master/authentication.ts'

const both = [
  { principal: 'ops', secret: 'one' },
  { principal: 'agent', secret: 'two' },
]

test('credentials are read from JSON and from lines', () => {
  expect(parseCredentials(JSON.stringify({ credentials: both }))).toEqual(both)
  expect(parseCredentials('ops one\nagent  two\n\n')).toEqual(both)
})

test('a file with anything that is no credential is refused whole', () => {
  expect(parseCredentials('ops one\nagent')).toBeUndefined()
  expect(parseCredentials('ops one two')).toBeUndefined()
  expect(parseCredentials('{"credentials": [{"principal": "ops"}]}')).toBeUndefined()
  expect(parseCredentials('{"credentials": ')).toBeUndefined()
})
