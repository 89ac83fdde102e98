import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { known } from '../model/fact.ts'
import type { MachineFacts } from '../model/facts.ts'
import { answerOn } from '../model/facts.ts'
import type { Question } from '../model/question.ts'
import { parseLook } from './look-reply.ts'
import { renderLook } from './look-script.ts'

const root = mkdtempSync(join(tmpdir(), 'ironherd-look-'))
const bin = join(root, 'bin')
const closers: (() => void)[] = []

const fakeSystemctl = `#!/bin/bash
shift $(( $# > 0 ? 1 : 0 ))
while [[ $1 != -- ]]; do shift; done; shift
for unit; do
  if [[ $unit == missing* ]]; then
    printf 'LoadState=not-found\\nActiveState=inactive\\nSubState=dead\\nUnitFileState=\\nFragmentPath=\\nNeedDaemonReload=no\\nMainPID=0\\nExecMainStartTimestampMonotonic=0\\nNRestarts=0\\nResult=success\\nExecMainStatus=0\\n\\n'
  else
    printf 'LoadState=loaded\\nActiveState=active\\nSubState=running\\nUnitFileState=enabled\\nFragmentPath=/usr/local/lib/systemd/system/%s\\nNeedDaemonReload=yes\\nMainPID=${process.pid}\\nExecMainStartTimestampMonotonic=1000000\\nNRestarts=2\\nResult=success\\nExecMainStatus=143\\n\\n' "$unit"
  fi
done
`

/** Two processes of one unit, and another unit that has no entry. */
const fakeJournalctl = `#!/bin/bash
case "\${*: -1}" in
  _SYSTEMD_UNIT=ended.service)
    echo '1795171545.100000 m1 mesos-master[11]: E20261120 older words'
    echo '-- Boot 1234 --'
    echo '1795171546.200000 m1 mesos-master[12]: first'
    echo '                                       indented'
    echo '1795171546.300000 m1 mesos-master[12]: a: b [3]: c' ;;
  _SYSTEMD_UNIT=broken.service) echo 'No journal files were found.' >&2; exit 1 ;;
esac
`

beforeAll(() => {
  mkdirSync(bin)
  writeFileSync(join(bin, 'journalctl'), fakeJournalctl, { mode: 0o755 })
  writeFileSync(join(bin, 'systemctl'), fakeSystemctl, { mode: 0o755 })
})
afterAll(() => {
  for (const close of closers) close()
  rmSync(root, { recursive: true })
})

async function bash(script: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = {
      encoding: 'buffer' as const,
      maxBuffer: 1 << 25,
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, LC_ALL: 'C' },
    }
    const child = execFile('/bin/bash', ['--noprofile', '--norc', '-s'], options, (error, stdout) =>
      error === null ? resolve(stdout) : reject(new Error(error.message)),
    )
    child.stdin?.end(script)
  })
}

async function look(questions: readonly Question[]): Promise<MachineFacts> {
  const sentAt = Date.now()
  const reply = await bash(renderLook(questions))
  const facts = parseLook(reply, { host: 'm1', questions, sentAt, receivedAt: Date.now() })
  if (facts.state !== 'known') throw new Error(JSON.stringify(facts))
  return facts.value
}

async function ask<Q extends Question>(question: Q) {
  const facts = await look([question])
  return answerOn({ m1: { state: 'known', value: facts } }, 'm1', question)
}

async function listen(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return (server.address() as net.AddressInfo).port
}

describe('what a unit wrote to the journal', () => {
  test('is that of its last process alone', async () => {
    expect(await ask({ ask: 'log', unit: 'ended.service' })).toEqual(known({ lines: ['first', 'a: b [3]: c'] }))
  })

  test('may be nothing, and is not known where the journal cannot be read', async () => {
    expect((await ask({ ask: 'log', unit: 'silent.service' })).state).toBe('absent')
    expect(await ask({ ask: 'log', unit: 'broken.service' })).toMatchObject({
      state: 'unknown',
      why: 'm1: journalctl of broken.service: No journal files were found.',
    })
  })
})

