import { afterEach, describe, expect, test } from 'vitest'
import { createCanaryRunner } from '../../../src/hosts/canary.ts'
import { createFleet } from '../../../src/hosts/fleet.ts'
import type { HostTarget } from '../../../src/model/engine.ts'
import type { FakeHdfs } from './fake-hdfs.ts'
import { fakeHdfs } from './fake-hdfs.ts'
import { fakeHost } from './fake-host.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

async function setUp(callMs = 1500) {
  const [nameHost, dataHost, hdfs] = await Promise.all([fakeHost('m1'), fakeHost('w1'), fakeHdfs()])
  const fleet = createFleet({ now: Date.now, random: () => 0 })
  cleanups.push(
    () => nameHost.close(),
    () => dataHost.close(),
    () => hdfs.close(),
    () => void fleet.close(),
  )
  const runner = createCanaryRunner(fleet, Date.now, { callMs })
  const canary = {
    kind: 'Hdfs',
    by: 'Leader',
    path: '/.ironherd/canary-a-files',
    port: hdfs.nameNodePort,
    user: 'hdfs',
    dataNodes: [{ host: 'w1', address: '127.0.0.1', port: hdfs.dataNodePort }],
  } as const
  const others: Record<string, HostTarget> = { m1: nameHost.target(), w1: dataHost.target() }
  const sing = (signal = new AbortController().signal) =>
    runner.run(canary, nameHost.target(), '127.0.0.1', signal, others)
  return { nameHost, dataHost, hdfs, others, sing }
}

test('a file is written and read back at the DataNode that the NameNode names, by the way to that host', async () => {
  const { dataHost, hdfs, nameHost, sing } = await setUp(5000)
  expect(await sing()).toMatchObject({ ok: true })
  expect(hdfs.files.get('/.ironherd/canary-a-files')).toMatch(/^ironherd \d+$/)
  expect(hdfs.calls).toEqual([
    'NameNode PUT /.ironherd/canary-a-files?op=CREATE',
    'DataNode PUT /.ironherd/canary-a-files?op=CREATE',
    'NameNode GET /.ironherd/canary-a-files?op=OPEN',
    'DataNode GET /.ironherd/canary-a-files?op=OPEN',
  ])
  const forwards = (log: readonly string[]) => new Set(log.filter((line) => line.startsWith('forward')))
  expect(forwards(nameHost.log)).toEqual(new Set([`forward ${String(hdfs.nameNodePort)}`]))
  expect(forwards(dataHost.log)).toEqual(new Set([`forward ${String(hdfs.dataNodePort)}`]))
})

test('what stood in the file is replaced, and no other file is touched', async () => {
  const { hdfs, sing } = await setUp(5000)
  hdfs.files.set('/precious', 'data')
  hdfs.files.set('/.ironherd/canary-a-files', 'ironherd 1')
  expect(await sing()).toMatchObject({ ok: true })
  expect(hdfs.files.get('/.ironherd/canary-a-files')).not.toBe('ironherd 1')
  expect([...hdfs.files.keys()]).toEqual(['/precious', '/.ironherd/canary-a-files'])
  expect(hdfs.files.get('/precious')).toBe('data')
})

describe('what is not a proof', () => {
  const cases: [string, (hdfs: FakeHdfs) => void, RegExp][] = [
    [
      'a standby',
      ({ behaviour }) => void (behaviour.standby = true),
      /create .*: StandbyException: Operation category/,
    ],
    ['safe mode', ({ behaviour }) => void (behaviour.safeMode = true), /SafeModeException: [^\n]* in safe mode\.$/],
    [
      'another value',
      ({ behaviour }) => void (behaviour.lie = 'ironherd 1'),
      /sent us to w1:\d+: .* reads "ironherd 1"/,
    ],
    ['an endless answer', ({ behaviour }) => void (behaviour.lie = 'x'.repeat(100_000)), /longer than 65536 bytes/],
    [
      'a refusal',
      ({ behaviour }) => void (behaviour.dataNodeError = 'No space'),
      /w1:\d+: write .*: IOException: No space/,
    ],
    ['a frozen NameNode', ({ behaviour }) => void (behaviour.silent = 'NameNode'), /no answer within 1\.5 s/],
    ['a frozen DataNode', ({ behaviour }) => void (behaviour.silent = 'DataNode'), /w1:\d+: no answer within 1\.5 s/],
    ['an answer that is cut off', ({ behaviour }) => void (behaviour.cut = true), /sent us to w1:\d+: /],
    ['no place to go to', ({ behaviour }) => void (behaviour.sends = { to: undefined }), /sent us to "", which is no/],
    [
      'a place under TLS',
      ({ behaviour }) => void (behaviour.sends = { to: 'https://127.0.0.1/' }),
      /which is no http URL/,
    ],
    ['nobody there', (hdfs) => hdfs.close(), /^m1: no way to 127\.0\.0\.1:\d+: /],
  ]
  test.each(cases)('%s', async (_name, spoil, why) => {
    const { hdfs, sing } = await setUp()
    spoil(hdfs)
    const result = await sing()
    expect(result.detail).toMatch(why)
    expect(result.ok).toBe(false)
    expect(result.detail.startsWith('m1: ')).toBe(true)
  })

  test.each(['http://192.0.2.1:PORT/webhdfs/v1/f?op=CREATE', 'http://127.0.0.1:22/', 'http://127.0.0.1/'])(
    'nobody but a DataNode of the cluster is gone to: %s',
    async (to) => {
      const { dataHost, hdfs, nameHost, sing } = await setUp()
      hdfs.behaviour.sends = { to: to.replace('PORT', String(hdfs.dataNodePort)) }
      expect((await sing()).detail).toMatch(/which is no DataNode of this cluster/)
      expect(dataHost.log).toEqual([])
      expect(nameHost.log.filter((line) => line.startsWith('forward'))).not.toContain('forward 22')
    },
  )

  test('a DataNode on a host that cannot be tried', async () => {
    const { others, sing } = await setUp()
    delete others.w1
    expect((await sing()).detail).toMatch(/sent us to w1, which cannot be reached now/)
  })

  test('a pass that was given up', async () => {
    const { hdfs, sing } = await setUp(60_000)
    hdfs.behaviour.silent = 'DataNode'
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 200)
    expect(await sing(controller.signal)).toMatchObject({ ok: false })
  })
})
