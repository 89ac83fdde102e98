import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Action } from '../../../src/model/step.ts'
import { type Box, makeBox, stepOf, whyNoBox } from './box.ts'

const why = whyNoBox()
const line = (id: number) => `server.${id}=10.0.0.${id}:2888:3888:participant`
const [three, four] = [[1, 2, 3].map(line), [1, 2, 3, 4].map(line)]
const password = "hunter2 $(touch /mnt/pwned)'!"

/** What a server of an ensemble does with `conf` and with a change of its list, and what it was told. */
class FakeServer {
  servers = three
  version = '100000000'
  /** Of the change. */
  error = 0
  answers = true
  changes = true
  told: { readonly auth: string; readonly servers: string; readonly version: string } | undefined
  readonly #server: Server = createServer((socket) => this.#serve(socket))

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.close()
  }

  #serve(socket: Socket): void {
    let got = Buffer.alloc(0)
    let ended = false
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk])
      if (got.toString('latin1', 0, 4) === 'conf')
        socket.end(`clientPort=2181\nmembership: \n${this.servers.join('\n')}\nversion=${this.version}`)
      else if (framesOf(got).length === 4 && !ended) {
        ended = true
        this.#change(socket, framesOf(got))
      }
    })
  }

  #change(socket: Socket, [, auth = Buffer.alloc(0), change = Buffer.alloc(0)]: readonly Buffer[]): void {
    const size = change.readInt32BE(16)
    const servers = change.toString('utf8', 20, 20 + size)
    const version = change.readBigInt64BE(20 + size).toString(16)
    this.told = { auth: auth.toString('utf8', 12), servers, version }
    if (this.error === 0 && this.changes) {
      this.servers = servers.split('\n')
      this.version = '100000007'
    }
    if (!this.answers) socket.destroy()
    else socket.end(Buffer.concat([frame(Buffer.alloc(37)), frame(head(-4, 0)), frame(head(1, this.error))]))
  }
}

function framesOf(bytes: Buffer): readonly Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readInt32BE(at)
    if (end > bytes.length) break
    frames.push(bytes.subarray(at + 4, end))
    at = end
  }
  return frames
}

function frame(body: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

function head(xid: number, error: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeInt32BE(xid)
  bytes.writeInt32BE(error, 12)
  return bytes
}

describe.skipIf(why !== '')(`an ensemble is told its list${why === '' ? '' : ` (${why})`}`, () => {
  let box: Box
  let server: FakeServer
  let port = 0
  beforeEach(async () => {
    box = makeBox()
    server = new FakeServer()
    port = await server.listen()
  })
  afterEach(() => {
    box.remove()
    server.close()
  })
  const run = async (seen: readonly string[] = three, version = '100000000') => {
    const at = { address: '127.0.0.1', port, version }
    const secret = { name: 'zk', key: 'super' }
    const action: Action = { verb: 'ReconfigEnsemble', ...at, servers: four, secret }
    const step = stepOf(action, [{ guard: 'SameList', ...at, servers: seen }])
    const { outcomes, stdout, stderr } = await box.wave([step], { inputs: { [step.id]: password } })
    return { ...outcomes[0], all: `${stdout}${stderr}` }
  }

  test('by the super user, if it has that version; intent and outcome are in the journal, the password is nowhere', async () => {
    const ended = await run([...three].reverse())
    expect(ended).toMatchObject({ result: 'done', detail: '' })
    expect(server.told?.auth).toContain(`super:${password}`)
    expect(server.told).toMatchObject({ servers: four.join('\n'), version: '100000000' })
    expect(await box.ask('cut -f3,6 /var/lib/ironherd/journal')).toBe(
      'intent\tReconfigEnsemble\ndone\tReconfigEnsemble',
    )
    expect(await box.ask('grep -r hunter2 /var/lib/ironherd /etc/ironherd /mnt 2>/dev/null; ls /mnt')).toBe('')
    expect(JSON.stringify(ended)).not.toMatch(/hunter2|aHVudGVy/)
  })

  test.each([
    ['another list', three.slice(0, 2), '100000000'],
    ['another version of it', three, '100000001'],
  ])('not when %s was seen', async (_what, seen, version) => {
    expect(await run(seen, version)).toMatchObject({ result: 'skipped', code: 'GuardRefused' })
    expect(server.told).toBeUndefined()
  })

  test.each([
    [-13, 'no majority of the new list'],
    [-102, 'another password'],
    [-103, 'changed meanwhile'],
    [-7, 'refused (fffffff9)'],
  ])('what it answers is told: %i', async (error, words) => {
    server.error = error
    const ended = await run()
    expect(ended).toMatchObject({ result: 'failed', code: 'StepFailed' })
    expect(ended.detail).toContain(words)
    expect(await box.ask('tail -n 1 /var/lib/ironherd/journal | cut -f3')).toBe('failed')
  })

  test('an answer that is lost: the list says what came of it', async () => {
    server.answers = false
    expect(await run()).toMatchObject({ result: 'done' })
  })

  test('nobody listens: nothing is said, nothing is told', async () => {
    server.close()
    expect(await run()).toMatchObject({ result: 'skipped', code: 'GuardRefused' })
  })
})
