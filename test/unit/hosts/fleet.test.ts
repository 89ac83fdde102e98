import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { FleetOptions } from '../../../src/hosts/fleet.ts'
import { createFleet } from '../../../src/hosts/fleet.ts'
import { fingerprint } from '../../../src/hosts/host-keys.ts'
import type { Fleet, RunResult } from '../../../src/hosts/types.ts'
import type { HostTarget } from '../../../src/model/engine.ts'
import type { FakeHost } from './fake-host.ts'
import { fakeHost, makeKey } from './fake-host.ts'

const cleanups: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function host(name = 'm1'): Promise<FakeHost> {
  const made = await fakeHost(name)
  cleanups.push(() => made.close())
  return made
}

function fleet(options: Partial<FleetOptions> = {}): Fleet {
  const made = createFleet({ now: Date.now, random: () => 0, ...options })
  cleanups.push(() => made.close())
  return made
}

const never = new AbortController().signal
const run = (on: Fleet, target: HostTarget, script = 'echo hi', timeoutMs = 10_000): Promise<RunResult> =>
  on.run(target, script, { timeoutMs, signal: never })

function failure(result: RunResult) {
  if (result.state !== 'failed') throw new Error(`it ran: ${JSON.stringify(result)}`)
  return result
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ironherd-fleet-'))
  cleanups.push(() => rmSync(directory, { recursive: true }))
  return directory
}

