import type { HttpAnswer } from '../../src/model/question.ts'
import type { Hdfs } from './hdfs.ts'
import { answered, type Bean, ipcSentence } from './hdfs-answers.ts'
import {
  type Format,
  formatIn,
  holdsSomething,
  isUsable,
  makeDirectory,
  numbered,
  versionText,
  write,
} from './hdfs-disk.ts'
import type { Edit, Segment } from './hdfs-edits.ts'
import { segmentName } from './hdfs-name-dirs.ts'
import type { Site } from './hdfs-site.ts'
import type { Machine } from './machine.ts'
import { nextPid, type Process } from './process.ts'

/** What a journal holds, on disk and in the process that has it open. */
interface Journal {
  readonly format: Format
  promised: number
  writer: number
  segments: readonly Segment[]
}

/** '': done. `newer`: it has promised a later writer; `closed`: it waits for the next segment; `unformatted`: it has no journal. */
export type Refusal = '' | 'newer' | 'closed' | 'unformatted'

const bootMs = { web: 1_500, rpc: 3_000 }
const syncEveryMs = 60_000

export class JournalNode implements Process {
  readonly pid = nextPid()
  readonly startedAt: number
  readonly machine: Machine
  readonly hdfs: Hdfs
  readonly root: string
  readonly nameservice: string
  readonly port: number
  readonly webPort: number
  /** host:port of all, as its own file has them. */
  readonly all: readonly string[]
  #frozen = false
  #journal: Journal | undefined
  /** Somebody has asked for the journal. */
  #touched = false
  /** First transaction of the segment that it takes edits of; 0: none, as after each start. */
  #open = 0
  #written = 0
  #syncedAt: number

  constructor(hdfs: Hdfs, machine: Machine, site: Site) {
    this.hdfs = hdfs
    this.machine = machine
    this.startedAt = machine.clock.now
    this.#syncedAt = this.startedAt
    const [, all = '', nameservice = ''] =
      /^qjournal:\/\/([^/]*)\/(.*)$/.exec(site.value('dfs.namenode.shared.edits.dir')) ?? []
    this.all = all.split(';')
    this.nameservice = nameservice
    this.root = `${site.value('dfs.journalnode.edits.dir')}/${nameservice}`
    this.port = Number(site.value('dfs.journalnode.rpc-address').split(':')[1])
    this.webPort = Number(site.value('dfs.journalnode.http-address').split(':')[1])
  }

  static begin(hdfs: Hdfs, machine: Machine, site: Site): JournalNode | number {
    return isUsable(machine, site.value('dfs.journalnode.edits.dir')) ? new JournalNode(hdfs, machine, site) : 1
  }

  get frozen(): boolean {
    return this.#frozen || this.machine.frozen
  }

  set frozen(value: boolean) {
    this.#frozen = value
    this.hdfs.changed()
  }

  get up(): boolean {
    return this.machine.clock.now - this.startedAt >= bootMs.rpc
  }

  get serves(): boolean {
    // One whose files were deleted under it still says yes to its writer, and keeps nothing.
    return this.up && !this.frozen && (!this.hdfs.born || formatIn(this.machine, this.root) !== undefined)
  }

  get at(): string {
    return `${this.machine.address}:${this.port}`
  }

  listensOn(port: number): boolean {
    return (
      (port === this.port && this.up) ||
      (port === this.webPort && this.machine.clock.now - this.startedAt >= bootMs.web)
    )
  }

