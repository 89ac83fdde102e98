import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { timeLimitMs, waveScript } from '../../../src/executor/script.ts'
import type { Action, Guard, HadoopTool } from '../../../src/model/step.ts'
import { type FakeZookeeper, fakeZookeeper } from '../hosts/fake-zookeeper.ts'
import { type Box, context, stepOf, whyNoBox } from './box.ts'
import { hadoopBox } from './hadoop-box.ts'

const why = whyNoBox()
const suffix = why === '' ? '' : ` (${why})`
const unit = 'ironherd-default-files-hdfs-tool.service'
const tool: HadoopTool = {
  home: '/opt/hadoop-3.4.2',
  config: '/etc/ironherd/nn 1/$HOME',
  user: 'daemon',
  group: 'daemon',
  unit,
  timeoutSeconds: 90,
}
const format: Action = { verb: 'FormatNameNode', tool, clusterId: 'CID-1234' }
const bootstrap: Action = { verb: 'BootstrapStandby', tool }
const formatFailover: Action = { verb: 'FormatFailover', tool }
const failOver: Action = { verb: 'FailOver', tool, from: 'nn1', to: 'nn2' }

/** A tool that says what it was called with, says what is told, and ends as is told. */
const fakeHdfs = `#!/bin/bash
printf '%s\\n' "$@" >/mnt/hdfs
tail -n 1 /var/lib/ironherd/journal | cut -f3,6 >/mnt/journal
readlink /proc/self/fd/0 >/mnt/stdin
cat /mnt/says 2>/dev/null
exit "$(cat /mnt/code 2>/dev/null || echo 0)"
`

let box: Box
beforeEach(async () => {
  if (why !== '') return
  box = await hadoopBox(tool.home, fakeHdfs)
})
afterEach(() => {
  if (why === '') box.remove()
})

async function run(action: Action, guards: readonly Guard[] = []) {
  const { outcomes, stderr } = await box.wave([stepOf(action, guards, 'data')])
  expect(stderr).toBe('')
  return outcomes[0]
}

