import type { Fact } from '../../../src/model/fact.ts'
import { absent, known, unknown } from '../../../src/model/fact.ts'
import type { FleetFacts, JournalEntry } from '../../../src/model/facts.ts'
import type { Expansion } from '../../../src/model/kind.ts'
import type { Member } from '../../../src/model/member.ts'
import type { Answer, Question } from '../../../src/model/question.ts'
import { questionKey } from '../../../src/model/question.ts'
import { listOf, ruleOf, rulesOf } from '../../../src/services/hdfs-common/rules.ts'
import { directoryAnswer, fileAnswer, unitAnswer } from '../builders.ts'
import { hosts } from './cluster.ts'

export const now = 1_800_000_000_000
export const clusterId = 'CID-u1'
const hour = 3_600_000

/** A storage directory of any role, in the words of a test. Missing: it stands there, empty. */
export interface Disk {
  /** Less room than a NameNode wants. */
  readonly full?: true
  /** Nothing is there at all, not even the directory. */
  readonly missing?: true
  readonly unmounted?: true
  readonly unseen?: true
  /** Names beside `current`. */
  readonly beside?: readonly string[]
  /** Names in `current` beside VERSION; undefined: there is no `current`. */
  readonly current?: readonly string[]
  /** Whose VERSION; undefined: there is none. */
  readonly cluster?: string
  readonly namespace?: string
  readonly seenTxid?: number
  /** Of a journal. */
  readonly promised?: true | number
  readonly paxos?: true
}

const image = ['fsimage_0000000000000000000', 'fsimage_0000000000000000000.md5', 'seen_txid']
const whole = { cluster: clusterId, namespace: '42' } as const

/** As Hadoop leaves them, step by step. */
export const disks = {
  empty: {},
  locked: { beside: ['in_use.lock'] },
  /** A format of NameNode directories that was cut off. */
  half: { ...whole, current: ['seen_txid'], seenTxid: 0 },
  formatted: { ...whole, current: image, seenTxid: 0 },
  used: { ...whole, current: [...image, 'edits_inprogress_0000000000000000007'], seenTxid: 7 },
  copied: { ...whole, current: image, seenTxid: 0 },
  /** Whole, and VERSION is gone. */
  stripped: { current: image, seenTxid: 7 },
  journalHalf: { ...whole, current: [] },
  journal: { ...whole, current: [], paxos: true },
  journalUsed: {
    ...whole,
    current: ['edits_inprogress_0000000000000000007', 'last-promised-epoch', 'last-writer-epoch', 'committed-txid'],
    paxos: true,
    promised: true,
  },
  blocks: { ...whole, current: ['BP-1-10.9.0.1-1'] },
  checkpoint: { ...whole, current: ['edits_0000000000000000001-0000000000000000006', 'fsimage_0000000000000000006'] },
  foreign: { cluster: 'CID-other', namespace: '7', current: [...image, 'BP-9-10.9.9.9-9'], seenTxid: 0 },
  foreignBare: { cluster: 'CID-other', namespace: '7', current: [] },
  otherFormat: { ...whole, namespace: '43', current: image, seenTxid: 0 },
  stranger: { beside: ['notes.txt'] },
} as const satisfies Readonly<Record<string, Disk>>

