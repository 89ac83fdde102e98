import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { absentZnodePattern, znodeFact, znodeRequest } from '../../../src/formats/znode.ts'
import { parseLook } from '../../../src/hosts/look-reply.ts'
import { renderLook } from '../../../src/hosts/look-script.ts'
import type { Question } from '../../../src/model/question.ts'
import { questionKey } from '../../../src/model/question.ts'
import { type FakeZookeeper, fakeZookeeper } from './fake-zookeeper.ts'

const path = '/hadoop-ha/ns'

/** What a host says of znodes, by the script of a look. */
async function ask(...questions: readonly Question[]) {
  const sentAt = Date.now()
  const stdout = await new Promise<Buffer>((resolve, reject) => {
    const options = { encoding: 'buffer' as const, env: { PATH: process.env['PATH'], LC_ALL: 'C' } }
    const child = execFile('/bin/bash', ['--noprofile', '--norc', '-s'], options, (error, out) =>
      error === null ? resolve(out) : reject(new Error(error.message)),
    )
    child.stdin?.end(renderLook(questions))
  })
  const facts = parseLook(stdout, { host: 'm1', questions, sentAt, receivedAt: Date.now() })
  if (facts.state !== 'known') throw new Error(JSON.stringify(facts))
  return questions.map((question) => facts.value.answers[questionKey(question)])
}

describe('a znode is asked of a server', () => {
  let server: FakeZookeeper
  beforeEach(async () => {
    server = await fakeZookeeper()
  })
  afterEach(() => server.close())
  const at = (port = server.port, of = path): Question => ({ ask: 'znode', address: '127.0.0.1', port, path: of })
  const why = async (question = at()) => {
    const [fact] = await ask(question)
    expect(fact).toMatchObject({ state: 'unknown', code: 'ProbeFailed' })
    return fact?.state === 'unknown' ? fact.why : ''
  }

  test('which says that there is none, or what is in it', async () => {
    const data = Buffer.from([0, 10, 255, 0, 0x27, 0x25])
    server.nodes.set('/there', data)
    server.nodes.set('/empty', Buffer.alloc(0))
    expect(await ask(at(), at(server.port, '/there'), at(server.port, '/empty'))).toEqual([
      { state: 'absent' },
      { state: 'known', value: { data: data.toString('base64'), owner: '' } },
      { state: 'known', value: { data: '', owner: '' } },
    ])
    expect(server.sessionsClosed).toBe(3)
  })

  test('which says whose it is when it goes with a session', async () => {
    server.nodes.set(path, Buffer.from('lock'))
    server.behaviour.owner = 0x1000_0000_0000_00abn
    expect(await ask(at())).toEqual([{ state: 'known', value: { data: 'bG9jaw==', owner: '10000000000000ab' } }])
    server.behaviour.owner = 2n ** 64n - 1n
    expect(await ask(at())).toMatchObject([{ value: { owner: 'ffffffffffffffff' } }])
  })

  test('1 KiB is told whole, more is not known', async () => {
    const data = Buffer.alloc(1024, 7)
    server.nodes.set(path, data)
    expect(await ask(at())).toMatchObject([{ value: { data: data.toString('base64') } }])
    server.nodes.set(path, Buffer.alloc(1025))
    expect(await why()).toContain('more than 1024 bytes')
    server.nodes.set(path, Buffer.alloc(100_000))
    expect(await why()).toContain('more than 1024 bytes')
  })

  test('and nothing is known when it does not catch up, does not tell or grants no session, though it has none', async () => {
    server.behaviour.syncError = -4
    expect(await why()).toContain('sync was refused (-4)')
    Object.assign(server.behaviour, { syncError: 0, readError: -102 })
    expect(await why()).toContain('refused to tell (-102)')
    Object.assign(server.behaviour, { readError: 0, sessionMs: 0 })
    expect(await why()).toContain('granted no session')
  })

  test('a server that is silent costs the look no more than its time, and proves nothing', async () => {
    server.behaviour.deaf = true
    const other = await fakeZookeeper()
    other.behaviour.silent = true
    const began = Date.now()
    const facts = await ask(at(), at(other.port))
    other.close()
    expect(Date.now() - began).toBeLessThan(6000)
    expect(facts.map((fact) => fact?.state)).toEqual(['unknown', 'unknown'])
  })

  test('nobody listens, or somebody else does: nothing is known', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { readonly port: number }
    expect(await why(at(port))).toContain('no answer')
    other.close()
    server.close()
    expect(await why()).toContain('nobody listens')
  })
})