/** A script that runs until it is ended, and a promise that it has begun: no fixed wait is long enough on a busy machine. */
function endless(): { readonly script: string; readonly begun: () => Promise<void> } {
  const mark = join(temporary(), 'begun')
  return { script: `: >${mark}; sleep 300`, begun: () => until(() => existsSync(mark)) }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('trust', () => {
  test.each(['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'rsa'] as const)(
    'a pinned %s key is accepted',
    async (kind) => {
      const m1 = await host()
      const key = makeKey(kind)
      m1.behaviour.hostKeys = [makeKey(kind === 'ed25519' ? 'rsa' : 'ed25519').secret, key.secret]
      expect(await run(fleet(), m1.target({ hostKeys: [`${key.line} root@m1`] }))).toMatchObject({
        state: 'ran',
        stdout: 'hi\n',
      })
    },
  )

  test('an unpinned host shows fingerprint and line, and is not even told who comes', async () => {
    const m1 = await host()
    const key = makeKey()
    m1.behaviour.hostKeys = [key.secret]
    const result = failure(await run(fleet(), m1.target({ hostKeys: [] })))
    expect(result).toMatchObject({ code: 'HostKeyUnpinned', started: false })
    expect(result.why).toContain(fingerprint(Buffer.from(key.line.split(' ')[1] ?? '', 'base64')))
    expect(result.why).toContain(key.line)
    expect(result.why.startsWith('m1: ')).toBe(true)
    expect(m1.log.filter((line) => line !== 'connected')).toEqual([])
  })

  test.each(['ed25519', 'rsa'] as const)(
    'a changed key (now %s) stops before the login, and both are shown',
    async (kind) => {
      const m1 = await host()
      const key = makeKey(kind)
      m1.behaviour.hostKeys = [key.secret]
      const target = m1.target()
      const result = failure(await run(fleet(), target))
      expect(result).toMatchObject({ code: 'HostKeyChanged', started: false })
      expect(result.why.match(/SHA256:[A-Za-z0-9+/]{43}/g)?.length).toBe(2)
      expect(m1.log.filter((line) => line !== 'connected')).toEqual([])
    },
  )

  test('with the old and the new key pinned, a host can be rotated', async () => {
    const m1 = await host()
    const key = makeKey('ecdsa256')
    const target = m1.target({ hostKeys: [...m1.target().hostKeys, key.line] })
    expect(await run(fleet(), target)).toMatchObject({ state: 'ran' })
    m1.behaviour.hostKeys = [key.secret]
    expect(await run(fleet(), target)).toMatchObject({ state: 'ran' })
  })

  test('a key that changes under a living connection stops everything soon, and the look at it logs nobody in', async () => {
    const m1 = await host()
    let now = 1_000_000
    const one = fleet({ now: () => now, settings: { keyCheckMs: 60_000 } })
    expect(await run(one, m1.target())).toMatchObject({ state: 'ran' })
    const logins = m1.log.filter((line) => line !== 'connected').length
    now += 60_001
    expect(await run(one, m1.target())).toMatchObject({ state: 'ran' })
    await until(() => m1.log.filter((line) => line === 'connected').length === 2)
    expect(m1.log.filter((line) => line !== 'connected').length).toBeLessThanOrEqual(logins + 1)
    m1.behaviour.hostKeys = [makeKey().secret]
    now += 60_001
    await run(one, m1.target())
    await expect.poll(async () => (await run(one, m1.target())).state, { timeout: 15_000 }).toBe('failed')
    expect(await run(one, m1.target())).toMatchObject({ code: 'HostKeyChanged', started: false })
  })

  test('a pin that is withdrawn counts at once', async () => {
    const m1 = await host()
    const one = fleet()
    expect(await run(one, m1.target())).toMatchObject({ state: 'ran' })
    expect(await run(one, m1.target({ hostKeys: [] }))).toMatchObject({ code: 'HostKeyUnpinned' })
  })
})

describe('refusals', () => {
  test('each has its code and begins with the host', async () => {
    const m1 = await host()
    const closed = await host('gone')
    closed.close()
    const cases: [Partial<HostTarget>, string][] = [
      [{ privateKey: makeKey().secret }, 'AuthenticationFailed'],
      [{ privateKey: 'not a key' }, 'PrivateKeyUnusable'],
      [{ privateKey: makeKey().line }, 'PrivateKeyUnusable'],
      [{ port: closed.port }, 'Unreachable'],
      [{ address: 'no-such-host.invalid' }, 'Unreachable'],
      [{ hostKeys: ['ssh-dss AAAA'] }, 'HostKeyUnpinned'],
    ]
    for (const [over, code] of cases) {
      const result = failure(await run(fleet(), m1.target(over)))
      expect(result).toMatchObject({ code, started: false })
      expect(result.why.startsWith('m1: ')).toBe(true)
    }
  })

  test('sudo that wants a password, a missing sudo, a shell that is not root, missing tools', async () => {
    const m1 = await host()
    const cases: [string, string][] = [
      ['echo "sudo: a password is required" >&2; exit 1', 'SudoRefused'],
      ['echo "sudo: Ein Passwort ist notwendig" >&2; exit 1', 'SudoRefused'],
      ['echo "ops is not in the sudoers file." >&2; exit 1', 'SudoRefused'],
      ['echo "sh: 1: sudo: not found" >&2; exit 127', 'ToolMissing'],
      ['echo "This account is currently not available."; exit 1', 'ProbeFailed'],
      [`setpriv --reuid 65534 --clear-groups /bin/bash --noprofile --norc`, 'SudoRefused'],
      [`sed -u 's/systemctl tail/systemctl no-such-tool tail/' | /bin/bash --noprofile --norc`, 'ToolMissing'],
    ]
    for (const [sudo, code] of cases) {
      m1.behaviour.sudo = sudo
      expect(failure(await run(fleet(), m1.target()))).toMatchObject({ code, started: false })
    }
    expect(await run(fleet(), m1.target({ user: 'root' }))).toMatchObject({ code: 'ToolMissing' })
  })

  test('root needs no sudo', async () => {
    const m1 = await host()
    await run(fleet(), m1.target({ user: 'root' }))
    expect(m1.log.at(-1)).toBe('exec /bin/bash --noprofile --norc')
  })
})

describe('runs', () => {
  test('many scripts share one connection and few sessions, also behind a noisy login shell', async () => {
    const m1 = await host()
    m1.behaviour.noise = 'Welcome!\n\x1b[31mno newline at end'
    const one = fleet()
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => run(one, m1.target(), `echo ${i}; exit ${i}`)),
    )
    expect(results).toEqual(results.map((_, i) => ({ state: 'ran', code: i, stdout: `${i}\n`, stderr: '' })))
    expect(m1.log.filter((line) => line === 'connected').length).toBe(1)
    expect(m1.log.filter((line) => line.startsWith('exec')).length).toBeLessThanOrEqual(4)
    expect(one.stats().get('ns/m1')).toMatchObject({ connects: 1, roundTrips: 20, lastError: '' })
  })

  test('no value of a script stands on a command line', async () => {
    const m1 = await host()
    const script = `secret=tops3cret; tr '\\0' ' ' </proc/*/cmdline 2>/dev/null; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '`
    const result = await run(fleet(), m1.target(), script)
    expect(result.state === 'ran' && result.stdout).not.toContain('tops3cret')
    expect(m1.log.join()).not.toContain('tops3cret')
  })

  test('a run past its time is killed on the host and said to have started; the session goes on', async () => {
    const m1 = await host()
    const one = fleet()
    const result = failure(await run(one, m1.target(), 'echo soon >&2; sleep 300', 2000))
    expect(result).toMatchObject({ code: 'StepTimedOut', started: true })
    expect(result.why).toContain('soon')
    expect(await run(one, m1.target())).toMatchObject({ state: 'ran' })
    expect(one.stats().get('ns/m1')?.connects).toBe(1)
  })

  test('a connection that dies in a run says that it had started', async () => {
    const m1 = await host()
    const { script, begun } = endless()
    const running = run(fleet(), m1.target(), script, 300_000)
    await begun()
    m1.cut()
    expect(await running).toMatchObject({ state: 'failed', code: 'ConnectionLost', started: true })
  })

  test('a host that hangs is given up at the deadline, and met anew when it is back', async () => {
    const m1 = await host()
    const one = fleet({ settings: { graceMs: 200, connectMs: 2000, backoffMs: 1, longestBackoffMs: 1 } })
    expect(await run(one, m1.target())).toMatchObject({ state: 'ran' })
    m1.freeze()
    expect(await run(one, m1.target(), 'echo', 100)).toMatchObject({ code: 'ConnectionLost', started: true })
    expect(await run(one, m1.target(), 'echo', 100)).toMatchObject({ code: 'Unreachable', started: false })
    m1.behaviour.frozen = false
    await expect.poll(async () => (await run(one, m1.target())).state, { timeout: 15_000 }).toBe('ran')
  })

  test('a host that hangs in a long run is noticed by the keepalive, long before the run would end', async () => {
    const m1 = await host()
    const one = fleet({ settings: { keepaliveMs: 300, keepaliveCount: 3 } })
    expect(await run(one, m1.target())).toMatchObject({ state: 'ran' })
    const { script, begun } = endless()
    const running = run(one, m1.target(), script, 300_000)
    await begun()
    m1.freeze()
    const result = failure(await running)
    expect(result).toMatchObject({ code: 'ConnectionLost', started: true })
    expect(result.why).toContain('Keepalive')
  })

  test('too much output is a failure of the step and not of the memory', async () => {
    const m1 = await host()
    const one = fleet({ settings: { outputLimit: 100_000 } })
    expect(await run(one, m1.target(), 'yes')).toMatchObject({ state: 'failed', code: 'StepFailed', started: true })
    expect(await run(one, m1.target())).toMatchObject({ state: 'ran' })
  })

  test('an aborted run comes back at once', async () => {
    const m1 = await host()
    const one = fleet()
    await run(one, m1.target())
    const controller = new AbortController()
    const { script, begun } = endless()
    const running = one.run(m1.target(), script, { timeoutMs: 300_000, signal: controller.signal })
    await begun()
    controller.abort()
    expect(await running).toMatchObject({ state: 'failed', started: true })
    const late = await one.run(m1.target(), 'echo', { timeoutMs: 1000, signal: controller.signal })
    expect(late).toMatchObject({ state: 'failed', started: false })
  })

  test('a dead host is tried once per back-off, and everybody is told at once meanwhile', async () => {
    const m1 = await host()
    let now = 1_000_000
    const refused: string[] = []
    const one = fleet({
      now: () => now,
      random: () => 0,
      observe: { connectFailed: (_host, code) => refused.push(code) },
    })
    const target = m1.target({ privateKey: makeKey().secret })
    const waits = [0, 100, 399, 2, 900, 101]
    const attempts: number[] = []
    for (const wait of waits) {
      now += wait
      await run(one, target)
      attempts.push(refused.length)
    }
    expect(attempts).toEqual([1, 1, 1, 2, 2, 3])
  })
})