test('the machine tells who it is, and its clock is that of ironherd', async () => {
  const facts = await look([])
  expect(facts.machineId).toMatch(/^[0-9a-f]{32}$/)
  expect(facts.bootId).toMatch(/^[0-9a-f-]{36}$/)
  expect(facts.cpus).toBeGreaterThan(0)
  expect(facts.memoryMiB).toBeGreaterThan(100)
  expect(Math.abs(facts.clockSkewMs)).toBeLessThan(5000)
  expect(facts.custody).toEqual({ installation: '', epoch: 0 })
})

describe('files', () => {
  const nasty = `it's a "file" $(touch owned) \`id\` \\n ü *.txt`
  test.each(['plain', nasty, '-n', 'tab-less'])('%s is read with digest, mode and content', async (name) => {
    const path = join(root, name)
    writeFileSync(path, 'tickTime=2000\n\0ü')
    chmodSync(path, 0o640)
    const fact = await ask({ ask: 'file', path, content: 100 })
    expect(fact).toMatchObject({
      state: 'known',
      value: {
        kind: 'file',
        sha256: createHash('sha256').update('tickTime=2000\n\0ü').digest('hex'),
        mode: '640',
        owner: 'root',
        content: 'tickTime=2000\n\0ü',
        size: 17,
      },
    })
  })

  test.each(['', '\0', 'a\0', '\0\0b', 'a\n\0\0\n', '\xff\\ \t'])('content %j comes as it is', async (content) => {
    const path = join(root, 'content')
    writeFileSync(path, content)
    const fact = await ask({ ask: 'file', path, content: 100 })
    expect(fact).toMatchObject({ state: 'known', value: { kind: 'file', size: Buffer.byteLength(content), content } })
  })

  test('content beyond the bound is left off, the digest is not', async () => {
    const path = join(root, 'long')
    writeFileSync(path, 'x'.repeat(101))
    const fact = await ask({ ask: 'file', path, content: 100 })
    expect(fact.state === 'known' && fact.value).toMatchObject({ kind: 'file', size: 101 })
    expect(fact.state === 'known' && 'content' in fact.value).toBe(false)
  })

  test('what is missing is absent, also below something that is no directory', async () => {
    writeFileSync(join(root, 'notdir'), '')
    expect(await ask({ ask: 'file', path: join(root, 'missing') })).toEqual({ state: 'absent' })
    expect(await ask({ ask: 'file', path: join(root, 'notdir/below') })).toEqual({ state: 'absent' })
  })

  test('what stat cannot see is unknown, not absent, and does not hide its neighbours', async () => {
    const path = `${root}/${'x'.repeat(300)}`
    const there = join(root, 'there')
    writeFileSync(there, '')
    const questions: Question[] = [
      { ask: 'file', path: join(root, 'missing') },
      { ask: 'file', path },
      { ask: 'file', path: there },
    ]
    const facts = Object.values((await look(questions)).answers)
    expect(facts.map((fact) => fact.state)).toEqual(['absent', 'unknown', 'known'])
    expect(facts[1]).toMatchObject({
      code: 'ProbeFailed',
      why: expect.stringContaining('File name too long') as string,
    })
  })

  test('a symbolic link and a directory are not taken for files', async () => {
    symlinkSync('/etc/passwd', join(root, 'link'))
    expect(await ask({ ask: 'file', path: join(root, 'link') })).toMatchObject({
      value: { kind: 'symlink', sha256: '' },
    })
    expect(await ask({ ask: 'file', path: root })).toMatchObject({ value: { kind: 'other' } })
  })
})

