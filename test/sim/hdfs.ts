import { absent, type Fact, known, unknown } from '../../src/model/fact.ts'
import type { Question, ZnodeAnswer } from '../../src/model/question.ts'
import type { Action, Guard } from '../../src/model/step.ts'
import type { VirtualClock } from './clock.ts'
import { Client } from './hdfs-client.ts'
import { DataNode } from './hdfs-datanode.ts'
import { type Edit, holdsEdit } from './hdfs-edits.ts'
import { Election } from './hdfs-election.ts'
import { JournalNode } from './hdfs-journalnode.ts'
import { apartFrom, type JournalList } from './hdfs-lists.ts'
import { NameNode } from './hdfs-namenode.ts'
import { siteOf } from './hdfs-site.ts'
import { copyImage, runTool, seedJournal } from './hdfs-tools.ts'
import { Controller } from './hdfs-zkfc.ts'
import type { Machine } from './machine.ts'
import type { Launch, Process } from './process.ts'
import type { Random } from './random.ts'
import type { Ended, Service } from './service.ts'
import type { UnitText } from './unit-text.ts'
import type { Ensemble } from './zookeeper.ts'

const tickMs = 3_000

/** What outlives a world that is switched off, beside the disks: what ZooKeeper and the clients hold. */
export interface HdfsMemory {
  readonly parent: boolean
  readonly breadcrumb: string | undefined
  readonly acknowledged: Edit | undefined
  readonly blocks: ReadonlySet<number>
  readonly journalled: boolean
  readonly written: JournalList
}

type Daemon = JournalNode | NameNode | Controller | DataNode

/** ActiveNodeInfo as far as anybody reads it: nameservice and NameNode. */
function activeNode(id: string): string {
  const texts = ['ns', id].flatMap((text, at) => [((at + 1) << 3) | 2, text.length, ...Buffer.from(text)])
  return Buffer.from(texts).toString('base64')
}

/**
 * HDFS as far as the rules of ironherd go (runbook §6, docs/hdfs-experiments.md): journals that promise epochs, NameNodes that write to
 * a majority of them or end, failover controllers that elect, DataNodes that hold blocks, and the tools.
 */
export class Hdfs implements Service {
  readonly withoutSoftware = 203
  readonly clock: VirtualClock
  readonly random: Random
  readonly election = new Election(this)
  readonly #ensemble: () => Ensemble
  readonly #machineAt: (address: string) => Machine | undefined
  readonly #daemons = new Set<Daemon>()
  #ticking = false
  /** Somebody was active once. */
  born = false
  /** Somebody was active who writes to journals. */
  journalled = false
  /** Journals of whoever was active last. */
  written: JournalList = []
  /** Formats that came to their end. */
  formats = 0
  readonly client = new Client(this)
  /** Told when something that oracles look at has changed. */
  onChange: () => void = () => undefined
  onViolation: (oracle: string, why: string) => void = () => undefined
  say: (line: string) => void = () => undefined

  constructor(
    clock: VirtualClock,
    random: Random,
    ensemble: () => Ensemble,
    machineAt: (address: string) => Machine | undefined,
  ) {
    this.clock = clock
    this.random = random
    this.#ensemble = ensemble
    this.#machineAt = machineAt
  }

  get now(): number {
    return this.clock.now
  }

  get memory(): HdfsMemory {
    const { client, election } = this
    const { acknowledged, blocks } = client
    return {
      parent: election.parent,
      breadcrumb: election.breadcrumb,
      acknowledged,
      blocks,
      journalled: this.journalled,
      written: this.written,
    }
  }

  remember({ acknowledged, blocks, breadcrumb, journalled, parent, written }: HdfsMemory): void {
    this.journalled = journalled
    this.written = written
    Object.assign(this.election, { parent, breadcrumb })
    this.client.remember(acknowledged, blocks)
    this.born = acknowledged !== undefined
    this.formats = this.born ? 1 : 0
  }

  /** All of it went aside, and a person has taken away what ZooKeeper held of it: the next one of its name begins anew. */
  purged(): void {
    this.remember({
      parent: false,
      breadcrumb: undefined,
      acknowledged: undefined,
      blocks: new Set(),
      journalled: false,
      written: [],
    })
  }

  // Its daemons

  runs({ command }: UnitText): boolean {
    return command.some((word) => word.endsWith('/bin/hdfs'))
  }

  readonly start: Launch = (machine, unit, exit) => {
    const site = siteOf(machine, unit)
    if (site === undefined) return 1
    const begun = this.#begin(machine, unit, exit)
    if (typeof begun === 'number') return begun
    if (begun instanceof NameNode) this.#onBegun(begun)
    this.#daemons.add(begun)
    if (!this.#ticking) this.#tick()
    return begun
  }

  #begin(machine: Machine, unit: UnitText, exit: (status: number) => void): Daemon | number {
    const site = siteOf(machine, unit)
    switch (site?.role) {
      case 'journalnode':
        return JournalNode.begin(this, machine, site)
      case 'namenode':
        return NameNode.begin(this, machine, site, exit)
      case 'zkfc':
        return Controller.begin(this, machine, site, exit)
      case 'datanode':
        return DataNode.begin(this, machine, site, exit)
      default:
        return 1
    }
  }

  left(daemon: Daemon): void {
    this.#daemons.delete(daemon)
    this.changed()
  }

