import type { TalkAnswer } from '../../src/model/question.ts'
import type { Machine } from './machine.ts'
import { nextPid, type Process } from './process.ts'
import type { UnitText } from './unit-text.ts'
import type { Ensemble } from './zookeeper.ts'

/** One write, and all that went before it. What a server holds is the last write that it has. */
export interface Write {
  readonly before: Write | undefined
  readonly epoch: number
  /** Number of writes up to this one. */
  readonly depth: number
}

/** `write` and everything before it is in `history`. */
export function holds(history: Write | undefined, write: Write | undefined): boolean {
  if (write === undefined) return true
  let at = history
  while (at !== undefined && at.depth > write.depth) at = at.before
  return at === write
}

/** id → address: those whom a server counts. */
export type Servers = ReadonlyMap<number, string>

interface Configuration {
  readonly id: number
  readonly dataDir: string
  readonly clientPort: number
  readonly version: string
  /** As the file says. */
  readonly servers: Servers
  /** It takes over the list of an ensemble that it finds. */
  readonly reconfigurable: boolean
  readonly autocreate: boolean
}

type State = 'booting' | 'looking' | 'following' | 'leading'

/** A running server, with the list that it was started with, or was told since. */
export class Server implements Process {
  readonly pid = nextPid()
  readonly startedAt: number
  readonly machine: Machine
  readonly configuration: Configuration
  readonly ensemble: Ensemble
  readonly unit: string
  #frozen = false
  state: State = 'booting'
  /** Whom it follows. */
  follows: Server | undefined
  /** Has a right to vote: it began with data, or was allowed to begin without. */
  votes: boolean
  history: Write | undefined
  epoch: number
  leadsSince = 0
  servers: Servers
  /** Of the list: 0 as long as it stands in the file only. */
  version = 0

  constructor(machine: Machine, unit: string, configuration: Configuration, ensemble: Ensemble, began: Begun) {
    this.machine = machine
    this.unit = unit
    this.configuration = configuration
    this.ensemble = ensemble
    this.startedAt = machine.clock.now
    this.votes = began.votes
    this.history = began.history
    this.epoch = began.epoch
    this.servers = configuration.servers
  }

  /** Told, or heard of: of two lists the newer counts. */
  take(servers: Servers, version: number): void {
    if (!this.configuration.reconfigurable || version <= this.version) return
    this.servers = servers
    this.version = version
  }

  /** Its list has its number where it is not: it listens there and not here (tried out on 3.8.4). */
  get misplaced(): boolean {
    const address = this.servers.get(this.id)
    return address !== undefined && address !== this.machine.address
  }

  get id(): number {
    return this.configuration.id
  }

  get frozen(): boolean {
    return this.#frozen || this.machine.frozen
  }

  set frozen(value: boolean) {
    this.#frozen = value
    this.ensemble.changed()
  }

  get serves(): boolean {
    return !this.frozen && (this.state === 'leading' || this.state === 'following')
  }

  /** By its own list. */
  get majority(): number {
    return Math.floor(this.servers.size / 2) + 1
  }

  /** The other's number stands in its list: wherever it runs, it votes, and its acknowledgement counts. */
  counts(other: Server): boolean {
    return this.servers.has(other.id)
  }

  /** It can follow the other: it finds it where its list says. */
  finds(other: Server): boolean {
    return this.servers.get(other.id) === other.machine.address
  }

  /** How many of its list these are: two with one number count once. */
  amongThose(others: readonly Server[]): number {
    return new Set(others.filter((other) => this.counts(other)).map(({ id }) => id)).size
  }

  listensOn(port: number): boolean {
    return this.state !== 'booting' && !this.misplaced && port === this.configuration.clientPort
  }

  talk(send: string): TalkAnswer {
    if (!this.serves) {
      return { outcome: 'answered', text: 'This ZooKeeper instance is not currently serving requests\n' }
    }
    if (send === 'conf') return { outcome: 'answered', text: confText(this) }
    const { version } = this.configuration
    const leads = this.state === 'leading'
    const role = leads ? 'leader' : 'follower'
    if (send === 'srvr') return { outcome: 'answered', text: `Zookeeper version: ${version}-9316c2a\nMode: ${role}\n` }
    const lines = [
      `zk_version\t${version}-9316c2a7a97e1666d8f4593f34dd6fc36ecc436c, built on 2024-02-12 22:16 UTC`,
      `zk_server_state\t${role}`,
      ...(leads
        ? [
            `zk_synced_followers\t${this.ensemble.followersOf(this).length}.0`,
            `zk_leader_uptime\t${this.machine.clock.now - this.leadsSince}.0`,
          ]
        : []),
    ]
    return { outcome: 'answered', text: `${lines.join('\n')}\n` }
  }

  gone(): void {
    this.ensemble.left(this)
  }

