import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { UpdateRecord } from '../../../../lab/mesos/agent/checkpoint.ts'
import { StatusUpdates, type Update } from '../../../../lab/mesos/agent/updates.ts'
import type { TaskState } from '../../../../lab/mesos/messages.ts'

const update = (state: TaskState): Update => ({
  framework_id: { value: 'f' },
  slave_id: { value: 's' },
  status: { task_id: { value: 't' }, state, timestamp: 1, uuid: state },
  timestamp: 1,
  uuid: state,
})

let sent: string[] = []
let saved: UpdateRecord[] = []
let done: string[] = []
let updates = new StatusUpdates(() => undefined)

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  sent = []
  saved = []
  done = []
  updates = new StatusUpdates((one) => sent.push(`${one.status.state} ${one.latest_state}`))
  updates.open(
    'f',
    't',
    (record) => saved.push(record),
    (one) => done.push(one.uuid),
  )
  updates.resume()
})

afterEach(() => {
  vi.useRealTimers()
})

test('one update is on its way at a time, and the next goes when it is acknowledged', () => {
  updates.add(update('TASK_STARTING'))
  updates.add(update('TASK_RUNNING'))
  expect(sent).toEqual(['TASK_STARTING TASK_STARTING'])
  updates.acknowledge('f', 't', 'TASK_RUNNING')
  expect(sent).toHaveLength(1)
  updates.acknowledge('f', 't', 'TASK_STARTING')
  expect(sent.at(-1)).toBe('TASK_RUNNING TASK_RUNNING')
  expect(done).toEqual(['TASK_STARTING'])
  expect(saved.map(({ type }) => type)).toEqual(['UPDATE', 'UPDATE', 'ACK'])
})

test('what nobody acknowledges is sent again after 10 s, 20 s, 40 s', () => {
  updates.add(update('TASK_RUNNING'))
  for (const seconds of [10, 20, 40]) {
    vi.advanceTimersByTime(seconds * 1000 - 1)
    const before = sent.length
    vi.advanceTimersByTime(1)
    expect(sent).toHaveLength(before + 1)
  }
})

test('nothing goes without a master, and everything does when there is one', () => {
  updates.pause()
  updates.add(update('TASK_RUNNING'))
  vi.advanceTimersByTime(100_000)
  expect(sent).toEqual([])
  updates.resume()
  expect(sent).toEqual(['TASK_RUNNING TASK_RUNNING'])
})

test('an update that came before is known, and one of an unknown task is not taken', () => {
  expect(updates.add(update('TASK_RUNNING'))).toBe('new')
  expect(updates.add(update('TASK_RUNNING'))).toBe('known')
  updates.acknowledge('f', 't', 'TASK_RUNNING')
  expect(updates.add(update('TASK_RUNNING'))).toBe('known')
  const other = update('TASK_RUNNING')
  expect(updates.add({ ...other, framework_id: { value: 'g' } })).toBeUndefined()
})

test('the end of a task closes its stream', () => {
  updates.add(update('TASK_FINISHED'))
  updates.acknowledge('f', 't', 'TASK_FINISHED')
  expect(updates.add(update('TASK_RUNNING'))).toBeUndefined()
  vi.advanceTimersByTime(100_000)
  expect(sent).toHaveLength(1)
})

test('after a restart, what was not acknowledged is sent', () => {
  updates.replay('f', 't', [
    { type: 'UPDATE', update: update('TASK_STARTING') },
    { type: 'ACK', uuid: 'TASK_STARTING' },
    { type: 'UPDATE', update: update('TASK_RUNNING') },
  ])
  updates.resume()
  expect(sent).toEqual(['TASK_RUNNING TASK_RUNNING'])
  expect(updates.add(update('TASK_STARTING'))).toBe('known')
})
