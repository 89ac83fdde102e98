import type { TalkAnswer } from '../../src/model/question.ts'
import type { VirtualClock } from './clock.ts'
import type { Machine } from './machine.ts'
import { nextPid, type Process } from './process.ts'
import type { Random } from './random.ts'
import type { UnitText } from './unit-text.ts'

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

interface Configuration {
  readonly id: number
  readonly dataDir: string
  readonly clientPort: number
  /** id → address, as the file says. */
  readonly servers: ReadonlyMap<number, string>
  readonly ensemble: string
  readonly autocreate: boolean
}

type State = 'booting' | 'looking' | 'following' | 'leading'

export class Server implements Process {
  readonly pid = nextPid()
  readonly startedAt: number
  readonly machine: Machine
  readonly configuration: Configuration
  readonly ensemble: Ensemble
  readonly unit: string
  #frozen = false
  state: State = 'booting'
  /** Has a right to vote: it began with data, or was allowed to begin without. */
  votes: boolean
  history: Write | undefined
  epoch: number
  leadsSince = 0

  constructor(machine: Machine, unit: string, configuration: Configuration, ensemble: Ensemble, began: Begun) {
    this.machine = machine
    this.unit = unit
    this.configuration = configuration
    this.ensemble = ensemble
    this.startedAt = machine.clock.now
    this.votes = began.votes
    this.history = began.history
    this.epoch = began.epoch
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

  listensOn(port: number): boolean {
    return this.state !== 'booting' && port === this.configuration.clientPort
  }

  talk(send: string): TalkAnswer {
    if (!this.serves) {
      return { outcome: 'answered', text: 'This ZooKeeper instance is not currently serving requests\n' }
    }
    const leads = this.state === 'leading'
    const role = leads ? 'leader' : 'follower'
    if (send === 'srvr') return { outcome: 'answered', text: `Zookeeper version: 3.8.4-9316c2a\nMode: ${role}\n` }
    const lines = [
      'zk_version\t3.8.4-9316c2a7a97e1666d8f4593f34dd6fc36ecc436c, built on 2024-02-12 22:16 UTC',
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

  gone(how: 'terminated' | 'killed' | 'powerOff'): void {
    this.ensemble.left(this, how)
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

interface Begun {
  readonly votes: boolean
  readonly history: Write | undefined
  readonly epoch: number
}

/**
 * Servers that are configured as one ensemble. Leaders come from elections with a majority of servers that may vote and
 * reach each other; a write is acknowledged when a majority has it on disk; an empty server has no vote until it has
 * fetched the data of a quorum (runbook §1.3, db.autocreate=false).
 */
export class Ensemble {
  readonly name: string
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #servers = new Set<Server>()
  #voters = 1
  #electing: (() => void) | undefined
  /** The last write that a client was told of. */
  acknowledged: Write | undefined
  /** Somebody led once: from then on nothing may begin from nothing. */
  born = false
  /** Told when something that oracles and Spark look at has changed. */
  onChange: () => void = () => undefined
  /** What no ensemble may do; the oracle fills it in. */
  onLoss: (why: string) => void = () => undefined

  constructor(name: string, clock: VirtualClock, random: Random) {
    this.name = name
    this.#clock = clock
    this.#random = random
  }

  get voters(): number {
    return this.#voters
  }

  get majority(): number {
    return Math.floor(this.#voters / 2) + 1
  }

  get leader(): Server | undefined {
    return [...this.#servers].find((server) => server.state === 'leading' && !server.frozen)
  }

  servers(): readonly Server[] {
    return [...this.#servers]
  }

  serving(): readonly Server[] {
    const { leader } = this
    if (leader === undefined) return []
    const all = [leader, ...this.followersOf(leader)]
    return all.length >= this.majority ? all : []
  }

  followersOf(leader: Server): readonly Server[] {
    return [...this.#servers].filter(
      (server) => server.state === 'following' && !server.frozen && reach(server, leader),
    )
  }

  start(
    machine: Machine,
    unit: UnitText,
    configuration: Configuration,
    exit: (status: number) => void,
  ): Process | number {
    const began = begin(machine, configuration)
    if (typeof began === 'number') return began
    const server = new Server(machine, unit.name, configuration, this, began)
    this.#voters = configuration.servers.size
    this.#servers.add(server)
    if (began.votes && began.history === undefined && began.epoch === 0) server.persist()
    this.#clock.after(this.#random.between(1000, 3000), () => {
      if (!this.#servers.has(server)) return
      server.state = 'looking'
      this.changed()
    })
    void exit
    return server
  }

  left(server: Server, _how: 'terminated' | 'killed' | 'powerOff'): void {
    this.#servers.delete(server)
    this.changed()
  }

  /** Something about a server or the network is another: who leads may have to be settled anew. */
  changed(): void {
    const leader = [...this.#servers].find((server) => server.state === 'leading')
    if (leader !== undefined && (leader.frozen || this.followersOf(leader).length + 1 < this.majority)) {
      this.#stepDown(leader)
    }
    if (this.leader === undefined) {
      for (const server of this.#servers) if (server.state === 'following') server.state = 'looking'
    } else {
      const { leader: standing } = this
      for (const server of this.#servers) {
        if (server.state === 'following' && standing !== undefined && !reach(server, standing)) server.state = 'looking'
      }
    }
    this.onChange()
    if ([...this.#servers].some((server) => server.state === 'looking')) this.#elect()
  }

  /** A client writes; the write is acknowledged when a majority has it. */
  write(): void {
    const serving = this.serving()
    const [leader, ...followers] = serving
    if (leader === undefined) return
    const write: Write = { before: leader.history, epoch: leader.epoch, depth: (leader.history?.depth ?? 0) + 1 }
    const needed = this.majority - 1
    // A slow follower may lag by a write, as long as a majority does not.
    const lagging = followers.length > needed && this.#random.chance(0.3) ? this.#random.pick(followers) : undefined
    for (const server of [leader, ...followers]) {
      if (server === lagging) continue
      server.history = write
      server.persist()
    }
    this.acknowledged = write
  }

  #stepDown(leader: Server): void {
    leader.state = 'looking'
    leader.leadsSince = 0
  }

  #elect(): void {
    if (this.#electing !== undefined) return
    this.#electing = this.#clock.after(this.#random.between(300, 2500), () => {
      this.#electing = undefined
      this.#settle()
    })
  }

  #settle(): void {
    const standing = this.leader
    if (standing !== undefined && this.serving().length > 0) {
      for (const server of this.#servers) {
        if (server.state === 'looking' && !server.frozen && reach(server, standing)) this.#join(server, standing)
      }
      this.onChange()
      return
    }
    const candidates = [...this.#servers].filter(
      (server) => server.state === 'looking' && !server.frozen && server.votes,
    )
    for (const candidate of [...candidates].sort(byWhatTheyHold)) {
      const party = candidates.filter((other) => reach(candidate, other))
      if (party.length < this.majority) continue
      this.#lead(candidate, party)
      break
    }
    if (this.leader !== undefined) this.changed()
  }

  #lead(leader: Server, party: readonly Server[]): void {
    leader.state = 'leading'
    leader.leadsSince = this.#clock.now
    leader.epoch = Math.max(...party.map(({ epoch }) => epoch)) + 1
    this.born = true
    if (!holds(leader.history, this.acknowledged)) {
      this.onLoss(`${leader.machine.name} leads without the writes that were acknowledged`)
    }
    leader.persist()
    for (const server of party) if (server !== leader) this.#join(server, leader)
  }

  #join(server: Server, leader: Server): void {
    server.history = leader.history
    server.epoch = leader.epoch
    server.votes = true
    server.state = 'following'
    server.persist()
  }
}

function byWhatTheyHold(a: Server, b: Server): number {
  return b.epoch - a.epoch || (b.history?.depth ?? 0) - (a.history?.depth ?? 0) || b.id - a.id
}

/** Both run, and the network between them carries. */
function reach(a: Server, b: Server): boolean {
  if (a === b) return true
  return [a, b].every(({ machine, frozen }) => machine.on && !machine.cutOff && !frozen)
}

/** What a server finds when it starts: its data, a marker that allows it to begin without, or nothing. */
function begin(machine: Machine, configuration: Configuration): Begun | number {
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
  if (text === undefined) return undefined
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const at = line.indexOf('=')
    if (!line.startsWith('#') && at > 0) values.set(line.slice(0, at), line.slice(at + 1))
    else if (line !== '' && !line.startsWith('#')) return undefined
  }
  const servers = new Map<number, string>()
  for (const [key, value] of values)
    if (key.startsWith('server.')) servers.set(Number(key.slice(7)), value.split(':')[0] ?? '')
  const dataDir = values.get('dataDir') ?? ''
  const id = Number(machine.files.get(`${dataDir}/myid`)?.content)
  if (!servers.has(id)) return undefined
  return {
    id,
    dataDir,
    clientPort: Number(values.get('clientPort')),
    servers,
    ensemble: [...servers].map(([server, address]) => `${server}=${address}`).join(','),
    autocreate: !unit.command.includes('-Dzookeeper.db.autocreate=false'),
  }
}