describe.skipIf(why !== '')(`a tool of Hadoop${suffix}`, () => {
  test.each<[Action, readonly string[]]>([
    [
      format,
      [
        'namenode',
        '-D',
        'dfs.namenode.support.allow.format=true',
        '-format',
        '-clusterid',
        'CID-1234',
        '-nonInteractive',
      ],
    ],
    [
      bootstrap,
      [
        'namenode',
        '-D',
        'dfs.namenode.support.allow.format=true',
        '-bootstrapStandby',
        '-nonInteractive',
        '-skipSharedEditsCheck',
      ],
    ],
    [formatFailover, ['zkfc', '-formatZK', '-nonInteractive']],
    [failOver, ['haadmin', '-failover', 'nn1', 'nn2']],
    [{ verb: 'InitializeSharedEdits', tool }, ['namenode', '-initializeSharedEdits', '-nonInteractive']],
    [{ verb: 'RollEdits', tool }, ['dfsadmin', '-rollEdits']],
    [
      { verb: 'RollUpgrade', tool, what: 'prepare', from: '3.3.6', to: '3.4.2' },
      ['dfsadmin', '-rollingUpgrade', 'prepare'],
    ],
    [
      { verb: 'RollUpgrade', tool, what: 'finalize', from: '3.3.6', to: '3.4.2' },
      ['dfsadmin', '-rollingUpgrade', 'finalize'],
    ],
    [
      { verb: 'RefreshNodes', tool, address: '10.0.0.1:8020' },
      ['dfsadmin', '-fs', 'hdfs://10.0.0.1:8020', '-refreshNodes'],
    ],
  ])('is run with the words that are meant, its intent before it ($verb)', async (action, words) => {
    expect(await run(action)).toMatchObject({ result: 'done', detail: '' })
    expect((await box.ask('cat /mnt/hdfs')).split('\n')).toEqual(['--config', tool.config, ...words])
    expect(await box.ask('cat /mnt/journal')).toBe(`intent\t${action.verb}`)
    expect(await box.ask('cut -f3,6 /var/lib/ironherd/journal')).toBe(`intent\t${action.verb}\ndone\t${action.verb}`)
  })

  test('is a unit of its own: waited for, bounded, of the service user, its output in a file of root', async () => {
    await run(format)
    const options = (await box.ask('cat /mnt/run')).split('\n')
    expect(options.slice(0, options.indexOf('--'))).toEqual(
      expect.arrayContaining([
        '--wait',
        '--collect',
        `--unit=${unit}`,
        '--uid=daemon',
        '--gid=daemon',
        '--property=RuntimeMaxSec=90',
        '--property=KillMode=control-group',
        '--property=StandardInput=null',
        `--property=StandardOutput=file:/var/lib/ironherd/tools/${unit}`,
      ]),
    )
    expect(options).not.toContain('--pipe')
    expect(await box.ask(`stat -c '%a %U' /var/lib/ironherd/tools /var/lib/ironherd/tools/${unit}`)).toBe(
      '700 root\n600 root',
    )
    // The connection does not end it before it ends itself.
    expect(timeLimitMs([stepOf(format)])).toBeGreaterThan(tool.timeoutSeconds * 1000 + 20_000)
  })

  test.each<[Action, number, string, string]>([
    [format, 1, 'failed', 'exit 1, the format was refused'],
    [format, 2, 'failed', 'exit 2, it failed'],
    [bootstrap, 1, 'failed', 'exit 1, it failed'],
    [bootstrap, 2, 'failed', 'exit 2, no other NameNode could be reached'],
    [bootstrap, 5, 'failed', 'exit 5, a directory is formatted already'],
    [formatFailover, 2, 'done', 'the znode is there already'],
    [formatFailover, 5, 'failed', 'exit 5, automatic failover is not enabled'],
    [formatFailover, 6, 'failed', 'exit 6, no ZooKeeper server'],
    [failOver, 255, 'failed', 'exit 255, the failover was refused'],
    // Codes that would mean something else of a step.
    [format, 64, 'failed', 'exit 64'],
    [format, 71, 'failed', 'exit 71'],
  ])('%o with exit %i has %s: %s', async (action, code, result, words) => {
    await box.ask(`echo ${code} >/mnt/code`)
    const ended = await run(action)
    expect(ended).toMatchObject({ result, ...(result === 'failed' ? { code: 'StepFailed' } : {}) })
    expect(ended?.detail).toContain(words)
  })

  test('of what it says the lines that tell of the failure are told, and the frames of a stack are not', async () => {
    const says = [
      '2026-11-21 23:22:30,446 INFO namenode.NameNode: STARTUP_MSG:',
      '2026-11-21 23:22:30,447 WARN util.NativeCodeLoader: Failed to load native-hadoop library',
      `2026-11-21 23:22:30,448 ERROR namenode.NameNode: Failed to start namenode. ${'x'.repeat(500)}`,
      'java.io.IOException: Could not format one or more JournalNodes',
      '\tat org.apache.hadoop.hdfs.qjournal.client.QuorumException.create(QuorumException.java:81)',
      '@exit 0',
      'SHUTDOWN_MSG: Shutting down NameNode at nn1/10.0.0.1',
      '************************************************************/',
    ]
    await box.ask(`base64 -d >/mnt/says <<<${Buffer.from(says.join('\n')).toString('base64')}; echo 1 >/mnt/code`)
    const ended = await run(format)
    expect(ended?.detail).toContain('exit 1, the format was refused, or failed: ')
    expect(ended?.detail).toContain('Could not format one or more JournalNodes')
    expect(ended?.detail).not.toMatch(/QuorumException|SHUTDOWN|native/)
    expect(ended?.detail.length).toBeLessThan(401)
  })

  test('that was killed has not ended, whatever it had done', async () => {
    await box.ask('touch /mnt/killed; echo "Formatting using clusterid: CID-1234" >/mnt/says')
    const ended = await run(format)
    expect(ended).toMatchObject({ result: 'failed', code: 'StepTimedOut' })
    expect(ended?.detail).toBe(
      'it did not come to its end within 90 s, or was killed: Formatting using clusterid: CID-1234',
    )
    await box.ask('rm /mnt/says')
    expect(await run(format)).toMatchObject({ result: 'failed', code: 'StepTimedOut' })
  })

  test('that systemd does not start has not failed by itself: what systemd says is told', async () => {
    await box.ask('touch /mnt/refuses')
    const ended = await run(format)
    expect(ended).toMatchObject({ result: 'failed', code: 'StepFailed' })
    expect(ended?.detail).toContain('was already loaded')
    expect(await box.ask('ls /mnt')).not.toContain('hdfs')
  })

  test('is not started beside one that runs, or of which systemd does not say', async () => {
    await box.ask(`mkdir -p /mnt/fake; echo activating >/mnt/fake/${unit}`)
    expect(await run(format)).toMatchObject({ result: 'skipped', code: 'GuardRefused' })
    await box.ask(`rm /mnt/fake/${unit}; touch /mnt/fake/mute`)
    expect(await run(format)).toMatchObject({ result: 'skipped', code: 'GuardRefused' })
    expect(await box.ask('ls /mnt; cat /var/lib/ironherd/journal')).toBe('fake')
  })
})