describe('directories', () => {
  test('entries come sorted, also with line breaks in their names', async () => {
    const path = join(root, 'entries')
    mkdirSync(path, { mode: 0o750 })
    for (const name of ['b', 'a\nz', '.hidden', "c'd"]) writeFileSync(join(path, name), '')
    const fact = await ask({ ask: 'directory', path })
    expect(fact).toMatchObject({
      state: 'known',
      value: { kind: 'directory', mode: '750', readOnly: false, entries: ['.hidden', 'a\nz', 'b', "c'd"] },
    })
    expect(fact.state === 'known' && fact.value.mount.startsWith('/')).toBe(true)
    expect(fact.state === 'known' && fact.value.freeMiB).toBeGreaterThan(0)
  })

  test('a directory with very many entries is cut and does not hide the entries of others', async () => {
    const many = join(root, 'many')
    const few = join(root, 'few')
    mkdirSync(many)
    mkdirSync(few)
    for (let i = 0; i < 3000; i++) writeFileSync(join(many, `${'n'.repeat(60)}-${String(i).padStart(5, '0')}`), '')
    writeFileSync(join(few, 'one'), '')
    const questions: Question[] = [
      { ask: 'directory', path: many },
      { ask: 'directory', path: few },
    ]
    const [first, second] = Object.values((await look(questions)).answers)
    expect(first).toMatchObject({ state: 'known' })
    expect(first?.state === 'known' && 'entries' in first.value && first.value.entries.length).toBe(200)
    expect(second).toMatchObject({ state: 'known', value: { entries: ['one'] } })
  })

  test('an empty one between others has no entries, and none of theirs', async () => {
    const paths = ['e1', 'e2', 'e3'].map((name) => join(root, name))
    for (const path of paths) mkdirSync(path)
    for (const path of [paths[0], paths[2]]) writeFileSync(join(path ?? '', `in ${path?.at(-1)}`), '')
    const facts = Object.values((await look(paths.map((path) => ({ ask: 'directory', path })))).answers)
    expect(facts).toMatchObject([['in 1'], [], ['in 3']].map((entries) => ({ state: 'known', value: { entries } })))
  })

  test('a missing one is absent, a file or a link is named as such', async () => {
    expect(await ask({ ask: 'directory', path: join(root, 'nowhere') })).toEqual({ state: 'absent' })
    writeFileSync(join(root, 'afile'), '')
    expect(await ask({ ask: 'directory', path: join(root, 'afile') })).toMatchObject({ value: { kind: 'other' } })
    symlinkSync('/tmp', join(root, 'alink'))
    expect(await ask({ ask: 'directory', path: join(root, 'alink') })).toMatchObject({ value: { kind: 'symlink' } })
  })
})

describe('software', () => {
  test('any change of a file below changes the listing, and nothing else does', async () => {
    const path = join(root, 'spark-3.5.7-abc')
    mkdirSync(join(path, 'jars'), { recursive: true })
    const jar = join(path, 'jars/a.jar')
    writeFileSync(jar, 'one')
    const listing = async (): Promise<unknown> => {
      const fact = await ask({ ask: 'software', path })
      return fact.state === 'known' ? fact.value.listing : fact
    }
    const first = await listing()
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    mkdirSync(join(path, 'empty'))
    expect(await listing()).toBe(first)
    chmodSync(jar, 0o600)
    const second = await listing()
    expect(second).not.toBe(first)
    rmSync(jar)
    expect(await listing()).not.toBe(second)
  })

  test('a missing one is absent, a file in its place is said', async () => {
    expect(await ask({ ask: 'software', path: join(root, 'none') })).toEqual({ state: 'absent' })
    writeFileSync(join(root, 'tarball'), '')
    expect(await ask({ ask: 'software', path: join(root, 'tarball') })).toMatchObject({ code: 'NotADirectory' })
  })
})

test('a file of the kernel is read, though its size is said to be 0', async () => {
  const fact = await ask({ ask: 'file', path: '/proc/sys/kernel/ostype', content: 8 })
  expect(fact).toMatchObject({ state: 'known', value: { kind: 'file', size: 0, content: 'Linux\n' } })
})

