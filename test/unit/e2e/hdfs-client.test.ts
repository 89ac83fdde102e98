import { expect, test } from 'vitest'
import { lapOf } from '../../e2e/hdfs-client.ts'

test('a lap counts what was acknowledged, and the longest time without', () => {
  const last = { write: 1000, read: 1000 }
  const events = [
    '1500 20 write ok 1000',
    '1600 5 read ok 7',
    '5000 3000 write failed 1001 java.net.ConnectException: refused',
    '6500 900 write ok 1002',
    '6600 5 delete ok 1000',
    '6700 5 read wrong /client/1002 has 3 bytes that are not the 9 written',
    '6800 5 read late 1000',
    '',
  ].join('\n')
  expect(lapOf(events, last, 7000)).toEqual({
    writes: 2,
    reads: 1,
    failed: ['write 1001 java.net.ConnectException: refused'],
    wrong: ['read /client/1002 has 3 bytes that are not the 9 written'],
    longestWriteMs: 5000,
    longestReadMs: 5400,
  })
  expect(last).toEqual({ write: 6500, read: 1600 })
})

test('a lap without a word is one long stall', () => {
  expect(lapOf('', { write: 1000, read: 2000 }, 9000)).toMatchObject({
    writes: 0,
    longestWriteMs: 8000,
    longestReadMs: 7000,
  })
})