  get daemons(): readonly Process[] {
    return [...this.#daemons]
  }

  get names(): readonly NameNode[] {
    return this.#of(NameNode)
  }

  get journals(): readonly JournalNode[] {
    return this.#of(JournalNode)
  }

  get controllers(): readonly Controller[] {
    return this.#of(Controller)
  }

  get dataNodes(): readonly DataNode[] {
    return this.#of(DataNode)
  }

  #of<T extends Daemon>(kind: abstract new (...input: never[]) => T): readonly T[] {
    return [...this.#daemons].filter((daemon): daemon is T => daemon instanceof kind)
  }

  nameOn(machine: Machine): NameNode | undefined {
    return this.names.find((name) => name.machine === machine)
  }

  /** Of two that say so, the one that writes. */
  get active(): NameNode | undefined {
    let found: NameNode | undefined
    for (const name of this.names) if (name.isActive && (found === undefined || name.epoch > found.epoch)) found = name
    return found
  }

  /** Those at these addresses that can be asked from that machine. */
  journalsAt(from: Machine, addresses: readonly string[]): readonly JournalNode[] {
    return this.journals.filter(
      (journal) => addresses.includes(journal.at) && journal.up && !journal.frozen && this.reach(from, journal.machine),
    )
  }

  /** Both run, and the network between them carries. */
  reach(a: Machine, b: Machine): boolean {
    if (a === b) return a.on && !a.frozen
    return [a, b].every((machine) => machine.on && !machine.frozen && !machine.cutOff)
  }

  get hasZooKeeper(): boolean {
    return this.#ensemble().leader !== undefined
  }

  after(ms: number, run: () => void): void {
    this.clock.after(ms, run)
  }

  changed(): void {
    this.onChange()
  }

  #tick(): void {
    this.#ticking = this.#daemons.size > 0
    if (!this.#ticking) return
    this.clock.after(tickMs, () => this.#tick())
    const { names } = this
    for (const name of names) name.tick()
    this.election.tick(this.controllers, this.hasZooKeeper)
    for (const node of this.dataNodes) node.beat(names)
    for (const journal of this.journals) journal.synchronize()
    this.#copyBlocks()
    this.changed()
  }

  /** What the active has too few copies of gets one more, where there is one to copy from. */
  #copyBlocks(): void {
    const { active } = this
    if (active === undefined || !active.serves) return
    const isAble = (node: DataNode) =>
      this.dataNodes.includes(node) && node.up && !node.frozen && this.reach(active.machine, node.machine)
    const sources = active.heard.live().filter(isAble)
    const targets = active.heard.inService().filter(isAble)
    for (const block of active.heard.low()) {
      const from = sources.find((node) => node.blocks.has(block))
      if (from !== undefined) targets.find((node) => !node.blocks.has(block))?.store(block)
    }
  }

  // What is noted

  #onBegun(name: NameNode): void {
    const other = apartFrom(name, this.names)
    if (other !== undefined)
      this.onViolation(
        'journal lists',
        `${name.id} begins with ${name.journals.join(';')}, and ${other.id} runs with ${other.journals.join(';')}`,
      )
  }

  onActive(name: NameNode): void {
    this.born = true
    if (!name.isSimple) {
      this.journalled = true
      this.written = name.journals
    }
    this.say(`${name.id} becomes active with epoch ${name.epoch}`)
    if (!holdsEdit(name.head, this.client.acknowledged))
      this.onViolation('acknowledged edits', `${name.id} becomes active without edits that were acknowledged`)
  }

  onFormat(what: 'begins' | 'ends', machine: Machine): void {
    if (this.born || this.formats > 0)
      this.onViolation('format', `${machine.name}: a format ${what} of a file system that was made before`)
    if (what === 'ends') this.formats++
  }

  onFormatFailover(machine: Machine): void {
    if (this.controllers.some(({ up }) => up))
      this.onViolation('znode', `${machine.name}: the znode is made anew while a failover controller runs`)
  }

  // What machines are asked, and told

  act(machine: Machine, action: Action, cut: () => boolean): Promise<Ended> | undefined {
    switch (action.verb) {
      case 'FormatNameNode':
      case 'BootstrapStandby':
      case 'InitializeSharedEdits':
      case 'FormatFailover':
      case 'FailOver':
      case 'RollEdits':
      case 'RefreshNodes':
        return runTool(this, machine, action, cut)
      case 'SeedJournal':
        return Promise.resolve(seedJournal(machine, action))
      case 'CopyImage':
        return Promise.resolve(copyImage(machine, action))
      default:
        return undefined
    }
  }

  refusal(guard: Guard, machine: Machine): string | undefined {
    switch (guard.guard) {
      case 'ZnodeAbsent': {
        const said = this.znode(machine, { ask: 'znode', ...guard })
        return said.state === 'absent' ? '' : `${guard.path} is not proven absent`
      }
      case 'NameNodeIs': {
        const at = this.#machineAt(guard.address)
        const name = at === undefined || !this.reach(machine, at) ? undefined : this.nameOn(at)
        const state = name?.listensOn(guard.port) === true && !name.frozen ? name.state : ''
        return state === guard.state ? '' : `the NameNode at ${guard.address} is not ${guard.state}: ${state}`
      }
      default:
        return undefined
    }
  }

  znode(
    machine: Machine,
    { address, path, port }: Omit<Extract<Question, { ask: 'znode' }>, 'ask'> & { ask: 'znode' },
  ): Fact<ZnodeAnswer> {
    const at = this.#machineAt(address)
    const server = this.#ensemble()
      .serving()
      .find((one) => one.machine === at)
    if (at === undefined || server?.listensOn(port) !== true || !this.reach(machine, at))
      return unknown('ProbeFailed', `${machine.name}: ${address}:${port} gives no answer about ${path}`)
    const { breadcrumb, lock, parent } = this.election
    if (!parent) return absent
    if (path.endsWith('Lock')) return lock === undefined ? absent : known({ data: activeNode(lock.id), owner: '1' })
    if (path.endsWith('Crumb'))
      return breadcrumb === undefined ? absent : known({ data: activeNode(breadcrumb), owner: '' })
    return known({ data: '', owner: '' })
  }
}