test('units are answered in their order, with the start on the common clock', async () => {
  const questions: Question[] = [
    { ask: 'unit', unit: 'missing-1.service' },
    { ask: 'unit', unit: 'ironherd-zk.service' },
    { ask: 'unit', unit: 'bad name.service' },
  ]
  const facts = await look(questions)
  const [missing, running, bad] = Object.values(facts.answers)
  expect(missing).toMatchObject({ state: 'known', value: { loadState: 'not-found', startedAt: 0 } })
  expect(running).toMatchObject({
    value: { activeState: 'active', needReload: true, mainPid: process.pid, restarts: 2, exitStatus: 143 },
  })
  const startedAt = running?.state === 'known' && 'startedAt' in running.value ? running.value.startedAt : 0
  expect(Math.abs(startedAt - (Date.now() - facts.uptimeSeconds * 1000 + 1000))).toBeLessThan(5000)
  expect(bad).toMatchObject({ state: 'unknown', code: 'ProbeFailed' })
})

test('users are found by name, with their group', async () => {
  expect(await ask({ ask: 'user', name: 'root' })).toMatchObject({ value: { uid: 0, group: 'root', home: '/root' } })
  expect(await ask({ ask: 'user', name: 'nobody-here' })).toEqual({ state: 'absent' })
})

test('a group that is asked for with a user is found by name, whether it is the primary one or not', async () => {
  const root = (group: string) => ask({ ask: 'user', name: 'root', group })
  expect(await root('root')).toMatchObject({ value: { group: 'root', groupExists: true } })
  expect(await root('daemon')).toMatchObject({ value: { group: 'root', groupExists: true } })
  expect(await root('no-such-group')).toMatchObject({ value: { group: 'root', groupExists: false } })
})

test('packages are found by name', async () => {
  expect(await ask({ ask: 'package', name: 'bash' })).toMatchObject({ state: 'known' })
  expect(await ask({ ask: 'package', name: 'no-such-package-here' })).toEqual({ state: 'absent' })
})

test('java is told from the release file of its home, and no JVM is started', async () => {
  const home = join(root, 'jdk')
  mkdirSync(join(home, 'bin'), { recursive: true })
  writeFileSync(join(home, 'bin/java'), `#!/bin/sh\ntouch ${root}/started\n`, { mode: 0o755 })
  writeFileSync(join(home, 'release'), 'IMPLEMENTOR="Debian"\nJAVA_VERSION="17.0.15"\n')
  expect(await ask({ ask: 'java', home })).toEqual({ state: 'known', value: { home, version: '17.0.15' } })
  expect(await ask({ ask: 'file', path: join(root, 'started') })).toEqual({ state: 'absent' })
  symlinkSync(join(home, 'bin/java'), join(bin, 'java'))
  expect(await ask({ ask: 'java', home: '' })).toEqual({ state: 'known', value: { home, version: '17.0.15' } })
  rmSync(join(bin, 'java'))
  expect(await ask({ ask: 'java', home: join(root, 'nojdk') })).toEqual({ state: 'absent' })
})

