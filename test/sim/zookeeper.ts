import type { VirtualClock } from './clock.ts'
import type { Machine } from './machine.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { Service } from './service.ts'
import type { UnitText } from './unit-text.ts'
import { begin, configurationOf, holds, Server, type Servers, type Write } from './zookeeper-server.ts'

/**
 * Servers that find each other by the lists in their own files, which are not the same ones while an ensemble changes.
 * A leader comes from an election in which a majority by its own list, and by that of each of its voters, takes part; a
 * write is acknowledged when a majority of the leader's list has it on disk; an empty server has no vote until it has
 * fetched the data of a quorum (runbook §1.3, db.autocreate=false). Whoever stands in nobody's list follows and is not counted.
 * Where reconfig is enabled, a list has a version, whoever looks for a leader takes over the newest that it hears of, and a restart
 * begins with the file again (all tried out on 3.8.4).
 */
export class Ensemble implements Service {
  /** As Java leaves that finds no class. */
  readonly withoutSoftware = 1
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #servers = new Set<Server>()
  #electing: (() => void) | undefined
  /** The last write that a client was told of. */
  acknowledged: Write | undefined
  /** Somebody led once: from then on nothing may begin from nothing. */
  born = false
  /** Told when something that oracles and Spark look at has changed. */
  onChange: () => void = () => undefined
  /** What no ensemble may do; the oracles fill it in. */
  onLoss: (why: string) => void = () => undefined
  onTwoLeaders: (why: string) => void = () => undefined

