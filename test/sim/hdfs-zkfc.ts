import type { HttpAnswer } from '../../src/model/question.ts'
import type { Hdfs } from './hdfs.ts'
import { ipcSentence } from './hdfs-answers.ts'
import type { NameNode } from './hdfs-namenode.ts'
import type { Site } from './hdfs-site.ts'
import type { Machine } from './machine.ts'
import { nextPid, type Process } from './process.ts'

const connectMs = { first: 3_000, last: 15_000 }

/** A failover controller: it watches its own NameNode, and holds a session of ZooKeeper. */
export class Controller implements Process {
  readonly pid = nextPid()
  readonly startedAt: number
  readonly machine: Machine
  readonly hdfs: Hdfs
  readonly id: string
  readonly exit: (status: number) => void
  /** As its file has them, one a line. */
  readonly fencing: readonly string[]
  readonly sessionMs: number
  /** Ids of the other NameNodes, as its files had them when it started. */
  readonly peers: readonly string[]
  readonly #addresses: (id: string) => string
  readonly #port: number
  readonly #healthMs: number
  #frozen = false
  /** It has found the znode, and listens. */
  up = false
  running = true
  /** When ZooKeeper last heard of it. */
  heardAt: number
  /** It stands back from the election until then. */
  notBefore = 0
  #silentSince: number | undefined

  constructor(hdfs: Hdfs, machine: Machine, site: Site, exit: (status: number) => void) {
    this.hdfs = hdfs
    this.machine = machine
    this.exit = exit
    this.startedAt = machine.clock.now
    this.heardAt = this.startedAt
    this.id = site.value('dfs.ha.namenode.id')
    this.fencing = site.value('dfs.ha.fencing.methods').split('&#10;').filter(Boolean)
    this.#addresses = (id) => site.value(`dfs.namenode.rpc-address.${site.value('dfs.nameservices')}.${id}`)
    const all = site.value(`dfs.ha.namenodes.${site.value('dfs.nameservices')}`).split(',')
    this.peers = all.filter((id) => id !== this.id)
    this.#port = Number(site.value('dfs.ha.zkfc.port'))
    this.sessionMs = Number(site.value('ha.zookeeper.session-timeout.ms'))
    this.#healthMs = Number(site.value('ha.health-monitor.rpc-timeout.ms'))
  }

  static begin(hdfs: Hdfs, machine: Machine, site: Site, exit: (status: number) => void): Controller | number {
    const found = new Controller(hdfs, machine, site, exit)
    return found.fencing.length === 0 ? 4 : found
  }

  /** Of a NameNode, as its files had it when it started. */
  addressOf(id: string): string {
    return this.#addresses(id)
  }

  get frozen(): boolean {
    return this.#frozen || this.machine.frozen
  }

  set frozen(value: boolean) {
    this.#frozen = value
    this.hdfs.changed()
  }

  get serves(): boolean {
    return this.up && !this.frozen
  }

  listensOn(port: number): boolean {
    return this.up && port === this.#port
  }

  http(): HttpAnswer {
    return ipcSentence
  }

  gone(): void {
    this.running = false
    this.hdfs.left(this)
  }

  /** Its last method finds that NameNode on the list of those that are proven off. */
  hasProof(id: string): boolean {
    const script = this.fencing.map((method) => /^shell\((.*\/proven-off)\.sh\)$/.exec(method)?.[1]).find(Boolean)
    const [address = ''] = this.addressOf(id).split(':')
    const list = this.machine.files.get(script ?? '')?.content.split('\n') ?? []
    return list.includes(`${id} ${address}`)
  }

  get name(): NameNode | undefined {
    return this.hdfs.nameOn(this.machine)
  }

  /** Its packets come through to ZooKeeper. */
  get isHeard(): boolean {
    return this.running && !this.frozen && this.machine.on && !this.machine.cutOff
  }

  /** Its NameNode answers, or has not answered for a short time only. */
  get isHealthy(): boolean {
    const { name } = this
    if (name === undefined || name.state === 'loading') return false
    if (name.answers) {
      this.#silentSince = undefined
      return true
    }
    this.#silentSince ??= this.machine.clock.now
    return this.machine.clock.now - this.#silentSince < this.#healthMs
  }

  /** `parent`: the znode is there; undefined: ZooKeeper does not answer. It leaves without it, and when nobody answers. */
  connect(parent: boolean | undefined): void {
    const age = this.machine.clock.now - this.startedAt
    if (this.up || this.frozen || age < connectMs.first) return
    if (parent === undefined) {
      if (age > connectMs.last) this.exit(1)
    } else if (parent) {
      this.up = true
      this.hdfs.changed()
    } else this.exit(3)
  }
}
