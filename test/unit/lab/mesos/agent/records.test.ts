import { appendFileSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendRecord, pointTo, readRecord, readRecords, writeRecord } from '../../../../lab/mesos/agent/records.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesos-records-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a record comes back as it was written, and nothing else is left beside it', () => {
  const path = join(folder, 'deep', 'slave.info')
  writeRecord(path, { hostname: 'ä' })
  writeRecord(path, { hostname: 'b' })
  expect(readRecord(path)).toEqual({ hostname: 'b' })
  expect(readdirSync(join(folder, 'deep'))).toEqual(['slave.info'])
})

test('an empty file is no record, and garbage is told as Mesos tells it', () => {
  const path = join(folder, 'slave.info')
  writeFileSync(path, '')
  expect(readRecord(path)).toBeUndefined()
  // The garbage of the recording began so: 1634140416 is these bytes, read as a length.
  writeFileSync(path, Buffer.from([0x00, 0x05, 0x67, 0x61, 0x72]))
  expect(() => readRecord(path)).toThrow(
    'Failed to read message of size 1634141440 bytes: hit EOF unexpectedly, possible corruption',
  )
  writeFileSync(path, 'ab')
  expect(() => readRecord(path)).toThrow('Failed to read size')
})

test('of a file of records that was cut off, the whole ones are read', () => {
  const path = join(folder, 'task.updates')
  appendRecord(path, { type: 'UPDATE' })
  appendRecord(path, { type: 'ACK' })
  expect(readRecords(path)).toEqual({ records: [{ type: 'UPDATE' }, { type: 'ACK' }], broken: false })
  appendFileSync(path, readFileSync(path).subarray(0, 9))
  expect(readRecords(path)).toEqual({ records: [{ type: 'UPDATE' }, { type: 'ACK' }], broken: true })
  expect(readRecords(join(folder, 'none'))).toEqual({ records: [], broken: false })
})

test('a link is moved in one step', () => {
  const link = join(folder, 'latest')
  pointTo(link, '/a')
  pointTo(link, '/b')
  expect(readlinkSync(link)).toBe('/b')
  expect(readdirSync(folder)).toEqual(['latest'])
})