describe('bastions', () => {
  test('hosts behind one share its connection, each trusted by its own pins', async () => {
    const gate = await host('gate')
    const m1 = await host('m1')
    const m2 = await host('m2')
    const one = fleet()
    const bastion = gate.target()
    const both = await Promise.all([run(one, m1.target({ bastion })), run(one, m2.target({ bastion }))])
    expect(both).toMatchObject([{ state: 'ran' }, { state: 'ran' }])
    expect(gate.log.filter((line) => line === 'connected').length).toBe(1)
    expect(gate.log.filter((line) => line.startsWith('exec'))).toEqual([])
    m1.behaviour.hostKeys = [makeKey().secret]
    m1.cut()
    await until(() => one.stats().get('ns/m1')?.lastError !== '')
    expect(await run(one, m1.target({ bastion }))).toMatchObject({ code: 'HostKeyChanged', started: false })
  })

  test('two in a row work', async () => {
    const outer = await host('outer')
    const inner = await host('inner')
    const m1 = await host('m1')
    const bastion = inner.target({ bastion: outer.target() })
    expect(await run(fleet(), m1.target({ bastion }))).toMatchObject({ state: 'ran' })
    expect(outer.log).toContain(`forward ${inner.port}`)
    expect(inner.log).toContain(`forward ${m1.port}`)
  })

  test('its own troubles are told as those of the way', async () => {
    const gate = await host('gate')
    const m1 = await host('m1')
    const bastion = gate.target({ hostKeys: [makeKey().line] })
    const result = failure(await run(fleet(), m1.target({ bastion })))
    expect(result).toMatchObject({ code: 'HostKeyChanged', started: false })
    expect(result.why.startsWith('m1: its bastion gate: ')).toBe(true)
    expect(m1.log).toEqual([])
    gate.behaviour.forwarding = false
    expect(failure(await run(fleet(), m1.target({ bastion: gate.target() })))).toMatchObject({ code: 'Unreachable' })
  })

  test('when it dies, everything behind it is lost and found again', async () => {
    const gate = await host('gate')
    const m1 = await host('m1')
    const one = fleet()
    const target = m1.target({ bastion: gate.target() })
    const { script, begun } = endless()
    const running = run(one, target, script, 300_000)
    await begun()
    gate.cut()
    expect(await running).toMatchObject({ code: 'ConnectionLost', started: true })
    expect(await run(one, target)).toMatchObject({ state: 'ran' })
  })
})