describe.skipIf(why !== '')(`SeedJournal${suffix}`, () => {
  const version = '#Sat Nov 21\nnamespaceID=7\nclusterID=CID-1234\nstorageType=JOURNAL_NODE\n'
  const seed: Action = { verb: 'SeedJournal', directory: '/mnt/jn/ns', version, owner: 'daemon', group: 'daemon' }
  const show = `cd /mnt/jn; find . -printf '%P %m %u %g\\n' | sort; cat ns/current/VERSION`
  const seeded = [
    ' 755 daemon daemon',
    'ns 700 daemon daemon',
    'ns/current 700 daemon daemon',
    'ns/current/VERSION 600 daemon daemon',
    'ns/current/paxos 700 daemon daemon',
    version.trimEnd(),
  ].join('\n')
  beforeEach(async () => {
    await box.ask('mkdir -m 755 /mnt/jn; chown daemon:daemon /mnt/jn')
  })

  test('makes what a JournalNode knows its journal by, and nothing else, of the service user', async () => {
    expect(await run(seed, [{ guard: 'DirectoryEmpty', path: '/mnt/jn/ns' }])).toMatchObject({
      result: 'done',
      detail: '',
    })
    expect(await box.ask(show)).toBe(seeded.replace(/^ 755/, ' 755'))
    expect(await box.ask('cut -f3,6 /var/lib/ironherd/journal')).toBe('intent\tSeedJournal\ndone\tSeedJournal')
  })

  test('is done when it was done, and takes away what a run that was cut off has left', async () => {
    await box.ask('install -d -o daemon -g daemon /mnt/jn/ns /mnt/jn/ns.ironherd-seed /mnt/jn/ns.ironherd-seed/paxos')
    expect(await run(seed)).toMatchObject({ result: 'done' })
    const first = await box.ask(`${show}; stat -c %i ns/current`)
    expect(await run(seed)).toMatchObject({ result: 'done' })
    expect(await box.ask(`${show}; stat -c %i ns/current`)).toBe(first)
    expect(first).toContain(seeded)
  })

  test.each([
    ['edits of the journal', 'mkdir -p ns/current/paxos; echo x >ns/current/VERSION'],
    ['its VERSION without the place of promises', `mkdir -p ns/current; echo x >ns/current/VERSION`],
    ['an empty directory', 'mkdir -p ns/current'],
    ['a link', 'mkdir -p ns; ln -s /nowhere ns/current'],
  ])('leaves %s alone', async (_what, prepare) => {
    await box.ask(`cd /mnt/jn; ${prepare}; chown -hR daemon:daemon ns`)
    const before = await box.ask('cd /mnt/jn; find . -printf "%P %m %i\\n" | sort')
    expect(await run(seed)).toMatchObject({ result: 'failed', code: 'StepFailed' })
    expect(await box.ask('cd /mnt/jn; find . -printf "%P %m %i\\n" | sort')).toBe(before)
  })

  test('does not go through a symbolic link, and writes nowhere that the service user may not', async () => {
    await box.ask('mv /mnt/jn /mnt/other; ln -s /mnt/other /mnt/jn')
    expect(await run(seed)).toMatchObject({ result: 'failed', code: 'StepFailed' })
    await box.ask('rm /mnt/jn; mkdir -m 755 /mnt/jn')
    expect(await run(seed)).toMatchObject({ result: 'failed', code: 'StepFailed' })
    expect(await box.ask('ls -A /mnt/jn /mnt/other')).toBe('/mnt/jn:\n\n/mnt/other:')
  })

  test.each(['id', 'getent', 'base64', 'setpriv'])('fails when %s does', async (program) => {
    const step = stepOf(seed)
    const script = waveScript([step], context).replace('set -e\n', `set -e\n${program}() { return 9; }\n`)
    const { stdout } = await box.run(script)
    expect(stdout).not.toContain(`@step ${step.id} 0 `)
    expect(await box.ask('ls /mnt/jn/ns/current 2>/dev/null || true')).toBe('')
  })
})