describe('the network', () => {
  test('a listener is named by its process, a free port is absent', async () => {
    const port = await listen(net.createServer())
    expect(await ask({ ask: 'listener', port })).toMatchObject({ state: 'known', value: { pid: process.pid } })
    const free = await listen(net.createServer())
    closers.pop()?.()
    expect(await ask({ ask: 'listener', port: free })).toEqual({ state: 'absent' })
  })

  test('a listener on IPv6 is found as one on IPv4 is, also when both are asked for', async () => {
    const four = await listen(net.createServer())
    const six = net.createServer()
    await new Promise<void>((resolve) => six.listen(0, '::1', resolve))
    closers.push(() => six.close())
    const ports = [(six.address() as net.AddressInfo).port, four]
    for (const asked of [ports, ports.slice(0, 1), ports.slice(1)]) {
      const { answers } = await look(asked.map((port) => ({ ask: 'listener', port })))
      for (const fact of Object.values(answers)) expect(fact).toMatchObject({ value: { pid: process.pid } })
    }
  })

  test('a conversation brings the whole answer, refusal and silence are told apart, all side by side', async () => {
    const talker = await listen(
      net.createServer((socket) => socket.once('data', (data) => socket.end(`you said ${data.toString('hex')}\nÜ`))),
    )
    const silent = await listen(net.createServer(() => {}))
    const slow = await listen(net.createServer((socket) => socket.write('half')))
    const free = await listen(net.createServer())
    closers.pop()?.()
    const talk = (port: number, send = 'srvr\n'): Question => ({ ask: 'talk', address: '127.0.0.1', port, send })
    const many = Array.from({ length: 8 }, (_, index) => talk(silent, `n${index}`))
    const facts = await look([talk(talker), talk(silent), talk(slow), talk(free), talk(talker, `a'"$\\\x01`), ...many])
    const answers = Object.values(facts.answers)
    expect(answers.slice(0, 5)).toEqual([
      { state: 'known', value: { outcome: 'answered', text: 'you said 737276720a\nÜ' } },
      { state: 'known', value: { outcome: 'timeout', text: '' } },
      { state: 'known', value: { outcome: 'timeout', text: '' } },
      { state: 'known', value: { outcome: 'refused', text: '' } },
      {
        state: 'known',
        value: { outcome: 'answered', text: 'you said 612722245c01\nÜ' },
      },
    ])
    expect(answers.slice(5).every((fact) => fact.state === 'known' && 'outcome' in fact.value)).toBe(true)
  })

  test('why nobody was reached is said without the inside of the script', async () => {
    const [fact] = Object.values((await look([{ ask: 'talk', address: '192.0.2.300', port: 1, send: 'ruok' }])).answers)
    expect(fact).toMatchObject({ state: 'unknown', code: 'ProbeFailed' })
    expect(fact?.state === 'unknown' ? fact.why : '').toMatch(/^[^:]+: 192\.0\.2\.300:1: 192\.0\.2\.300: \w[^/]*$/)
  })

  test('a connect that hangs because the backlog is full is a timeout', async () => {
    const server = net.createServer()
    await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, resolve))
    const port = (server.address() as net.AddressInfo).port
    closers.push(() => server.close())
    // Nobody accepts while this process is kept busy by the synchronous look.
    const script = renderLook([{ ask: 'talk', address: '127.0.0.1', port, send: 'ruok' }])
    const crowd = `for i in 1 2 3 4 5 6; do ( exec 9<>/dev/tcp/127.0.0.1/${port}; sleep 5 ) >/dev/null 2>&1 & done; sleep 0.5\n`
    const sentAt = Date.now()
    const ran = spawnSync('/bin/bash', ['--noprofile', '--norc', '-s'], { input: crowd + script, env: { LC_ALL: 'C' } })
    const facts = parseLook(ran.stdout, {
      host: 'm1',
      questions: [{ ask: 'talk', address: '127.0.0.1', port, send: 'ruok' }],
      sentAt,
      receivedAt: Date.now(),
    })
    expect(facts.state === 'known' && Object.values(facts.value.answers)).toEqual([
      { state: 'known', value: { outcome: 'timeout', text: '' } },
    ])
  })

  test('HTTP brings status and body, also a large one', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/json' ? 200 : 503
      response.end(request.url === '/json' ? 'é'.repeat(300_000) : 'not here')
    })
    const port = await listen(server)
    const http = (path: string): Question => ({ ask: 'http', address: '127.0.0.1', port, path })
    const [big, refused] = Object.values((await look([http('/json'), http('/x?y=$(id)')])).answers)
    expect(big).toEqual({ state: 'known', value: { outcome: 'answered', status: 200, body: 'é'.repeat(300_000) } })
    expect(refused).toEqual({ state: 'known', value: { outcome: 'answered', status: 503, body: 'not here' } })
  })

  test('a server that does not speak HTTP is unknown', async () => {
    const port = await listen(net.createServer((socket) => socket.once('data', () => socket.end('imok'))))
    expect(await ask({ ask: 'http', address: '127.0.0.1', port, path: '/' })).toMatchObject({ code: 'ProbeFailed' })
  })
})

