import type { HttpAnswer } from '../../src/model/question.ts'
import type { Hdfs } from './hdfs.ts'
import { ipcSentence } from './hdfs-answers.ts'
import { type Edit, editsAfter, newestSegment, txidOf } from './hdfs-edits.ts'
import { type Blocks, Heard } from './hdfs-heard.ts'
import { type Hosts, hostsIn } from './hdfs-hosts.ts'
import type { JournalNode } from './hdfs-journalnode.ts'
import { type Dirs, localSegments, NameDirs } from './hdfs-name-dirs.ts'
import { nodeAnswer, systemAnswer } from './hdfs-namenode-answers.ts'
import type { Site } from './hdfs-site.ts'
import type { Machine } from './machine.ts'
import { nextPid, type Process } from './process.ts'

const bootMs = { web: 2_000, loaded: 5_000 }
const rollEveryMs = 120_000
/** So long a writer waits for a journal that does not answer, and a NameNode that starts for a majority of them. */
const journalMs = 20_000
const safeModeExtensionMs = 30_000

/** How the writer stands with one journal. */
export interface Channel {
  readonly at: string
  written: number
  /** Since when it lacks something, txid and time; 0: it lacks nothing. */
  behindSince: number
  outOfSync: boolean
  neverWritten: boolean
}

export class NameNode implements Process {
  readonly pid = nextPid()
  readonly startedAt: number
  readonly machine: Machine
  readonly hdfs: Hdfs
  readonly id: string
  readonly site: Site
  readonly dirs: NameDirs
  readonly journals: readonly string[]
  readonly rpcPort: number
  readonly webPort: number
  readonly replication: number
  readonly heard: Heard
  readonly #checkpointMs: number
  readonly exit: (status: number) => void
  #frozen = false
  state: 'loading' | 'standby' | 'active' = 'loading'
  head: Edit | undefined
  epoch = 0
  channels: Channel[] = []
  lastTransition = 0
  loadedEditsAt = 0
  checkpointAt: number
  /** Of its start; undefined: it has left it. */
  safeSince: number | undefined
  inSafeMode = true
  #rolledAt = 0
  #localFirst = 0
  #blockedSince: number | undefined