/** How one daemon is. Default: it was never started. */
export interface Daemon {
  readonly unit?: 'running' | 'stopped' | 'restarting' | 'missing'
  /** systemd would not start it. */
  readonly disabled?: true
  readonly exit?: number
  /** ms; default an hour. */
  readonly uptimeMs?: number
  readonly allowed?: boolean
  readonly started?: boolean
  readonly disk?: Disk
  /** Of a NameNode with two directories. */
  readonly secondDisk?: Disk
  /** Its port of RPC, where it runs; default: alive. */
  readonly rpc?: 'alive' | 'timeout' | 'refused'
  /** Its web server, where it runs. */
  readonly web?: 'timeout' | 'refused' | 'garbled'
  readonly cluster?: string
  /** Of a NameNode. */
  readonly says?: 'active' | 'standby' | 'initializing' | 'loading'
  readonly safeMode?: string
  readonly futureBytes?: number
  readonly lastTransition?: number
  readonly failedDirs?: readonly string[]
  /** By the host of a journal: what the active says of it. Default: in step. */
  readonly behind?: Readonly<Record<string, string>>
  /** Of a NameNode: hosts of the journals in its list. Default: those declared. */
  readonly journals?: readonly string[]
  /** Transactions that this process of a JournalNode has written. */
  readonly written?: number
  readonly editsMs?: number
  /** What a NameNode says of a rolling upgrade. Default: nothing at all. */
  readonly upgrade?: 'none' | 'preparing' | 'prepared'
  /** Names of the copies of its images. */
  readonly copies?: readonly string[]
  readonly missingBlocks?: number
  /** By a NameNode, ms ago. Default: ten minutes. */
  readonly checkpointMs?: number
  readonly lowBlocks?: number
  readonly deadNodes?: number
  /** A tool of Hadoop runs on its host. */
  readonly tool?: boolean
  /** Of a JournalNode. */
  readonly epoch?: number
  /** Of a DataNode: seconds since its last heartbeat, by NameNode id. Default: 1 for those that run. */
  readonly beats?: Readonly<Record<string, number>>
  /** Of a DataNode, by NameNode id: what that one says of it. Default: In Service. */
  readonly adminState?: Readonly<
    Record<
      string,
      'Decommission In Progress' | 'Decommissioned' | 'Entering Maintenance' | 'In Maintenance' | 'unlisted'
    >
  >
  /** What a DataNode calls the NameNodes. Default: their addresses. */
  readonly calls?: Readonly<Record<string, string>>
  /** Of a NameNode: it lists the DataNodes that it hears of by other addresses than theirs. */
  readonly listsOthers?: true
  /** What HttpFS comes to. Default: works. */
  readonly gateway?: 'works' | 'failing' | 'barred' | 'timeout'
  /** Rack in which the NameNodes list a DataNode. Default: that of a cluster without racks. */
  readonly rack?: string
}