const anyText = fc.oneof(
  fc.string(),
  fc.constantFrom("'", '"', '$(id)', '`id`', 'ü', ' ', '\\', '\n', '\0', '*', '-n', ')', '}', 'x'.repeat(300)),
)
const anyPath = anyText.map((text) => `/${text}`)
const anyQuestion: fc.Arbitrary<Question> = fc.oneof(
  fc.record({ ask: fc.constant('unit' as const), unit: anyText }),
  fc.record({ ask: fc.constant('file' as const), path: anyPath, content: fc.nat() }),
  fc.record({ ask: fc.constant('directory' as const), path: anyPath }),
  fc.record({ ask: fc.constant('software' as const), path: anyPath }),
  fc.record({ ask: fc.constant('package' as const), name: anyText }),
  fc.record({ ask: fc.constant('java' as const), home: anyPath }),
  fc.record({ ask: fc.constant('user' as const), name: anyText }),
  fc.record({ ask: fc.constant('listener' as const), port: fc.integer() }),
  fc.record({ ask: fc.constant('firewall' as const) }),
  fc.record({ ask: fc.constant('talk' as const), address: anyText, port: fc.nat(70000), send: anyText }),
  fc.record({ ask: fc.constant('http' as const), address: anyText, port: fc.nat(70000), path: anyPath }),
  fc.record({ ask: fc.constant('log' as const), unit: anyText }),
  fc.record({ ask: fc.constant('znode' as const), address: anyText, port: fc.nat(70000), path: anyPath }),
)

describe('nasty values', () => {
  test('whatever is asked, the script is one that bash can read', () => {
    fc.assert(
      fc.property(fc.array(anyQuestion, { maxLength: 12 }), (questions) => {
        const ran = spawnSync('/bin/bash', ['-n'], { input: renderLook(questions) })
        expect(ran.stderr.toString()).toBe('')
        expect(ran.status).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  test('files with nasty names are looked at, and nothing in the names is run', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyPath, { minLength: 1, maxLength: 6 }), async (paths) => {
        const questions = paths.map((path): Question => ({ ask: 'file', path: `${root}/none${path}` }))
        const facts = await look(questions)
        for (const fact of Object.values(facts.answers)) expect(['absent', 'unknown']).toContain(fact.state)
      }),
      { numRuns: 25 },
    )
  })
})

describe('the parser', () => {
  const questions: Question[] = [
    { ask: 'unit', unit: 'a.service' },
    { ask: 'file', path: '/etc/passwd', content: 65536 },
    { ask: 'directory', path: '/tmp' },
    { ask: 'listener', port: 22 },
    { ask: 'firewall' },
    { ask: 'user', name: 'root' },
    { ask: 'talk', address: '127.0.0.1', port: 1, send: 'ruok' },
    { ask: 'http', address: '127.0.0.1', port: 1, path: '/' },
    { ask: 'znode', address: '127.0.0.1', port: 1, path: '/' },
    { ask: 'log', unit: 'a.service' },
  ]

  test('a reply that was cut or changed anywhere gives facts or says that it cannot be read, and never throws', async () => {
    const reply = await bash(renderLook(questions))
    const context = { host: 'm1', questions, sentAt: 0, receivedAt: 0 }
    fc.assert(
      fc.property(fc.nat(reply.length), fc.uint8Array({ maxLength: 40 }), fc.nat(60), (at, junk, skip) => {
        const changed = Buffer.concat([reply.subarray(0, at), Buffer.from(junk), reply.subarray(at + skip)])
        expect(['known', 'unknown']).toContain(parseLook(changed, context).state)
        expect(parseLook(reply.subarray(0, Math.min(at, reply.length - 1)), context).state).toBe('unknown')
      }),
      { numRuns: 2000 },
    )
  })

  test('without a record, nothing is said to be absent', async () => {
    const reply = await bash(renderLook([]))
    const pathless = questions.filter((question) => question.ask !== 'file' && question.ask !== 'directory')
    const facts = parseLook(reply, { host: 'm1', questions: pathless, sentAt: 0, receivedAt: 0 })
    expect(facts.state === 'known' && Object.values(facts.value.answers).map((fact) => fact.state)).toEqual(
      pathless.map(() => 'unknown'),
    )
  })
})