  constructor(hdfs: Hdfs, machine: Machine, site: Site, exit: (status: number) => void, dirs: Dirs, hosts: Hosts) {
    const nameservice = site.value('dfs.nameservices')
    const id = site.value('dfs.ha.namenode.id')
    this.hdfs = hdfs
    this.machine = machine
    this.exit = exit
    this.site = site
    this.id = id
    this.startedAt = machine.clock.now
    this.checkpointAt = this.startedAt
    this.rpcPort = Number(site.value(`dfs.namenode.rpc-address.${nameservice}.${id}`).split(':')[1])
    this.webPort = Number(site.value(`dfs.namenode.http-address.${nameservice}.${id}`).split(':')[1])
    this.journals = (/^qjournal:\/\/([^/]*)\//.exec(site.value('dfs.namenode.shared.edits.dir'))?.[1] ?? '')
      .split(';')
      .filter(Boolean)
    this.replication = Number(site.value('dfs.replication') || '3')
    this.#checkpointMs = Number(site.value('dfs.namenode.checkpoint.period') || '3600') * 1000
    this.dirs = new NameDirs(machine, dirs)
    this.head = dirs.image.head
    this.heard = new Heard(this, dirs.image.blocks, hosts)
  }

  static begin(hdfs: Hdfs, machine: Machine, site: Site, exit: (status: number) => void): NameNode | number {
    const dirs = NameDirs.read(machine, site.paths('dfs.namenode.name.dir'))
    const hosts = hostsIn(machine, site)
    return dirs === undefined || hosts === undefined ? 1 : new NameNode(hdfs, machine, site, exit, dirs, hosts)
  }

  get frozen(): boolean {
    return this.#frozen || this.machine.frozen
  }

  set frozen(value: boolean) {
    this.#frozen = value
    this.hdfs.changed()
  }

  get age(): number {
    return this.machine.clock.now - this.startedAt
  }

  /** Its RPC answers. */
  get answers(): boolean {
    return this.state !== 'loading' && !this.frozen
  }

  get serves(): boolean {
    return this.answers && !this.inSafeMode
  }

  get isActive(): boolean {
    return this.state === 'active'
  }

  /** It stands alone: it is active from its start on, and writes into its own directories. */
  get isSimple(): boolean {
    return this.journals.length === 0
  }

  get majority(): number {
    return Math.floor(this.journals.length / 2) + 1
  }

  get blocks(): Blocks {
    return this.heard.blocks
  }

  listensOn(port: number): boolean {
    return (port === this.webPort && this.age >= bootMs.web) || (port === this.rpcPort && this.state !== 'loading')
  }

  http(path: string): HttpAnswer {
    if (path === '/') return ipcSentence
    return path.includes('name=FSNamesystem') ? systemAnswer(this) : nodeAnswer(this)
  }

  gone(): void {
    this.hdfs.left(this)
  }

  /** What time alone brings: called every few seconds while it runs. */
  tick(): void {
    if (this.frozen) return
    const { now } = this.machine.clock
    if (this.state === 'loading') this.#load()
    else if (this.state === 'standby') this.#tail()
    else this.#lead()
    if (this.state === 'loading') return
    this.#leaveSafeMode(now)
    if (!this.inSafeMode) this.heard.release()
    if (this.state === 'standby' && now - this.checkpointAt >= this.#checkpointMs) this.#checkpoint()
  }

  /** It comes up as a standby when a majority of the journals can be read. */
  #load(): void {
    if (this.age < bootMs.loaded) return
    if (this.isSimple) return this.#standAlone()
    const readable = this.#readable()
    if (readable.length >= this.majority) {
      this.#apply(editsAfter(this.head, wholeOnes(readable)))
      this.state = 'standby'
      this.loadedEditsAt = this.machine.clock.now
      this.safeSince = undefined
      this.hdfs.changed()
    } else if (this.age > bootMs.loaded + journalMs) this.exit(1)
  }

  #standAlone(): void {
    const [own = []] = this.dirs.paths.map((path) => localSegments(this.machine, path)).filter((all) => all.length > 0)
    const segments = own.map(({ edits, first }) => ({ first, edits, epoch: 0, finalized: true }))
    this.#apply(editsAfter(this.head, segments))
    this.state = 'active'
    this.lastTransition = this.machine.clock.now
    this.safeSince = undefined
    this.hdfs.onActive(this)
    const edit: Edit = { before: this.head, txid: txidOf(this.head) + 1, epoch: 0 }
    this.#localFirst = edit.txid
    if (!this.dirs.openLocal(edit)) return this.exit(1)
    this.#apply([edit])
    this.hdfs.changed()
  }

  #tail(): void {
    const { now } = this.machine.clock
    const readable = this.#readable()
    if (readable.length < this.majority) return
    this.#apply(editsAfter(this.head, wholeOnes(readable)))
    this.loadedEditsAt = now
    const active = this.hdfs.active
    if (active === undefined || active === this || !this.hdfs.reach(this.machine, active.machine)) return
    if (now - active.#rolledAt >= rollEveryMs && active.answers) active.roll()
  }

