import { expect, test } from 'vitest'
import { planner } from '../planner/planner.ts'
import { Records } from './records.ts'

const directory = '/var/lib/ironherd/members'
const own = { [`${directory}/a.json`]: '1', [`${directory}/b.json`]: '2', [`${directory}/b.first-start`]: '3' }

test('a record that ironherd wrote and did not remove is missed while it is not there', () => {
  const records = new Records(planner)
  records.see('n/m1', { a: '{}' }, own)
  expect([records.bereftIn('n'), records.bereftIn('other')]).toEqual([['m1/b'], []])
  records.see('n/m1', { a: '{}', b: '{}' }, own)
  expect(records.bereftIn('n')).toEqual([])
})

test('one that ironherd removed, or that was on a host which is no more, is not', () => {
  const records = new Records(planner)
  records.see('n/m1', {}, {})
  records.see('n/m2', {}, own)
  records.forget('n/m2')
  expect(records.bereftIn('n')).toEqual([])
})
