import { expect, test } from 'vitest'
import { desiredFile, fileAnswer, fleet, lost, machine, member, stale } from '../../test/unit/builders.ts'
import { absent, known } from '../model/fact.ts'
import { staleFiles } from './loaded.ts'
import { loadedQuestion } from './questions.ts'

const one = member(1)
const at = (changes: Parameters<typeof machine>[1]) => staleFiles(one, { m1: machine([one], changes) })

test('a process that was started with what is declared is not stale', () => {
  expect(at({})).toEqual([])
})

test('a process that was started with an older file names it', () => {
  expect(at({ changes: stale(one) })).toEqual([one.files[0]?.path])
})

test('a file without a restart rule never makes a process stale', () => {
  const more = { ...one, files: [...one.files, desiredFile('/etc/x', 'new', { restart: false })] }
  expect(staleFiles(more, fleet([one]))).toEqual([])
})

test('without a list, nothing proves what the process was started with', () => {
  expect(at({ changes: [[loadedQuestion(one), absent]] })).toHaveLength(2)
})

test('a list that cannot be read proves nothing either way, nor does a host that was not seen', () => {
  const { content: _, ...unread } = fileAnswer('x')
  expect(at({ changes: [[loadedQuestion(one), known(unread)]] })).toBeUndefined()
  expect(staleFiles(one, { m1: lost('m1') })).toBeUndefined()
})