  #leaveSafeMode(now: number): void {
    if (!this.inSafeMode) return
    if (!this.heard.allReported()) {
      this.safeSince = undefined
      return
    }
    this.safeSince ??= now
    // Of one block or none the threshold is rounded down to nothing.
    if (this.blocks.size > 1 && now - this.safeSince < safeModeExtensionMs) return
    this.inSafeMode = false
    this.hdfs.changed()
  }

  #checkpoint(): void {
    this.checkpointAt = this.machine.clock.now
    const image = { head: this.head, blocks: this.blocks }
    if (!this.dirs.save(image)) return this.exit(1)
    const active = this.hdfs.active
    if (active === undefined || active === this || !active.answers || !this.hdfs.reach(this.machine, active.machine))
      return
    active.checkpointAt = this.checkpointAt
    active.dirs.save(image)
  }

  #apply(edits: readonly Edit[]): void {
    const last = edits.at(-1)
    if (last === undefined) return
    this.head = last
    this.heard.add(edits.flatMap(({ block }) => block ?? []))
  }

  #reachable(): readonly JournalNode[] {
    return this.hdfs.journalsAt(this.machine, this.journals)
  }

  /** Journals of its own format: others refuse it. */
  #readable(): readonly JournalNode[] {
    return this.#reachable().filter(({ format }) => format?.namespaceID === this.dirs.format.namespaceID)
  }

  // As the writer

  /** Told by a controller. Without a majority of journals it ends. */
  becomeActive(): boolean {
    if (!this.answers) return false
    if (this.isActive) return true
    if (this.isSimple) return false
    const quorum = this.#readable()
    const { now } = this.machine.clock
    if (quorum.length < this.majority) {
      this.exit(1)
      return false
    }
    this.epoch = Math.max(...quorum.map(({ promised }) => promised)) + 1
    for (const journal of quorum) journal.promise(this.epoch)
    const newest = newestSegment(quorum.map(({ segments }) => segments))
    if (newest !== undefined) for (const journal of quorum) journal.accept(newest)
    this.#apply(
      editsAfter(
        this.head,
        quorum.flatMap(({ segments }) => segments),
      ),
    )
    this.state = 'active'
    this.lastTransition = now
    this.hdfs.onActive(this)
    this.channels = this.journals.map((at) => ({
      at,
      written: 0,
      behindSince: 0,
      outOfSync: false,
      neverWritten: true,
    }))
    this.#blockedSince = undefined
    this.#beginSegment()
    this.hdfs.changed()
    return this.isActive
  }

  becomeStandby(): void {
    if (this.state !== 'active') return
    this.state = 'standby'
    this.lastTransition = this.machine.clock.now
    this.channels = []
    this.hdfs.changed()
  }

  /** A client's change. Whether it was acknowledged; a writer that is refused, or waits in vain, ends. */
  write(block: number | undefined): boolean {
    if (!this.isActive || this.frozen || this.inSafeMode || this.#blockedSince !== undefined) return false
    const edit: Edit = {
      before: this.head,
      txid: txidOf(this.head) + 1,
      epoch: this.epoch,
      ...(block === undefined ? {} : { block }),
    }
    if (this.isSimple) {
      if (!this.dirs.append(this.#localFirst, edit)) {
        this.exit(1)
        return false
      }
      this.#apply([edit])
      return true
    }
    const acks = this.#send((journal) => journal.take(this.epoch, edit), edit.txid)
    if (acks < this.majority) {
      this.#refused()
      return false
    }
    this.#apply([edit])
    return true
  }

  /** Whether it could read its file of DataNodes again. */
  refreshNodes(): boolean {
    const hosts = hostsIn(this.machine, this.site)
    if (hosts !== undefined) this.heard.refresh(hosts)
    return hosts !== undefined
  }

  roll(): void {
    // It waits until what was written before is acknowledged (FSEditLog.endCurrentLogSegment).
    if (this.#blockedSince !== undefined) return
    const last = this.head
    if (last !== undefined) for (const journal of this.#readable()) journal.finalize(this.epoch, last)
    this.#beginSegment()
  }

  #beginSegment(): void {
    this.#rolledAt = this.machine.clock.now
    const edit: Edit = { before: this.head, txid: txidOf(this.head) + 1, epoch: this.epoch }
    for (const channel of this.channels) channel.outOfSync = false
    if (this.#send((journal) => journal.begin(this.epoch, edit), edit.txid) < this.majority) return this.#refused()
    if (!this.dirs.beginSegment(edit.txid)) return this.exit(1)
    this.#apply([edit])
  }

  /** How many have it now. */
  #send(one: (journal: JournalNode) => string, txid: number): number {
    const { now } = this.machine.clock
    const readable = this.#readable()
    let acks = 0
    for (const channel of this.channels) {
      const journal = readable.find(({ at }) => at === channel.at)
      const taken = journal !== undefined && !channel.outOfSync && one(journal) === ''
      if (taken) {
        acks++
        Object.assign(channel, { written: txid, behindSince: 0, neverWritten: false })
      } else {
        channel.outOfSync = true
        channel.behindSince ||= now
      }
    }
    return acks
  }

  /** Told to give way by those that promised another, it ends at once; otherwise it waits for answers first. */
  #refused(): void {
    const gave = this.#readable().filter(({ promised }) => promised > this.epoch).length
    if (gave > this.journals.length - this.majority) return this.exit(1)
    this.#blockedSince ??= this.machine.clock.now
  }

  #lead(): void {
    if (this.#blockedSince !== undefined && this.machine.clock.now - this.#blockedSince >= journalMs) this.exit(1)
  }
}

/** A standby reads what is whole (`dfs.ha.tail-edits.in-progress` is off). */
function wholeOnes(journals: readonly JournalNode[]) {
  return journals.flatMap(({ segments }) => segments.filter(({ finalized }) => finalized))
}