describe.skipIf(why !== '')(`guards of HDFS${suffix}`, () => {
  const reload: Action = { verb: 'ReloadUnits' }
  const refused = { result: 'skipped', code: 'GuardRefused' }
  let server: Server
  let body = ''
  let port = 0
  let asked: (string | undefined)[] = []
  beforeEach(async () => {
    asked = []
    server = createServer((request, response) => {
      asked.push(request.url)
      response.end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterEach(() => {
    server.close()
  })

  test('a file is absent, which is not proven by an error of the disk', async () => {
    const guard = (path: string): Guard => ({ guard: 'FileAbsent', path })
    await box.ask(`echo x >/mnt/f; ln -s /nowhere /mnt/l`)
    expect(await run(reload, [guard('/mnt/none'), guard('/mnt/f/below')])).toMatchObject({ result: 'done' })
    for (const path of ['/mnt/f', '/mnt/l', '/mnt', `/mnt/${'x'.repeat(300)}`])
      expect(await run(reload, [guard(path)])).toMatchObject(refused)
  })

  test('a NameNode is in the state that it says itself', async () => {
    const guard = (state: 'active' | 'standby', at = port): Guard => ({
      guard: 'NameNodeIs',
      address: '127.0.0.1',
      port: at,
      state,
    })
    const status = (state: string) =>
      `{\n  "beans" : [ {\n    "name" : "Hadoop:service=NameNode,name=NameNodeStatus",\n    "State" : "${state}",\n    "NNRole" : "NameNode"\n  } ]\n}`
    body = status('active')
    expect(await run(reload, [guard('active')])).toMatchObject({ result: 'done' })
    expect(await run(reload, [guard('standby')])).toMatchObject(refused)
    expect((await run(reload, [guard('standby')]))?.detail).toContain('is not standby: active')
    body = status('standby')
    expect(await run(reload, [guard('standby')])).toMatchObject({ result: 'done' })
    for (const other of ['{"beans" : [ ]}', '', status('activeish'), status('initializing')]) {
      body = other
      expect(await run(reload, [guard('active')])).toMatchObject(refused)
    }
    expect(new Set(asked)).toEqual(new Set(['/jmx?qry=Hadoop:service=NameNode,name=NameNodeStatus']))
    server.close()
    expect(await run(reload, [guard('active')])).toMatchObject(refused)
  })

  describe('a znode is absent by the word of a server', () => {
    let zookeeper: FakeZookeeper
    beforeEach(async () => {
      zookeeper = await fakeZookeeper()
    })
    afterEach(() => zookeeper.close())
    const guarded = (path = '/hadoop-ha/ns') =>
      run(reload, [{ guard: 'ZnodeAbsent', address: '127.0.0.1', port: zookeeper.port, path }])

    test('that has caught up', async () => {
      expect(await guarded()).toMatchObject({ result: 'done' })
      expect(await guarded(`/a b'c$(touch /mnt/pwned)`)).toMatchObject({ result: 'done' })
      expect(await box.ask('ls -A /mnt')).not.toContain('pwned')
      zookeeper.behaviour.syncError = -4
      expect(await guarded()).toMatchObject(refused)
    })

    test('and not when it is there, though it may not be read, or nobody answers', async () => {
      zookeeper.nodes.set('/hadoop-ha/ns', Buffer.from('x'))
      expect(await guarded()).toMatchObject(refused)
      zookeeper.behaviour.readError = -102
      expect(await guarded()).toMatchObject(refused)
      zookeeper.behaviour.deaf = true
      expect(await guarded()).toMatchObject(refused)
      zookeeper.close()
      expect(await guarded()).toMatchObject(refused)
    })
  })
})