describe('looks', () => {
  test('a look is one round trip, and brings facts', async () => {
    const m1 = await host()
    const one = fleet()
    const facts = await one.look(m1.target(), [{ ask: 'user', name: 'root' }], never)
    expect(facts).toMatchObject({ state: 'known', value: { host: 'm1', answers: { 'user root': { state: 'known' } } } })
    expect(one.stats().get('ns/m1')).toMatchObject({ connects: 1, roundTrips: 1 })
    expect(facts.state === 'known' && Math.abs(facts.value.clockSkewMs)).toBeLessThan(5000)
  })

  test('a connection that died in the meantime is made anew without a word', async () => {
    const m1 = await host()
    const one = fleet()
    await one.look(m1.target(), [], never)
    m1.cut()
    expect(await one.look(m1.target(), [], never)).toMatchObject({ state: 'known' })
  })

  test('a host that cannot be reached is unknown', async () => {
    const m1 = await host()
    m1.close()
    expect(await fleet().look(m1.target(), [], never)).toMatchObject({ state: 'unknown', code: 'Unreachable' })
  })
})

describe('uploads', () => {
  const bytes = randomBytes(3_000_000)
  const digest = `sha512:${createHash('sha512').update(bytes).digest('hex')}`
  const options = { timeoutMs: 60_000, signal: never }

  function archive(): { directory: string; local: { file: string; digest: string; size: number }; remote: string } {
    const directory = temporary()
    writeFileSync(join(directory, 'local'), bytes)
    const local = { file: join(directory, 'local'), digest, size: bytes.length }
    return { directory, local, remote: join(directory, `store/it's $(here)/archive`) }
  }

  test('it arrives whole, once, and nothing is sent when it is there', async () => {
    const m1 = await host()
    const one = fleet()
    const { local, remote } = archive()
    const both = await Promise.all([
      one.upload(m1.target(), local, remote, options),
      one.upload(m1.target(), local, remote, options),
    ])
    expect(both).toEqual([
      { state: 'present', sentBytes: bytes.length },
      { state: 'present', sentBytes: 0 },
    ])
    expect(readFileSync(remote).equals(bytes)).toBe(true)
    expect(statSync(remote).mode & 0o777).toBe(0o600)
    expect(existsSync(`${remote}.partial`)).toBe(false)
  })

  test('a partial file is continued', async () => {
    const m1 = await host()
    const one = fleet()
    const { local, remote } = archive()
    await one.upload(m1.target(), local, remote, options)
    spawnSync('mv', [remote, `${remote}.partial`])
    truncateSync(`${remote}.partial`, 1_000_000)
    expect(await one.upload(m1.target(), local, remote, options)).toEqual({ state: 'present', sentBytes: 2_000_000 })
    expect(readFileSync(remote).equals(bytes)).toBe(true)
  })

  test('a partial file of something else is thrown away and sent anew', async () => {
    const m1 = await host()
    const one = fleet()
    const { local, remote } = archive()
    await one.upload(m1.target(), local, remote, options)
    rmSync(remote)
    writeFileSync(`${remote}.partial`, randomBytes(1_000_000))
    expect(await one.upload(m1.target(), local, remote, options)).toMatchObject({ state: 'present' })
    expect(readFileSync(remote).equals(bytes)).toBe(true)
  })

  test('what has another digest on the host never gets its name', async () => {
    const m1 = await host()
    const { local, remote } = archive()
    const wrong = { ...local, digest: `sha256:${'0'.repeat(64)}` }
    expect(await fleet().upload(m1.target(), wrong, remote, options)).toMatchObject({ code: 'DigestMismatch' })
    expect(existsSync(remote)).toBe(false)
    expect(existsSync(`${remote}.partial`)).toBe(false)
  })

  test('a place that cannot be written is said', async () => {
    const m1 = await host()
    const { local } = archive()
    const result = await fleet().upload(m1.target(), local, '/proc/nowhere/archive', options)
    expect(result).toMatchObject({ state: 'failed', why: expect.stringContaining('m1: ') as string })
  })

  test('a connection that dies leaves a partial file, which the next upload continues', async () => {
    const m1 = await host()
    const one = fleet()
    const { directory, remote } = archive()
    const big = randomBytes(48_000_000)
    writeFileSync(join(directory, 'big'), big)
    const local = {
      file: join(directory, 'big'),
      digest: `sha256:${createHash('sha256').update(big).digest('hex')}`,
      size: big.length,
    }
    const uploading = one.upload(m1.target(), local, remote, options)
    const partial = `${remote}.partial`
    while (!existsSync(partial) || statSync(partial).size < 1_000_000)
      await new Promise((resolve) => setTimeout(resolve, 5))
    m1.cut()
    expect(await uploading).toMatchObject({ state: 'failed', code: 'ConnectionLost' })
    const again = await one.upload(m1.target(), local, remote, options)
    expect(again.state === 'present' && again.sentBytes).toBeLessThan(big.length)
    expect(readFileSync(remote).equals(big)).toBe(true)
  })
})

