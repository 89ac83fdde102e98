import { describe, expect, it } from 'vitest'
import { formatPid, parsePid } from '../../../../lab/mesos/common/pid.ts'
import { formatBytes, formatDuration, parseBytes, parseDuration } from '../../../../lab/mesos/common/quantities.ts'
import { Timings } from '../../../../lab/mesos/common/statistics.ts'
import { parseZkUrl } from '../../../../lab/mesos/common/zk-url.ts'

describe('durations', () => {
  it.each([
    ['0ns', 0],
    ['500ms', 500],
    ['15secs', 15_000],
    ['1.5mins', 90_000],
    ['10mins', 600_000],
    ['6hrs', 21_600_000],
    ['2weeks', 1_209_600_000],
  ])('%s is %i ms, and is shown so', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
    expect(formatDuration(ms)).toBe(text)
  })

  it.each(['', '15', 'secs', '15 secs', '-1secs', '15parsecs', '1e3secs'])('"%s" is none', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })
})

describe('byte counts', () => {
  it.each([
    ['2GB', 2_147_483_648],
    ['4KB', 4096],
    ['1536B', 1536],
  ])('%s is %i, and is shown so', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes)
    expect(formatBytes(bytes)).toBe(text)
  })

  it('has no half bytes', () => {
    expect(parseBytes('0.5B')).toBeUndefined()
  })
})

describe('addresses of processes', () => {
  it('reads and writes id@ip:port', () => {
    expect(parsePid('log-replica(1)@127.0.0.4:5050')).toEqual({ id: 'log-replica(1)', ip: '127.0.0.4', port: 5050 })
    expect(formatPid({ id: 'slave(1)', ip: '127.0.0.12', port: 5051 })).toBe('slave(1)@127.0.0.12:5051')
  })

  it.each(['', 'master', 'master@127.0.0.2', 'master@127.0.0.2:', 'master@127.0.0.2:99999'])('"%s" is none', (text) => {
    expect(() => parsePid(text)).toThrow('is not id@ip:port')
  })
})

describe('ZooKeeper URLs', () => {
  it('has servers and a path', () => {
    expect(parseZkUrl('zk://a:2181,b:2181/mesos')).toEqual({ servers: 'a:2181,b:2181', path: '/mesos' })
  })

  it('may have credentials', () => {
    expect(parseZkUrl('zk://me:secret@a:2181/mesos/one').auth).toBe('me:secret')
  })

  it('must begin as one', () => {
    expect(() => parseZkUrl('127.0.0.1:2181')).toThrow("Expecting 'zk://' at the beginning of the URL")
  })
})

describe('timings', () => {
  it('are not there before the first, and are one value after it', () => {
    const timings = new Timings()
    expect(timings.snapshot('x_ms')).toEqual({})
    timings.record(3)
    expect(timings.snapshot('x_ms')).toEqual({ x_ms: 3 })
  })

  it('have statistics from the second on, between the values where they must be', () => {
    const timings = new Timings()
    for (const ms of [1, 2, 3, 4, 5]) timings.record(ms)
    expect(timings.snapshot('x')).toMatchObject({ x: 5, 'x/count': 5, 'x/min': 1, 'x/max': 5, 'x/p50': 3 })
    expect(timings.snapshot('x')['x/p90']).toBeCloseTo(4.6)
  })
})