  http(path: string): HttpAnswer {
    if (path === '/') return ipcSentence
    const info: Bean = {
      name: 'Hadoop:service=JournalNode,name=JournalNodeInfo',
      HostAndPort: `${this.machine.name}:${this.port}`,
    }
    const journal = this.#journal
    if (!this.#touched) return answered([info])
    return answered([
      {
        name: `Hadoop:service=JournalNode,name=Journal-${this.nameservice}`,
        TxnsWritten: this.#written,
        LastPromisedEpoch: journal?.promised ?? -1,
        LastWriterEpoch: journal?.writer ?? -1,
        CurrentLagTxns: 0,
        LastWrittenTxId: this.lastTxid,
      },
      info,
    ])
  }

  gone(): void {
    this.hdfs.left(this)
  }

  // What a format and a writer ask of it

  get format(): Format | undefined {
    return this.#opened()?.format
  }

  get holdsSomething(): boolean {
    return holdsSomething(this.machine, this.root)
  }

  /** Goes on when whoever asked is dead, and is cut off with its machine. */
  makeFormat(format: Format): void {
    const { machine, root } = this
    const { clock } = machine
    const stands = () => machine.systemd.processes().some(({ process }) => process === this)
    this.#touched = true
    makeDirectory(machine, root)
    makeDirectory(machine, `${root}/current`)
    write(machine, `${root}/current/VERSION`, '')
    clock.after(40, () => {
      if (!stands()) return
      write(machine, `${root}/current/VERSION`, versionText(format, 'JOURNAL_NODE'))
      clock.after(40, () => {
        if (!stands()) return
        write(machine, `${root}/current/committed-txid`, '')
        makeDirectory(machine, `${root}/current/paxos`)
      })
    })
  }

  get promised(): number {
    return this.#opened()?.promised ?? 0
  }

  get segments(): readonly Segment[] {
    return this.#opened()?.segments ?? []
  }

  get lastTxid(): number {
    return this.#journal?.segments.at(-1)?.edits.at(-1)?.txid ?? 0
  }

  promise(epoch: number): void {
    this.#touched = true
    const journal = this.#opened()
    if (journal === undefined || epoch <= journal.promised) return
    journal.promised = epoch
    this.#open = 0
    this.#persist(journal)
  }

  /** A new writer has settled what the last segment is. */
  accept(segment: Segment): void {
    const journal = this.#opened()
    if (journal === undefined) return
    this.#put(journal, { ...segment, finalized: true })
  }

  begin(epoch: number, edit: Edit): Refusal {
    this.#touched = true
    const journal = this.#opened()
    const refused = refusalOf(journal, epoch)
    if (journal === undefined || refused !== '') return refused
    // One that forgot what it promised learns it from its writer (Journal.checkRequest).
    journal.promised = epoch
    journal.writer = epoch
    this.#open = edit.txid
    this.#put(journal, { first: edit.txid, epoch, edits: [edit], finalized: false })
    this.#written++
    return ''
  }

  take(epoch: number, edit: Edit): Refusal {
    this.#touched = true
    const journal = this.#opened()
    const refused = refusalOf(journal, epoch)
    if (journal === undefined || refused !== '') return refused
    const last = journal.segments.find(({ first }) => first === this.#open)
    if (last === undefined || last.edits.at(-1) !== edit.before) return 'closed'
    this.#put(journal, { ...last, edits: [...last.edits, edit] })
    this.#written++
    return ''
  }

  /** The writer has begun another: this one is whole, if it was written to its end. */
  finalize(epoch: number, last: Edit): void {
    const journal = this.#opened()
    if (journal === undefined || refusalOf(journal, epoch) !== '') return
    const segment = journal.segments.find(({ first }) => first === this.#open)
    if (segment !== undefined && segment.edits.at(-1) === last) this.#put(journal, { ...segment, finalized: true })
  }

  /** What it missed it fetches from the others, whole segments only (JournalNodeSyncer). */
  synchronize(): void {
    const { now } = this.machine.clock
    const journal = this.#opened()
    if (!this.up || this.frozen || journal === undefined || now - this.#syncedAt < syncEveryMs) return
    this.#syncedAt = now
    for (const other of this.hdfs.journalsAt(this.machine, this.all)) {
      if (other === this || other.format?.namespaceID !== journal.format.namespaceID) continue
      for (const segment of other.segments) {
        const standing = journal.segments.find(({ first }) => first === segment.first)
        if (segment.finalized && standing?.finalized !== true && segment.first !== this.#open)
          this.#put(journal, segment)
      }
    }
  }

  /** Opens what stands on the disk; one that is open stays so, whatever becomes of its files. */
  #opened(): Journal | undefined {
    if (this.#journal !== undefined) return this.#journal
    const { machine, root } = this
    const format = formatIn(machine, root)
    if (format === undefined) return undefined
    const number = (name: string) => Number(machine.files.get(`${root}/current/${name}`)?.content ?? 0)
    const segments = machine.files.get(`${root}/current/edits`)?.payload as readonly Segment[] | undefined
    this.#journal = {
      format,
      promised: number('last-promised-epoch'),
      writer: number('last-writer-epoch'),
      segments: segments ?? [],
    }
    return this.#journal
  }

  #put(journal: Journal, segment: Segment): void {
    const others = journal.segments.filter(({ first }) => first !== segment.first)
    journal.segments = [...others, segment].sort((a, b) => a.first - b.first)
    this.#persist(journal)
    if (segment.finalized || segment.edits.length === 1) this.#name(journal)
  }

  /** Its newest segments have files of their own names; older ones were purged. */
  #name({ segments }: Journal): void {
    const { machine, root } = this
    if (!machine.files.has(`${root}/current/VERSION`)) return
    const names = segments.slice(-5).map(({ edits, finalized, first }) => {
      return finalized ? segmentName(first, edits.at(-1)?.txid ?? first) : numbered('edits_inprogress', first)
    })
    for (const name of machine.namesIn(`${root}/current`))
      if (name.startsWith('edits_') && !names.includes(name)) machine.files.delete(`${root}/current/${name}`)
    for (const name of names)
      if (!machine.files.has(`${root}/current/${name}`)) write(machine, `${root}/current/${name}`, '')
  }

  #persist({ promised, segments, writer }: Journal): void {
    const { machine, root } = this
    // Its files were deleted under it: what it writes now, nobody will find again.
    if (!machine.files.has(`${root}/current/VERSION`)) return
    if (promised > 0) write(machine, `${root}/current/last-promised-epoch`, String(promised))
    if (writer > 0) write(machine, `${root}/current/last-writer-epoch`, String(writer))
    if (segments.length > 0) write(machine, `${root}/current/edits`, '', segments)
  }
}

function refusalOf(journal: Journal | undefined, epoch: number): Refusal {
  if (journal === undefined) return 'unformatted'
  return epoch < journal.promised ? 'newer' : ''
}