  constructor(clock: VirtualClock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  servers(): readonly Server[] {
    return [...this.#servers]
  }

  /** That leads a majority of its list; of two the newer one. */
  get leader(): Server | undefined {
    let found: Server | undefined
    for (const server of this.#servers) {
      if (server.state === 'leading' && this.#isQuorate(server) && (found === undefined || server.epoch > found.epoch))
        found = server
    }
    return found
  }

  serving(): readonly Server[] {
    const { leader } = this
    return leader === undefined ? [] : [leader, ...this.followersOf(leader)]
  }

  followersOf(leader: Server): readonly Server[] {
    return [...this.#servers].filter(
      (server) => server.follows === leader && server.state === 'following' && !server.frozen && reach(server, leader),
    )
  }

  runs({ command }: UnitText): boolean {
    return command.some((word) => word.includes('QuorumPeerMain'))
  }

  start(machine: Machine, unit: UnitText): Process | number {
    const configuration = configurationOf(machine, unit)
    if (configuration === undefined) return 2
    const began = begin(machine, configuration)
    if (typeof began === 'number') return began
    const server = new Server(machine, unit.name, configuration, this, began)
    this.#servers.add(server)
    if (began.votes && began.history === undefined && began.epoch === 0) server.persist()
    this.#clock.after(this.#random.between(1000, 3000), () => {
      if (!this.#servers.has(server)) return
      server.state = 'looking'
      this.changed()
    })
    return server
  }

  left(server: Server): void {
    this.#servers.delete(server)
    this.changed()
  }

  /** Everything it knew was taken away on purpose: what begins now is another one. */
  purged(): void {
    this.acknowledged = undefined
    this.born = false
  }

  /** Something about a server or the network is another: who leads may have to be settled anew. */
  changed(): void {
    for (const server of this.#servers) {
      if (server.state === 'leading' && !this.#isQuorate(server)) {
        server.state = 'looking'
        server.leadsSince = 0
      }
    }
    for (const server of this.#servers) {
      const { follows } = server
      if (server.state !== 'following') continue
      const stands = follows?.state === 'leading' && this.#servers.has(follows) && reach(server, follows)
      if (stands) continue
      server.state = 'looking'
      server.follows = undefined
    }
    this.onChange()
    if ([...this.#servers].some((server) => server.state === 'looking')) this.#elect()
  }

  /** A client writes; the write is acknowledged when a majority of the leader's list has it. */
  write(): void {
    const { leader } = this
    if (leader === undefined) return
    const followers = this.followersOf(leader)
    const write: Write = { before: leader.history, epoch: leader.epoch, depth: (leader.history?.depth ?? 0) + 1 }
    // A slow follower may lag by a write, as long as a majority does not.
    const slow = followers.length > 0 && this.#random.chance(0.3) ? this.#random.pick(followers) : undefined
    const enough = leader.amongThose([leader, ...followers.filter((server) => server !== slow)]) >= leader.majority
    const lagging = enough ? slow : undefined
    for (const server of [leader, ...followers]) {
      if (server === lagging) continue
      server.history = write
      server.persist()
    }
    this.acknowledged = write
  }

  /**
   * The ensemble is given a new list by one of its servers. `version`: only if it still has that one. '' or why not, as
   * ZooKeeper says it. It asks for a majority of the new list, and not for all that are in it.
   */
  reconfigure(by: Server, servers: Servers, version?: number): string {
    const leader = by.state === 'leading' ? by : by.follows
    if (leader === undefined || leader !== this.leader || !by.serves) return 'ConnectionLoss'
    if (!by.configuration.reconfigurable || !leader.configuration.reconfigurable) return 'ReconfigDisabled'
    if (version !== undefined && version !== leader.version) return 'BadVersion'
    const followers = this.followersOf(leader)
    const inStep = [leader, ...followers].filter(({ id, machine }) => servers.get(id) === machine.address).length
    if (inStep < Math.floor(servers.size / 2) + 1) return 'NewConfigNoQuorum'
    const next = Math.max(leader.epoch * 2 ** 32, leader.version) + 1
    for (const server of [leader, ...followers]) server.take(servers, next)
    // One that is in the list no more leads no more.
    if (!leader.counts(leader)) leader.state = 'looking'
    this.changed()
    return ''
  }

  #isQuorate(leader: Server): boolean {
    if (leader.frozen) return false
    return leader.amongThose([leader, ...this.followersOf(leader)]) >= leader.majority
  }

  #elect(): void {
    if (this.#electing !== undefined) return
    this.#electing = this.#clock.after(this.#random.between(300, 2500), () => {
      this.#electing = undefined
      this.#settle()
    })
  }

  #settle(): void {
    const { leader } = this
    for (const server of this.#looking()) this.#hear(server)
    for (const server of this.#looking())
      if (leader !== undefined && this.#mayJoin(server, leader)) this.#join(server, leader)
    const candidates = this.#looking().filter((server) => server.votes && !this.#stumbles(server))
    for (const candidate of candidates.sort(byWhatTheyHold)) {
      const party = partyOf(candidate, candidates)
      if (party.length === 0) continue
      this.#lead(candidate, party)
      break
    }
    if (this.leader !== leader) this.changed()
    else this.onChange()
  }

  #looking(): Server[] {
    return [...this.#servers].filter((server) => server.state === 'looking' && !server.frozen)
  }

  /** Those whom it asks answer with their lists. */
  #hear(server: Server): void {
    for (const other of this.#asked(server)) server.take(other.servers, other.version)
  }

  #asked(server: Server): readonly Server[] {
    return [...this.#servers].filter(
      (other) => other !== server && other.state !== 'booting' && server.finds(other) && reach(server, other),
    )
  }

  /** It hears of a list that is newer than its own, begins its election anew with it, and may not take it over: for ever. */
  #stumbles(server: Server): boolean {
    return !server.configuration.reconfigurable && this.#asked(server).some(({ version }) => version > server.version)
  }

  /** It has its leader in its list, and hears of it from a majority by that list. */
  #mayJoin(server: Server, leader: Server): boolean {
    if (!reach(server, leader) || !server.finds(leader) || server.misplaced || this.#stumbles(server)) return false
    const heard = [leader, ...this.followersOf(leader)].filter((other) => reach(server, other))
    return server.amongThose(heard) >= server.majority
  }

  #lead(leader: Server, party: readonly Server[]): void {
    leader.state = 'leading'
    leader.leadsSince = this.#clock.now
    leader.epoch = Math.max(...party.map(({ epoch }) => epoch)) + 1
    this.born = true
    if (!holds(leader.history, this.acknowledged)) {
      this.onLoss(`${leader.machine.name} leads without the writes that were acknowledged`)
    }
    // A list that was only in a file is the ensemble's from now on.
    if (leader.version === 0) leader.take(leader.servers, leader.epoch * 2 ** 32)
    leader.persist()
    for (const server of party) if (server !== leader) this.#join(server, leader)
    const other = [...this.#servers].find((one) => one !== leader && one.state === 'leading' && this.#isQuorate(one))
    if (other !== undefined)
      this.onTwoLeaders(
        `servers on ${leader.machine.name} and ${other.machine.name} both lead a majority of their lists`,
      )
  }

  #join(server: Server, leader: Server): void {
    server.history = leader.history
    server.epoch = leader.epoch
    server.votes = true
    server.state = 'following'
    server.follows = leader
    server.take(leader.servers, leader.version)
    server.persist()
  }
}

/**
 * Those with whom the candidate would lead: a majority by its list, and by that of each of them. Empty: it cannot. Nobody
 * votes for one that holds less than another of whom he hears, also when he would not find that one.
 */
function partyOf(candidate: Server, candidates: readonly Server[]): readonly Server[] {
  const better = candidates.filter((other) => holdsMore(other, candidate))
  let party = candidates.filter(
    (server) =>
      (server === candidate || (server.finds(candidate) && reach(server, candidate))) &&
      !better.some((other) => other === server || (server.counts(other) && reach(server, other))),
  )
  for (;;) {
    const standing = party
    party = standing.filter((server) => server.amongThose(standing) >= server.majority)
    if (!party.includes(candidate)) return []
    if (party.length === standing.length) return party
  }
}

function holdsMore(a: Server, b: Server): boolean {
  const [held, other] = [a.history?.depth ?? 0, b.history?.depth ?? 0]
  return a.epoch > b.epoch || (a.epoch === b.epoch && held > other)
}

function byWhatTheyHold(a: Server, b: Server): number {
  return b.epoch - a.epoch || (b.history?.depth ?? 0) - (a.history?.depth ?? 0) || b.id - a.id
}

/** Both run, and the network between them carries. */
function reach(a: Server, b: Server): boolean {
  if (a === b) return true
  return [a, b].every(({ machine, frozen }) => machine.on && !machine.cutOff && !frozen)
}
