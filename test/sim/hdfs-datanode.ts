import type { HttpAnswer } from '../../src/model/question.ts'
import type { Hdfs } from './hdfs.ts'
import { answered } from './hdfs-answers.ts'
import { formatIn, holdsSomething, isUsable, makeDirectory, versionText, write } from './hdfs-disk.ts'
import type { Blocks } from './hdfs-heard.ts'
import type { NameNode } from './hdfs-namenode.ts'
import type { Site } from './hdfs-site.ts'
import type { Machine } from './machine.ts'
import { nextPid, type Process } from './process.ts'

const bootMs = 3_000
const noBlocks: Blocks = new Set()

/** Blocks in one data directory, as its disk has them. */
export function blocksIn(machine: Machine, path: string): Blocks {
  const pool = machine.namesIn(`${path}/current`).find((name) => name.startsWith('BP-'))
  const file = pool === undefined ? undefined : machine.files.get(`${path}/current/${pool}/finalized`)
  return (file?.payload as Blocks | undefined) ?? noBlocks
}

function addressOf({ machine, rpcPort }: NameNode): string {
  return `${machine.address}:${rpcPort}`
}

export class DataNode implements Process {
  readonly pid = nextPid()
  readonly startedAt: number
  readonly machine: Machine
  readonly hdfs: Hdfs
  readonly dirs: readonly string[]
  /** address:port for blocks, and of its web server. */
  readonly data: string
  readonly web: string
  readonly exit: (status: number) => void
  readonly #ports: readonly number[]
  readonly #names: readonly string[]
  /** By host:port of a NameNode: when it was last heard there. */
  readonly #beats = new Map<string, number>()
  /** NameNodes that have turned it away: it asks them no more. */
  readonly #barred = new Set<string>()
  /** Directories that it works with. */
  readonly #taken = new Set<string>()
  #frozen = false

  constructor(hdfs: Hdfs, machine: Machine, site: Site, exit: (status: number) => void) {
    const nameservice = site.value('dfs.nameservices')
    this.hdfs = hdfs
    this.machine = machine
    this.exit = exit
    this.startedAt = machine.clock.now
    this.dirs = site.paths('dfs.datanode.data.dir')
    this.data = site.value('dfs.datanode.address')
    this.web = site.value('dfs.datanode.http.address')
    this.#ports = [this.data, this.web, site.value('dfs.datanode.ipc.address')].map((at) => Number(at.split(':')[1]))
    this.#names = site
      .value(`dfs.ha.namenodes.${nameservice}`)
      .split(',')
      .map((id) => site.value(`dfs.namenode.rpc-address.${nameservice}.${id}`))
  }

  static begin(hdfs: Hdfs, machine: Machine, site: Site, exit: (status: number) => void): DataNode | number {
    const dirs = site.paths('dfs.datanode.data.dir')
    return dirs.every((path) => isUsable(machine, path)) ? new DataNode(hdfs, machine, site, exit) : 1
  }

  get frozen(): boolean {
    return this.#frozen || this.machine.frozen
  }

  set frozen(value: boolean) {
    this.#frozen = value
    this.hdfs.changed()
  }

  get up(): boolean {
    return this.machine.clock.now - this.startedAt >= bootMs
  }

  /** The active hears of it, or nobody is active whom it could tell. */
  get serves(): boolean {
    const { active } = this.hdfs
    if (!this.up || this.frozen) return false
    return active === undefined || (active.heard.ageOf(this) ?? 1e9) < 30_000
  }

  /** Of the NameNodes that run it knows one, or none runs: others are told nothing of what it has. */
  get isOfUse(): boolean {
    const { names } = this.hdfs
    return names.length === 0 || names.some((name) => this.#names.includes(addressOf(name)))
  }

  listensOn(port: number): boolean {
    return this.up && this.#ports.includes(port)
  }

  http(): HttpAnswer {
    const { clock } = this.machine
    const [first] = this.dirs
    const clusterId = first === undefined ? undefined : formatIn(this.machine, first)?.clusterID
    const actors = this.#names.map((at) => {
      const beat = this.#beats.get(at)
      return {
        NamenodeAddress: at,
        ActorState: beat === undefined ? 'CONNECTING' : 'RUNNING',
        LastHeartbeat: String(Math.floor((clock.now - (beat ?? this.startedAt)) / 1000)),
      }
    })
    return answered([
      {
        name: 'Hadoop:service=DataNode,name=DataNodeInfo',
        SoftwareVersion: '3.4.2',
        ClusterId: this.#beats.size === 0 ? '' : (clusterId ?? ''),
        BPServiceActorInfo: JSON.stringify(actors),
        VolumeInfo: JSON.stringify(Object.fromEntries(this.dirs.map((path) => [path, { numBlocks: 0 }]))),
      },
    ])
  }

  gone(): void {
    this.hdfs.left(this)
  }

  get blocks(): Blocks {
    const all = this.dirs.map((path) => blocksIn(this.machine, path))
    return all.length === 1 ? (all[0] ?? noBlocks) : new Set(all.flatMap((blocks) => [...blocks]))
  }

  /** Tells every NameNode that it reaches; of another cluster than its directories it leaves. */
  beat(names: readonly NameNode[]): void {
    if (!this.up || this.frozen) return
    for (const name of names) {
      const { dirs, machine } = name
      const at = addressOf(name)
      if (!name.answers || !this.#names.includes(at) || !this.hdfs.reach(this.machine, machine)) continue
      if (this.#barred.has(at)) continue
      const { format } = dirs
      for (const path of this.dirs) {
        const own = formatIn(this.machine, path)
        const lost = own === undefined && this.#taken.has(path)
        // It goes on without a directory only where that is tolerated (dfs.datanode.failed.volumes.tolerated is 0).
        if (lost || (own !== undefined && own.clusterID !== format.clusterID)) return this.exit(1)
        if (own === undefined && !holdsSomething(this.machine, path)) this.#format(path, name)
        this.#taken.add(path)
      }
      if (name.heard.from(this, this.blocks)) this.#beats.set(at, this.machine.clock.now)
      else this.#barred.add(at)
    }
    if (this.#names.every((at) => this.#barred.has(at))) this.exit(1)
  }

  #format(path: string, { dirs }: NameNode): void {
    // A directory that was taken away under it is made again at its next start only.
    if (!this.machine.directories.has(path)) return
    makeDirectory(this.machine, `${path}/current`)
    makeDirectory(this.machine, `${path}/current/${dirs.format.blockpoolID}`)
    write(this.machine, `${path}/current/VERSION`, versionText(dirs.format, 'DATA_NODE'))
    write(this.machine, `${path}/in_use.lock`, '')
  }

  /** It gets a copy of a block, in one of its directories that stand; whether it could. */
  store(block: number): boolean {
    const { machine } = this
    for (const path of this.dirs) {
      const pool = machine.namesIn(`${path}/current`).find((name) => name.startsWith('BP-'))
      if (pool === undefined) continue
      write(machine, `${path}/current/${pool}/finalized`, '', new Set([...blocksIn(machine, path), block]))
      return true
    }
    return false
  }
}
