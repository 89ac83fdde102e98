import net from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createCanaryRunner } from '../../../src/hosts/canary.ts'
import { createFleet } from '../../../src/hosts/fleet.ts'
import { fakeHost } from './fake-host.ts'
import type { FakeZookeeper } from './fake-zookeeper.ts'
import { fakeZookeeper } from './fake-zookeeper.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

async function setUp(callMs = 1500) {
  const host = await fakeHost('m1')
  const zookeeper = await fakeZookeeper()
  const fleet = createFleet({ now: Date.now, random: () => 0 })
  cleanups.push(
    () => host.close(),
    () => zookeeper.close(),
    () => void fleet.close(),
  )
  const runner = createCanaryRunner(fleet, Date.now, { callMs })
  const canary = { kind: 'Zookeeper', path: '/ironherd/canary', port: zookeeper.port } as const
  const sing = (signal = new AbortController().signal) => runner.run(canary, host.target(), '127.0.0.1', signal, {})
  return { host, zookeeper, sing }
}

test('a value is written and read back, the first time and again, and no session is left behind', async () => {
  const { zookeeper, sing } = await setUp(5000)
  expect(await sing()).toMatchObject({ ok: true })
  const first = zookeeper.nodes.get('/ironherd/canary')?.toString()
  expect(first).toMatch(/^ironherd \d+$/)
  expect(await sing()).toMatchObject({ ok: true })
  expect(zookeeper.nodes.get('/ironherd/canary')?.toString()).not.toBe(first)
  expect([...zookeeper.nodes.keys()]).toEqual(['/ironherd', '/ironherd/canary'])
  expect(zookeeper.sessionsClosed).toBe(2)
})

describe('what is not a proof', () => {
  const cases: [string, (zookeeper: FakeZookeeper) => void, RegExp][] = [
    ['a refusal', (zookeeper) => void (zookeeper.behaviour.writeError = -102), /NO_AUTH/],
    ['a lost quorum', (zookeeper) => void (zookeeper.behaviour.writeError = -4), /CONNECTION_LOSS/],
    ['an error that is newer than the library', (zookeeper) => void (zookeeper.behaviour.writeError = -127), /-127/],
    ['another value', (zookeeper) => void (zookeeper.behaviour.lie = Buffer.from('old')), /reads "old"/],
    ['a frozen server', (zookeeper) => void (zookeeper.behaviour.silent = true), /no answer to connect/],
    ['a server that grants sessions only', (zookeeper) => void (zookeeper.behaviour.deaf = true), /no answer to write/],
    ['nobody there', (zookeeper) => zookeeper.close(), /^m1: no way to 127\.0\.0\.1:\d+: .*failure/],
  ]
  test.each(cases)('%s', async (_name, spoil, why) => {
    const { zookeeper, sing } = await setUp()
    spoil(zookeeper)
    const result = await sing()
    expect(result.ok).toBe(false)
    expect(result.detail).toMatch(why)
    expect(result.detail.startsWith('m1: ')).toBe(true)
  })

  test('a host that cannot be reached', async () => {
    const { host, sing } = await setUp()
    host.close()
    expect(await sing()).toMatchObject({ ok: false })
  })

  test('a pass that was given up', async () => {
    const { zookeeper, sing } = await setUp(60_000)
    zookeeper.behaviour.silent = true
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 200)
    expect(await sing(controller.signal)).toMatchObject({ ok: false })
  })
})

test.each([0, 450])(
  'no client goes on connecting afterwards, also when the server answers %i ms late',
  async (delayMs) => {
    const { zookeeper } = await setUp()
    zookeeper.behaviour.delayMs = delayMs
    zookeeper.behaviour.deaf = true
    // A tunnel of its own, whose port can be listened on after it was closed.
    let port = 0
    const ends: (() => void)[] = []
    const tunnel = async (_target: unknown, _address: string, _port: number, signal: AbortSignal) => {
      const server = net.createServer((socket) => {
        const onward = net.connect(zookeeper.port, '127.0.0.1')
        for (const one of [socket, onward]) one.on('error', () => {})
        socket.pipe(onward).pipe(socket)
        ends.push(() => socket.destroy())
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      port = (server.address() as net.AddressInfo).port
      const close = (): Promise<void> => {
        for (const end of ends) end()
        server.close()
        return Promise.resolve()
      }
      signal.addEventListener('abort', () => void close())
      return { port, close }
    }
    const target = (await fakeHost('unused')).target()
    const runner = createCanaryRunner({ tunnel }, Date.now, { callMs: 300 })
    const canary = { kind: 'Zookeeper', path: '/c', port: 1 } as const
    expect(await runner.run(canary, target, '127.0.0.1', new AbortController().signal, {})).toMatchObject({ ok: false })
    const later = await fakeZookeeper(port)
    cleanups.push(() => later.close())
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const settled = later.connections
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(later.connections - settled).toBe(0)
    expect(settled).toBeLessThanOrEqual(1)
  },
)