describe('what is asked and answered', () => {
  const int = (value: number): Buffer => {
    const buffer = Buffer.alloc(4)
    buffer.writeInt32BE(value)
    return buffer
  }
  const packet = (...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts)
    return Buffer.concat([int(body.length), body])
  }
  const head = (xid: number, error: number): Buffer => Buffer.concat([int(xid), Buffer.alloc(8, 1), int(error)])
  const greeted = packet(int(0), int(10_000), Buffer.alloc(8, 1), int(16), Buffer.alloc(17))
  const synced = packet(head(1, 0), int(path.length), Buffer.from(path))
  const none = packet(head(2, -101))
  const closed = packet(head(3, 0))
  const absent = Buffer.concat([greeted, synced, none, closed])

  test('a session, sync, the data and the end, each in a packet', () => {
    const name = Buffer.concat([int(path.length), Buffer.from(path)]).toString('hex')
    const start = `0000002d00000000${'00'.repeat(8)}00002710${'00'.repeat(8)}00000010${'00'.repeat(16)}00`
    const rest = `000000190000000100000009${name}0000001a0000000200000004${name}000000000800000003fffffff5`
    expect(znodeRequest(path).toString('hex')).toBe(start + rest)
  })

  test('an answer that ends before it says so is never taken for absent', () => {
    const enough = greeted.length + synced.length + none.length
    for (let length = 0; length <= absent.length; length++) {
      const said = absent.subarray(0, length)
      const state = length < enough ? 'unknown' : 'absent'
      expect(znodeFact(said, 'm1').state).toBe(state)
      expect(new RegExp(absentZnodePattern(path)).test(said.toString('hex'))).toBe(state === 'absent')
    }
  })

  test('the guard takes for absent what the look does, and nothing else', () => {
    const pattern = new RegExp(absentZnodePattern(path))
    const error = fc.constantFrom(0, -4, -101, -102, -112)
    const parts = fc.record({
      ms: fc.constantFrom(0, 10_000),
      sync: error,
      get: error,
      order: fc.constantFrom('usual', 'turned', 'without sync'),
    })
    fc.assert(
      fc.property(parts, ({ get, ms, order, sync }) => {
        const granted = packet(int(0), int(ms), Buffer.alloc(8, 1), int(16), Buffer.alloc(17))
        const [first, second] = [sync === 0 ? synced : packet(head(1, sync)), packet(head(2, get))]
        const answers = order === 'usual' ? [first, second] : order === 'turned' ? [second, first] : [second]
        const said = Buffer.concat([granted, ...answers, closed])
        const state = znodeFact(said, 'm1').state
        if (pattern.test(said.toString('hex'))) expect(state).toBe('absent')
        expect(state === 'absent').toBe(ms > 0 && sync === 0 && get === -101 && order !== 'without sync')
      }),
    )
  })

  test('real servers (3.8.4, a follower; 3.9.3, the leader) said this', () => {
    const fact = (...hex: readonly string[]) => znodeFact(Buffer.from(hex.join(''), 'hex'), 'm1')
    const none = [
      '000000250000000000002710020004a1043500010000001014b1711f9ab3a9813cf07835a7625fdd00',
      '00000021000000010000000100000009000000000000000d2f6861646f6f702d68612f6e73',
      '00000010000000020000000100000009ffffff9b',
      '0000001000000003000000010000000a00000000',
    ]
    expect(fact(...none)).toEqual({ state: 'absent' })
    expect(new RegExp(absentZnodePattern(path)).test(none.join(''))).toBe(true)
    const lock = [
      '000000250000000000002710030004a1039d00050000001018ba9c2f72b4562e899b8d4c0d3c868500',
      '0000002600000001000000010000002400000000000000122f6861646f6f702d68612f6e732f6c6f636b',
      '0000006100000002000000010000002400000000000000096e6e31206174206d31',
      '00000001000000200000000100000020000001a20065fae4000001a20065fae4000000000000000000000000',
      '020004a104350006000000090000000000000001000000200000001000000003000000010000002500000000',
    ]
    const data = Buffer.from('nn1 at m1').toString('base64')
    expect(fact(...lock)).toEqual({ state: 'known', value: { data, owner: '20004a104350006' } })
  })

  test('bytes of any kind never throw, and are hardly ever an answer', () => {
    fc.assert(
      fc.property(fc.nat(absent.length), fc.uint8Array({ maxLength: 60 }), fc.nat(40), (at, junk, skip) => {
        const said = Buffer.concat([absent.subarray(0, at), Buffer.from(junk), absent.subarray(at + skip)])
        expect(['absent', 'unknown']).toContain(znodeFact(said, 'm1').state)
      }),
      { numRuns: 1000 },
    )
  })
})