  /** What it holds is on its disk: an orderly fsync before every acknowledgement. */
  persist(): void {
    const { machine, configuration } = this
    const tree = `${configuration.dataDir}/version-2`
    if (!machine.directories.has(tree)) return
    const own = {
      owner: 'zookeeper',
      group: 'zookeeper',
      mode: '640',
      payload: { history: this.history, epoch: this.epoch },
    }
    for (const name of ['snapshot.0', 'log.1']) {
      // The file that it has open was deleted under it: what it writes now, nobody will find again.
      if (name === 'log.1' && this.#opened && !machine.files.has(`${tree}/log.1`)) continue
      if (name === 'snapshot.0' && this.#opened) continue
      machine.put(`${tree}/${name}`, { ...own, content: name })
    }
    for (const name of ['currentEpoch', 'acceptedEpoch'])
      machine.put(`${tree}/${name}`, { ...own, content: String(this.epoch) })
    this.#opened = true
  }

  #opened = false
}

function confText({ configuration, servers, version }: Server): string {
  const lines = [...servers].map(([id, address]) => `server.${id}=${address}:2888:3888:participant`)
  return [`clientPort=${configuration.clientPort}`, 'membership: ', ...lines, `version=${version.toString(16)}`].join(
    '\n',
  )
}

export interface Begun {
  readonly votes: boolean
  readonly history: Write | undefined
  readonly epoch: number
}

/** What a server finds when it starts: its data, a marker that allows it to begin without, or nothing. A number: its exit. */
export function begin(machine: Machine, configuration: Configuration): Begun | number {
  const { dataDir, autocreate } = configuration
  const directory = machine.directories.get(dataDir)
  if (directory?.owner !== 'zookeeper') return 2
  const tree = `${dataDir}/version-2`
  const names = machine.namesIn(tree)
  const marker = `${dataDir}/initialize`
  const snapshot = names.includes('snapshot.0')
  if (!snapshot && names.includes('log.1')) return 2
  const own = { owner: 'zookeeper', group: 'zookeeper', mode: '750' }
  machine.mkdir(tree, own)
  if (snapshot) {
    const stored = machine.files.get(`${tree}/log.1`) ?? machine.files.get(`${tree}/snapshot.0`)
    machine.files.delete(marker)
    return { votes: true, ...(stored?.payload as { history: Write | undefined; epoch: number }) }
  }
  if (machine.files.has(marker)) {
    machine.files.delete(marker)
    // Left by a start without the marker: epochs that are older than the data that would now be made.
    if (names.includes('currentEpoch')) return 1
    return { votes: true, history: undefined, epoch: 0 }
  }
  for (const name of ['currentEpoch', 'acceptedEpoch'])
    machine.put(`${tree}/${name}`, { ...own, mode: '640', content: '-1' })
  return { votes: autocreate, history: undefined, epoch: autocreate ? 0 : -1 }
}

/** What the files that the unit names say; undefined: it leaves at once, with status 2. */
export function configurationOf(machine: Machine, unit: UnitText): Configuration | undefined {
  const path = unit.command.at(-1) ?? ''
  const text = machine.files.get(path)?.content
  const found = text === undefined ? undefined : parsed(text)
  if (found === undefined) return undefined
  const { clientPort, dataDir, listPath, reconfigurable } = found
  const servers = listPath === '' ? found.servers : parsed(machine.files.get(listPath)?.content ?? '')?.servers
  const id = Number(machine.files.get(`${dataDir}/myid`)?.content)
  if (servers?.has(id) !== true) return undefined
  const version = /\/zookeeper-(\d+\.\d+\.\d+)/.exec(unit.command.join(' '))?.[1] ?? ''
  const autocreate = !unit.command.includes('-Dzookeeper.db.autocreate=false')
  return { id, dataDir, clientPort, version, servers, reconfigurable, autocreate }
}

interface ZooCfg {
  readonly dataDir: string
  readonly clientPort: number
  readonly servers: Servers
  /** '' when the servers stand in the file itself. */
  readonly listPath: string
  readonly reconfigurable: boolean
}

const known = new Map<string, ZooCfg | undefined>()

/** Undefined for what ZooKeeper would not start with. */
export function parsed(text: string): ZooCfg | undefined {
  if (!known.has(text)) {
    if (known.size > 2000) known.clear()
    known.set(text, parse(text))
  }
  return known.get(text)
}

function parse(text: string): ZooCfg | undefined {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const at = line.indexOf('=')
    if (!line.startsWith('#') && at > 0) values.set(line.slice(0, at), line.slice(at + 1))
    else if (line !== '' && !line.startsWith('#')) return undefined
  }
  const servers = new Map<number, string>()
  for (const [key, value] of values)
    if (key.startsWith('server.')) servers.set(Number(key.slice(7)), value.split(':')[0] ?? '')
  return {
    dataDir: values.get('dataDir') ?? '',
    clientPort: Number(values.get('clientPort')),
    servers,
    listPath: values.get('dynamicConfigFile') ?? '',
    reconfigurable: values.get('reconfigEnabled') === 'true',
  }
}