describe('tunnels', () => {
  async function echo(): Promise<number> {
    const server = net.createServer((socket) => socket.pipe(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => void server.close())
    return (server.address() as net.AddressInfo).port
  }

  test('bytes go both ways, and the signal closes it', async () => {
    const m1 = await host()
    const controller = new AbortController()
    const tunnel = await fleet().tunnel(m1.target(), '127.0.0.1', await echo(), controller.signal)
    const socket = net.connect(tunnel.port, '127.0.0.1')
    socket.write('through')
    const back = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    expect(back.toString()).toBe('through')
    const closed = new Promise((resolve) => socket.once('close', resolve))
    controller.abort()
    await closed
  })

  test('an sshd that forbids forwarding, and a closed port, are errors', async () => {
    const m1 = await host()
    const one = fleet()
    m1.behaviour.forwarding = false
    await expect(one.tunnel(m1.target(), '127.0.0.1', await echo(), never)).rejects.toThrow(/^m1: /)
    m1.behaviour.forwarding = true
    const closed = await host('closed')
    closed.close()
    await expect(one.tunnel(m1.target(), '127.0.0.1', closed.port, never)).rejects.toThrow(/^m1: /)
  })
})

describe('a login that proves a host to be reachable', () => {
  test('is made anew beside the connection that stands, and ends', async () => {
    const m1 = await host()
    const hosts = fleet()
    await run(hosts, m1.target())
    const logins = () => m1.log.filter((line) => line === 'connected').length
    expect(logins()).toBe(1)
    expect(await hosts.reach(m1.target(), never)).toBeUndefined()
    expect(logins()).toBe(2)
    expect(await run(hosts, m1.target())).toMatchObject({ state: 'ran' })
    expect(logins()).toBe(2)
  })

  test('fails where only the connection that stands goes on', async () => {
    const m1 = await host()
    const hosts = fleet()
    await run(hosts, m1.target())
    m1.behaviour.hostKeys = [makeKey('rsa').secret]
    expect(await hosts.reach(m1.target(), never)).toMatchObject({ state: 'failed', code: 'HostKeyChanged' })
    expect(await run(hosts, m1.target())).toMatchObject({ state: 'ran' })
  })
})