/** Everything about a cluster: by member id without `hdfs-`, e.g. namenode-nn1, journalnode-m1. */
export interface World {
  readonly daemons: Readonly<Record<string, Daemon>>
  readonly unreachable?: readonly string[]
  /** Its znode below the servers. Default: nobody was asked. */
  readonly znode?: 'unasked' | 'absent' | 'stands' | 'locked' | 'bare' | 'silent'
  /** Ids of the NameNodes that lock and breadcrumb name, where they stand. */
  readonly named?: { readonly lock?: string; readonly breadcrumb?: string }
  /** On a host of a failover controller: what its list of those that are proven off says. */
  readonly provenOff?: Readonly<Record<string, string>>
  /** By host: what ironherd did there. */
  readonly journals?: Readonly<Record<string, readonly JournalEntry[]>>
  /** Records of other members on a host, by stem. */
  readonly records?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export function wordOf(member: Member): string {
  return member.id.replace(/^hdfs-/, '')
}

/** What all members on a host share. */
interface Place {
  readonly tool: boolean
  readonly unmounted: boolean
}

export function factsOf(expansion: Expansion, world: World): FleetFacts {
  const members = [...expansion.members, ...expansion.leaving.map(({ member }) => member)]
  const byHost = Map.groupBy(members, ({ host }) => host)
  return Object.fromEntries(
    [...byHost].map(([host, own]) => {
      if (world.unreachable?.includes(host) === true) return [host, unknown('Unreachable', `${host} is off`)]
      const answers: Record<string, Fact<Answer>> = {}
      const daemons = own.map((member) => world.daemons[wordOf(member)] ?? {})
      const place: Place = { tool: daemons.some(({ tool }) => tool === true), unmounted: daemons.some(isUnmounted) }
      for (const member of own) Object.assign(answers, answersOf(member, place, world, expansion))
      return [
        host,
        known({
          host,
          lookedAt: now,
          machineId: `id-${host}`,
          bootId: 'b',
          hostname: host,
          clockSkewMs: 0,
          uptimeSeconds: 9999,
          cpus: 2,
          memoryMiB: 4096,
          custody: { installation: 'i', epoch: 1 },
          journal: world.journals?.[host] ?? [],
          ownFiles: {},
          records: world.records?.[host] ?? {},
          answers,
        }),
      ]
    }),
  )
}

function answersOf(
  member: Member,
  place: Place,
  world: World,
  expansion: Expansion,
): Readonly<Record<string, Fact<Answer>>> {
  const daemon = world.daemons[wordOf(member)] ?? {}
  const answers: Record<string, Fact<Answer>> = {}
  const put = (question: Question, fact: Fact<Answer>): void => {
    answers[questionKey(question)] = fact
  }
  for (const question of member.probes) {
    const isList = question.ask === 'file' && question.path.endsWith('/proven-off')
    put(
      question,
      isList
        ? known(fileAnswer(world.provenOff?.[member.host] ?? ''))
        : answerTo(question, member, daemon, place, world, expansion),
    )
  }
  const stem = member.unit.name.replace(/\.service$/, '')
  put({ ask: 'file', path: `/var/lib/ironherd/members/${stem}.json`, content: 16384 }, presence(daemon.started))
  put({ ask: 'unit', unit: member.unit.name }, known(unitOf(daemon)))
  for (const { mount } of member.directories) {
    if (mount === undefined) continue
    put({ ask: 'directory', path: mount }, known(directoryAnswer({ mount: place.unmounted ? '/' : mount })))
  }
  if (member.service === 'hdfs-namenode') Object.assign(answers, znodeAnswers(member, world))
  return answers
}

function isUnmounted({ disk, secondDisk }: Daemon): boolean {
  return disk?.unmounted === true || secondDisk?.unmounted === true
}

function presence(there: boolean | undefined): Fact<Answer> {
  return there === true ? known(fileAnswer('{}')) : absent
}

function unitOf(daemon: Daemon) {
  switch (daemon.unit ?? 'stopped') {
    case 'running':
      return unitAnswer({ mainPid: 100, startedAt: now - (daemon.uptimeMs ?? hour) })
    case 'restarting':
      return unitAnswer({
        activeState: 'activating',
        subState: 'auto-restart',
        mainPid: 0,
        startedAt: 0,
        exitStatus: daemon.exit ?? 1,
        result: 'exit-code',
      })
    case 'stopped':
      return unitAnswer({
        activeState: 'inactive',
        subState: 'dead',
        mainPid: 0,
        startedAt: 0,
        exitStatus: daemon.exit ?? 0,
        ...(daemon.disabled === true ? { unitFileState: 'disabled' } : {}),
      })
    case 'missing':
      return unitAnswer({
        loadState: 'not-found',
        activeState: 'inactive',
        mainPid: 0,
        startedAt: 0,
        unitFileState: '',
      })
  }
}

function answerTo(
  question: Question,
  member: Member,
  daemon: Daemon,
  place: Place,
  world: World,
  expansion: Expansion,
): Fact<Answer> {
  switch (question.ask) {
    case 'http':
      return web(question.path === '/' ? rpcOf(daemon) : webOf(question.path, member, daemon, world, expansion))
    case 'unit':
      return known(unitAnswer(place.tool ? {} : { activeState: 'inactive', mainPid: 0, loadState: 'not-found' }))
    case 'file':
      return question.path.endsWith('.first-start')
        ? presence(daemon.allowed)
        : diskFile(question.path, diskOf(question.path, member, daemon))
    case 'directory':
      if (question.path.endsWith('.images'))
        return daemon.copies === undefined ? absent : known(directoryAnswer({ entries: daemon.copies }))
      return diskDirectory(question.path, member, diskOf(question.path, member, daemon))
    default:
      throw new Error(`no answer for ${questionKey(question)}`)
  }
}

interface Page {
  readonly outcome: 'answered' | 'refused' | 'timeout'
  readonly status: number
  readonly body: string
}

function web(page: Page): Fact<Answer> {
  return known(page)
}

const refused: Page = { outcome: 'refused', status: 0, body: '' }
const timeout: Page = { outcome: 'timeout', status: 0, body: '' }
const sentence =
  'It looks like you are making an HTTP request to a Hadoop IPC port. This is not the correct port for the web interface on this daemon.\r\n'

function rpcOf({ unit, rpc = 'alive', says }: Daemon): Page {
  if (unit !== 'running' || rpc === 'refused' || says === 'loading') return refused
  return rpc === 'timeout' ? timeout : { outcome: 'answered', status: 404, body: sentence }
}

function webOf(path: string, member: Member, daemon: Daemon, world: World, expansion: Expansion): Page {
  if (daemon.unit !== 'running' || daemon.web === 'refused') return refused
  if (daemon.web === 'timeout') return timeout
  if (daemon.web === 'garbled') return page('<html>')
  if (path.startsWith('/webhdfs')) return gatewayPage(daemon)
  if (path.includes('name=FSNamesystem')) return page(beans(systemBeans(daemon, expansion)))
  if (path.includes('service=NameNode')) return page(beans(nameBeans(member, daemon, world, expansion)))
  if (path.includes('service=JournalNode')) return page(beans(journalBeans(member, daemon)))
  if (path.includes('service=SecondaryNameNode')) return page(beans(secondaryBeans(member)))
  return page(beans(dataBeans(member, daemon, world, expansion)))
}

function gatewayPage({ gateway = 'works' }: Daemon): Page {
  const error = (exception: string, message: string) => JSON.stringify({ RemoteException: { exception, message } })
  switch (gateway) {
    case 'works':
      return page(JSON.stringify({ FileStatus: { type: 'DIRECTORY' } }))
    case 'failing':
      return { outcome: 'answered', status: 500, body: error('ConnectException', 'Connection refused') }
    case 'barred':
      return {
        outcome: 'answered',
        status: 403,
        body: error('AuthorizationException', 'Unauthorized connection for super-user: httpfs'),
      }
    case 'timeout':
      return timeout
  }
}

function page(body: string): Page {
  return { outcome: 'answered', status: 200, body }
}

function beans(list: readonly object[]): string {
  return JSON.stringify({ beans: list })
}

function membersOf(expansion: Expansion, service: string): readonly Member[] {
  return expansion.members.filter((member) => member.service === service)
}

/** As NameNodeMXBean and NameNodeStatusMXBean name them. */
function nameBeans(member: Member, daemon: Daemon, world: World, expansion: Expansion): readonly object[] {
  const { says = 'standby' } = daemon
  if (says === 'loading') return [{ name: 'Hadoop:service=NameNode,name=NameNodeActivity' }]
  const declared = membersOf(expansion, 'hdfs-journalnode').map((journal) => ({
    host: journal.host,
    at: `${ruleOf(rulesOf(journal), 'address')}:${ruleOf(rulesOf(journal), 'rpcPort')}`,
  }))
  const addresses =
    daemon.journals?.map((host) => ({ host, at: `${hosts[host]?.serviceAddress ?? ''}:8485` })) ?? declared
  const reports = addresses.map(({ host, at }) => `${at} (${daemon.behind?.[host] ?? 'Written txid 7'})`).join(', ')
  const stream = says === 'active' ? `Writing segment beginning at txid 3. \n${reports}` : 'open for read'
  return [
    {
      name: 'Hadoop:service=NameNode,name=NameNodeStatus',
      State: says,
      LastHATransitionTime: daemon.lastTransition ?? 0,
      BytesWithFutureGenerationStamps: daemon.futureBytes ?? 0,
    },
    {
      name: 'Hadoop:service=NameNode,name=NameNodeInfo',
      Safemode: daemon.safeMode ?? '',
      ClusterId: daemon.cluster ?? clusterId,
      BlockPoolId: 'BP-1-10.9.0.1-1',
      SoftwareVersion: member.identity['version'] ?? '',
      ...upgradeBean(daemon),
      LiveNodes: JSON.stringify(liveNodes(ruleOf(rulesOf(member), 'id'), daemon, world, expansion)),
      DeadNodes: JSON.stringify(deadNodes(ruleOf(rulesOf(member), 'id'), world, expansion)),
      NameDirStatuses: JSON.stringify({
        failed: Object.fromEntries((daemon.failedDirs ?? []).map((dir) => [dir, 'IMAGE_AND_EDITS'])),
        active: { [ruleOf(rulesOf(member), 'nameDirs')]: 'IMAGE_AND_EDITS' },
      }),
      NameJournalStatus: JSON.stringify([
        ...(addresses.length === 0
          ? []
          : [
              {
                manager: `QJM to [${addresses.map(({ at }) => at).join(', ')}]`,
                stream,
                disabled: 'false',
                required: 'true',
              },
            ]),
        {
          manager: 'FileJournalManager(root=/data/dfs/nn)',
          stream: 'EditLogFileOutputStream(x)',
          disabled: 'false',
          required: 'false',
        },
      ]),
    },
  ]
}

function upgradeBean({ upgrade }: Daemon): object {
  if (upgrade === undefined) return {}
  if (upgrade === 'none') return { RollingUpgradeStatus: null }
  const createdRollbackImages = upgrade === 'prepared'
  return { RollingUpgradeStatus: { blockPoolId: 'BP-1', createdRollbackImages, finalizeTime: 0, startTime: 1 } }
}

/** Also those that it was told of and never heard. */
function deadNodes(id: string, world: World, expansion: Expansion): object {
  return Object.fromEntries(
    nodesOf(expansion).flatMap((node) => {
      const own = world.daemons[wordOf(node)] ?? {}
      const admin = own.adminState?.[id] ?? 'In Service'
      if (own.unit === 'running' || admin === 'unlisted') return []
      return [[`${node.host}:9866`, { xferaddr: `${ruleOf(rulesOf(node), 'address')}:9866`, adminState: admin }]]
    }),
  )
}

/** Those that leave stay where they are until they are released. */
function nodesOf({ leaving, members }: Expansion): readonly Member[] {
  return [...members, ...leaving.map(({ member }) => member)].filter(({ service }) => service === 'hdfs-datanode')
}

function liveNodes(id: string, daemon: Daemon, world: World, expansion: Expansion): object {
  const listed = nodesOf(expansion).flatMap((node) => {
    const own = world.daemons[wordOf(node)] ?? {}
    const adminState = own.adminState?.[id] ?? 'In Service'
    if (own.unit !== 'running' || adminState === 'unlisted') return []
    const rules = rulesOf(node)
    const address = daemon.listsOthers === true ? '192.0.2.99' : ruleOf(rules, 'address')
    const infoAddr = `${address}:${ruleOf(rules, 'httpPort')}`
    return [
      [
        `${node.host}:9866`,
        {
          infoAddr,
          lastContact: own.beats?.[id] ?? 1,
          adminState,
          location: own.rack ?? '/default-rack',
        },
      ] as const,
    ]
  })
  return Object.fromEntries(listed)
}

function systemBeans(daemon: Daemon, expansion: Expansion): readonly object[] {
  return [
    {
      name: 'Hadoop:service=NameNode,name=FSNamesystem',
      MissingBlocks: daemon.missingBlocks ?? 0,
      CorruptBlocks: 0,
      LowRedundancyBlocks: daemon.lowBlocks ?? 0,
      LastCheckpointTime: now - (daemon.checkpointMs ?? 600_000),
      MillisSinceLastLoadedEdits: daemon.editsMs ?? 20_000,
    },
    {
      name: 'Hadoop:service=NameNode,name=FSNamesystemState',
      NumLiveDataNodes: membersOf(expansion, 'hdfs-datanode').length,
      NumDeadDataNodes: daemon.deadNodes ?? 0,
      NumStaleDataNodes: 0,
      NumDecommissioningDataNodes: 0,
      CapacityTotal: 300 * 1024 ** 3,
      CapacityUsed: 30 * 1024 ** 3,
    },
  ]
}

function journalBeans(member: Member, { disk, epoch, written }: Daemon): readonly object[] {
  const info = { name: 'Hadoop:service=JournalNode,name=JournalNodeInfo', JournalsStatus: '{}' }
  const promised = epoch ?? (disk?.promised === true ? 1 : disk?.paxos === true ? 0 : -1)
  const name = `Hadoop:service=JournalNode,name=Journal-${ruleOf(rulesOf(member), 'nameservice')}`
  const epochs = { LastPromisedEpoch: promised, LastWriterEpoch: promised }
  return [info, { name, ...epochs, LastWrittenTxId: 7, CurrentLagTxns: 0, TxnsWritten: written ?? 5 }]
}

function secondaryBeans(member: Member): readonly object[] {
  const name = 'Hadoop:service=SecondaryNameNode,name=SecondaryNameNodeInfo'
  return [{ name, SoftwareVersion: member.identity['version'] ?? '', LastCheckpointTime: now - 600_000 }]
}

function dataBeans(member: Member, daemon: Daemon, world: World, expansion: Expansion): readonly object[] {
  const names = membersOf(expansion, 'hdfs-namenode')
  const actors = names.map((name) => {
    const id = ruleOf(rulesOf(name), 'id')
    const up = world.daemons[wordOf(name)]?.unit === 'running'
    const age = daemon.beats?.[id] ?? (up ? 1 : undefined)
    const called = daemon.calls?.[id] ?? ruleOf(rulesOf(name), 'address')
    return {
      NamenodeAddress: `${called}:${ruleOf(rulesOf(name), 'rpcPort')}`,
      BlockPoolID: 'BP-1-10.9.0.1-1',
      ActorState: age === undefined ? 'CONNECTING' : 'RUNNING',
      LastHeartbeat: String(age ?? 0),
    }
  })
  return [
    {
      name: 'Hadoop:service=DataNode,name=DataNodeInfo',
      ClusterId: daemon.cluster ?? clusterId,
      SoftwareVersion: member.identity['version'] ?? '',
      VolumeInfo: JSON.stringify(
        Object.fromEntries(
          listOf(rulesOf(member), 'dataDirs')
            .filter((path) => daemon.failedDirs?.includes(path) !== true)
            .map((path) => [path, { numBlocks: 0 }]),
        ),
      ),
      BPServiceActorInfo: JSON.stringify(actors),
    },
  ]
}

function diskOf(path: string, member: Member, { disk, secondDisk }: Daemon): Disk {
  const [, second] = ruleOf(rulesOf(member), 'nameDirs').split(',')
  const inSecond = second !== undefined && (path === second || path.startsWith(`${second}/`))
  return (inSecond ? secondDisk : disk) ?? {}
}

function diskDirectory(path: string, member: Member, disk: Disk): Fact<Answer> {
  if (disk.unseen === true) return unknown('ProbeFailed', `${member.host}: ${path}: Input/output error`)
  const rules = rulesOf(member)
  const isJournal = member.service === 'hdfs-journalnode'
  const room = disk.full === true ? { freeMiB: 50 } : {}
  const list = (entries: readonly string[]): Fact<Answer> =>
    known(directoryAnswer({ entries: [...entries].sort(), ...room }))
  if (path === ruleOf(rules, 'editsDir')) return list(isEmptyJournal(disk) ? [] : [ruleOf(rules, 'nameservice')])
  if (path.endsWith('/current/paxos')) return disk.paxos === true ? list([]) : absent
  if (path.endsWith('/current')) {
    if (disk.current === undefined) return absent
    return list([
      ...(disk.cluster === undefined ? [] : ['VERSION']),
      ...disk.current,
      ...(disk.paxos === true ? ['paxos'] : []),
    ])
  }
  // The directory of a journal is made by its format; those of the others are made beforehand.
  if (disk.missing === true || (isJournal && isEmptyJournal(disk))) return absent
  return list([...(disk.beside ?? []), ...(disk.current === undefined ? [] : ['current'])])
}

function isEmptyJournal({ beside, current }: Disk): boolean {
  return beside === undefined && current === undefined
}

function diskFile(path: string, disk: Disk): Fact<Answer> {
  if (disk.unseen === true) return unknown('ProbeFailed', `${path}: Input/output error`)
  if (path.endsWith('/VERSION')) return disk.cluster === undefined ? absent : known(fileAnswer(versionText(disk)))
  if (path.endsWith('/seen_txid')) return disk.seenTxid === undefined ? absent : known(fileAnswer(`${disk.seenTxid}\n`))
  if (path.endsWith('/last-promised-epoch')) {
    if (disk.promised === undefined) return absent
    return known(fileAnswer(`${disk.promised === true ? 1 : disk.promised}\n`))
  }
  if (path.endsWith('.jar') || path.startsWith('/var/lib/ironherd/tools/')) return absent
  throw new Error(`no answer for ${path}`)
}

function versionText({ cluster = '', namespace = '' }: Disk): string {
  return `#Sat Nov 21 10:00:00 UTC 2026\nnamespaceID=${namespace}\nclusterID=${cluster}\ncTime=1795250000000\nstorageType=NAME_NODE\nlayoutVersion=-67\n`
}

function znodeAnswers(
  member: Member,
  { named = {}, znode = 'unasked' }: World,
): Readonly<Record<string, Fact<Answer>>> {
  const rules = rulesOf(member)
  if (znode === 'unasked' || ruleOf(rules, 'zookeeper') === '') return {}
  const base = ruleOf(rules, 'znode')
  const there = {
    absent: [],
    stands: ['', '/ActiveBreadCrumb'],
    bare: [''],
    locked: ['', '/ActiveBreadCrumb', '/ActiveStandbyElectorLock'],
  }
  const answers: Record<string, Fact<Answer>> = {}
  for (const server of ruleOf(rules, 'zookeeper').split(',')) {
    const [address = '', port = ''] = server.split(':')
    for (const below of ['', '/ActiveStandbyElectorLock', '/ActiveBreadCrumb']) {
      const question = { ask: 'znode', address, port: Number(port), path: `${base}${below}` } as const
      const shown = znode !== 'silent' && there[znode].some((name) => name === below)
      answers[questionKey(question)] =
        znode === 'silent'
          ? unknown('ProbeFailed', `${member.host}: ${server} does not answer`)
          : shown
            ? known({
                data: activeNode(ruleOf(rules, 'nameservice'), below.endsWith('Lock') ? named.lock : named.breadcrumb),
                owner: below.endsWith('Lock') ? '1000' : '',
              })
            : absent
    }
  }
  return answers
}

/** ActiveNodeInfo as Hadoop writes it: nameservice, NameNode, host, ports. */
function activeNode(nameservice: string, id = ''): string {
  const text = (field: number, value: string): Buffer =>
    Buffer.concat([Buffer.of((field << 3) | 2, value.length), Buffer.from(value)])
  if (id === '') return ''
  const ports = Buffer.of(0x20, 0xd4, 0x3e, 0x28, 0xd3, 0x3e)
  return Buffer.concat([text(1, nameservice), text(2, id), text(3, '10.9.0.1'), ports]).toString('base64')
}

const bare: Daemon = {}
const marked: Daemon = { allowed: true }

function everybody(expansion: Expansion, daemon: Daemon): Readonly<Record<string, Daemon>> {
  return Object.fromEntries(expansion.members.map((member) => [wordOf(member), daemon]))
}

/** Hosts on which nothing was ever done. */
export function bareWorld(expansion: Expansion): World {
  return { daemons: everybody(expansion, bare), znode: 'absent' }
}

/** A first start was allowed, and the JournalNodes are up. */
export function allowedWorld(expansion: Expansion): World {
  const daemons = { ...everybody(expansion, marked) }
  for (const member of membersOf(expansion, 'hdfs-journalnode')) {
    daemons[wordOf(member)] = { ...marked, started: true, unit: 'running' }
  }
  return { daemons, znode: 'absent' }
}

/** All is well: nn1 is active. */
export function livingWorld(expansion: Expansion, more: Readonly<Record<string, Daemon>> = {}): World {
  const up: Daemon = { allowed: true, started: true, unit: 'running' }
  const daemons: Record<string, Daemon> = {}
  for (const member of expansion.members) {
    const word = wordOf(member)
    daemons[word] = { ...up, ...livingParts(member), ...more[word] }
  }
  return { daemons }
}

function livingParts(member: Member): Daemon {
  switch (member.service) {
    case 'hdfs-namenode':
      return {
        disk: disks.used,
        secondDisk: disks.used,
        says: rulesOf(member)['first'] === 'true' ? 'active' : 'standby',
      }
    case 'hdfs-journalnode':
      return { disk: disks.journalUsed }
    case 'hdfs-datanode':
      return { disk: disks.blocks }
    case 'hdfs-secondarynamenode':
      return { disk: disks.checkpoint }
    default:
      return {}
  }
}

export function withDaemons(world: World, more: Readonly<Record<string, Daemon>>): World {
  const changed = Object.entries(more).map(([word, daemon]) => [word, { ...world.daemons[word], ...daemon }] as const)
  return { ...world, daemons: { ...world.daemons, ...Object.fromEntries(changed) } }
}

/** One answer after the other that nobody could give. */
export function* withOneUnknown(facts: FleetFacts): Generator<readonly [what: string, facts: FleetFacts]> {
  for (const [host, fact] of Object.entries(facts)) {
    yield [host, { ...facts, [host]: unknown('Unreachable', `${host} is off`) }]
    if (fact.state !== 'known') continue
    for (const key of Object.keys(fact.value.answers)) {
      const answers = { ...fact.value.answers, [key]: unknown('ProbeFailed', `${host}: ${key}: not seen`) }
      yield [`${host}: ${key}`, { ...facts, [host]: known({ ...fact.value, answers }) }]
    }
  }
}
