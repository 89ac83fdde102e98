import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { methodNotAllowed, redirect, v1 } from '../../../../lab/mesos/common/http.ts'
import { Metrics } from '../../../../lab/mesos/common/metrics.ts'
import { Libprocess } from '../../../../lab/mesos/common/process.ts'

const open: Libprocess[] = []

// Log lines of processes that end are no news here.
beforeAll(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})
afterAll(() => {
  vi.restoreAllMocks()
})

async function start(): Promise<Libprocess> {
  const started = await Libprocess.listen('127.0.0.1', 0)
  open.push(started)
  return started
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((process) => process.close()))
})

/** The answer as it comes, with a fixed date. */
async function wire({ ip, port }: Libprocess, path: string, headers = '', method = 'GET'): Promise<string[]> {
  const socket = connect(port, ip)
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`)
  let text = ''
  socket.on('data', (data: Buffer) => {
    text += data.toString('utf8')
  })
  await once(socket, 'close')
  return text.replace(/Date: [^\r]+/, 'Date: now').split('\r\n')
}

describe('answers are sent as libprocess sends them (recordings a-http)', () => {
  it('an empty one', async () => {
    const process = await start()
    process.route('/health', () => ({ status: 200 }))
    expect(await wire(process, '/health')).toEqual(['HTTP/1.1 200 OK', 'Date: now', 'Content-Length: 0', '', ''])
  })

  it('JSON of the older endpoints: the length first', async () => {
    const process = await start()
    process.route(['/state', '/master/state'], ({ path }) => ({ status: 200, json: { path } }))
    expect(await wire(process, '/master/state?x=1')).toEqual([
      'HTTP/1.1 200 OK',
      'Date: now',
      'Content-Length: 24',
      'Content-Type: application/json',
      '',
      '{"path":"/master/state"}',
    ])
  })

  it('JSON of /api/v1: the type first', async () => {
    const process = await start()
    process.route('/api/v1', () => v1({}))
    const head = ['HTTP/1.1 200 OK', 'Date: now', 'Content-Type: application/json', 'Content-Length: 2']
    expect(await wire(process, '/api/v1')).toEqual([...head, '', '{}'])
  })

  it('404 for what nobody serves', async () => {
    expect(await wire(await start(), '/no-such')).toEqual([
      'HTTP/1.1 404 Not Found',
      'Date: now',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Length: 14',
      '',
      '404 Not Found.',
    ])
  })

  it('405 with the methods that are allowed', async () => {
    const process = await start()
    process.route('/api/v1', ({ method }) => methodNotAllowed(['POST'], method))
    expect(await wire(process, '/api/v1')).toEqual([
      'HTTP/1.1 405 Method Not Allowed',
      'Date: now',
      'Allow: POST',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Length: 72',
      '',
      "405 Method Not Allowed. Expecting one of { 'POST' }, but received 'GET'.",
    ])
  })

  it('307 with the address of the leader', async () => {
    const process = await start()
    process.route('/state', () => redirect('//127.0.0.3:5050/master/state'))
    const head = ['HTTP/1.1 307 Temporary Redirect', 'Date: now', 'Location: //127.0.0.3:5050/master/state']
    expect(await wire(process, '/state')).toEqual([...head, 'Content-Length: 0', '', ''])
  })

  it('401 to who has no credentials or wrong ones, where the realm asks for them', async () => {
    const process = await start()
    process.authenticate('mesos-master-readonly', (user, secret) => user === 'me' && secret === 'secret')
    process.route('/flags', ({ principal }) => ({ status: 200, text: principal ?? '' }), 'mesos-master-readonly')
    process.route('/health', () => ({ status: 200 }))
    const credentials = (text: string) => `Authorization: Basic ${Buffer.from(text).toString('base64')}\r\n`
    expect((await wire(process, '/flags')).slice(0, 3)).toEqual([
      'HTTP/1.1 401 Unauthorized',
      'Date: now',
      'WWW-Authenticate: Basic realm="mesos-master-readonly"',
    ])
    expect((await wire(process, '/flags', credentials('me:wrong')))[0]).toBe('HTTP/1.1 401 Unauthorized')
    expect((await wire(process, '/flags', credentials('me:secret'))).at(-1)).toBe('me')
    expect((await wire(process, '/health'))[0]).toBe('HTTP/1.1 200 OK')
  })

  it('metrics twice a second and no faster', async () => {
    const process = await start()
    new Metrics(process).counter('x').add()
    const begun = Date.now()
    for (let turn = 0; turn < 3; turn += 1) await wire(process, '/metrics/snapshot')
    expect(Date.now() - begun).toBeGreaterThan(950)
  })
})

describe('messages between processes', () => {
  it('arrive in the order in which they were sent, and say who sent them', async () => {
    const [one, two] = [await start(), await start()]
    const heard: unknown[] = []
    two.receive('master', 'Ping', (from, body) => heard.push([from.id, from.port, body]))
    for (let turn = 0; turn < 50; turn += 1)
      one.send('slave(1)', { id: 'master', ip: two.ip, port: two.port }, 'Ping', turn)
    await until(() => heard.length === 50)
    expect(heard).toEqual(Array.from({ length: 50 }, (_, turn) => ['slave(1)', one.port, turn]))
  })

  it('reach a process of the same program too, as a copy', async () => {
    const one = await start()
    const heard: unknown[] = []
    one.receive('log-replica(1)', 'Ask', (_, body) => heard.push(body))
    const body = { position: 1 }
    one.send('log-network(1)', { id: 'log-replica(1)', ip: one.ip, port: one.port }, 'Ask', body)
    await until(() => heard.length === 1)
    expect(heard[0]).toEqual(body)
    expect(heard[0]).not.toBe(body)
  })

  it('are lost where nobody listens, and later ones arrive', async () => {
    const one = await start()
    const two = await start()
    const { ip, port } = two
    await two.close()
    one.send('a', { id: 'b', ip, port }, 'Lost', 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const again = await Libprocess.listen(ip, port)
    open.splice(open.indexOf(two), 1, again)
    const heard: unknown[] = []
    again.receive('b', 'Found', (_, body) => heard.push(body))
    one.send('a', { id: 'b', ip, port }, 'Found', 2)
    await until(() => heard.length === 1)
    expect(heard).toEqual([2])
  })
})

describe('links', () => {
  it('tell once that the other side has ended', async () => {
    const [one, two] = [await start(), await start()]
    let lost = 0
    one.link({ id: 'master', ip: two.ip, port: two.port }, () => {
      lost += 1
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(lost).toBe(0)
    open.splice(open.indexOf(two), 1)
    await two.close()
    await until(() => lost === 1)
  })

  it('tell of a side that cannot be reached', async () => {
    const one = await start()
    const two = await start()
    const { ip, port } = two
    open.splice(open.indexOf(two), 1)
    await two.close()
    const lost = new Promise<void>((resolve) => {
      one.link({ id: 'master', ip, port }, resolve)
    })
    await lost
  })

  it('tell nothing when they were given up', async () => {
    const [one, two] = [await start(), await start()]
    let lost = 0
    one
      .link({ id: 'master', ip: two.ip, port: two.port }, () => {
        lost += 1
      })
      .unlink()
    open.splice(open.indexOf(two), 1)
    await two.close()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(lost).toBe(0)
  })
})

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5))
}
