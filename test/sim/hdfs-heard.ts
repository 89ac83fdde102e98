import type { DataNode } from './hdfs-datanode.ts'
import type { Hosts } from './hdfs-hosts.ts'
import type { NameNode } from './hdfs-namenode.ts'

export type Blocks = ReadonlySet<number>

/** Seconds of silence: `stale`, then `dead` (dfs.namenode.heartbeat.recheck-interval). */
const silenceMs = { stale: 30_000, dead: 630_000 }

export type Admin = 'In Service' | 'Decommission In Progress' | 'Decommissioned'

interface Entry {
  readonly node: DataNode
  readonly at: number
  readonly blocks: Blocks
}

export interface KnownNode {
  readonly address: string
  readonly admin: Admin
  /** Undefined: it was never heard. */
  readonly entry: Entry | undefined
  readonly isLive: boolean
}

/** What a NameNode knows of DataNodes and of the blocks that its file system should have. */
export class Heard {
  readonly #name: NameNode
  readonly #blocks: Set<number>
  /** By address. */
  readonly #entries = new Map<string, Entry>()
  #hosts: Hosts
  /** Of those that are to give their blocks up; once said it stays so until the file says otherwise. */
  readonly #released = new Set<string>()

  constructor(name: NameNode, blocks: Blocks, hosts: Hosts) {
    this.#name = name
    this.#blocks = new Set(blocks)
    this.#hosts = hosts
  }

  get blocks(): Blocks {
    return this.#blocks
  }

  add(blocks: readonly number[]): void {
    for (const block of blocks) this.#blocks.add(block)
  }

  /** A heartbeat, with what it holds; false: who is not in its file is turned away. */
  from(node: DataNode, blocks: Blocks): boolean {
    const { address } = node.machine
    if (!this.#hosts.has(address)) return false
    this.#entries.set(address, { node, at: this.#now, blocks })
    return true
  }

  /** It was told to read its file again. */
  refresh(hosts: Hosts): void {
    this.#hosts = hosts
    for (const address of this.#entries.keys()) if (!hosts.has(address)) this.#entries.delete(address)
    for (const { address, entry, isLive } of this.nodes()) {
      if (hosts.get(address) !== 'DECOMMISSIONED') this.#released.delete(address)
      // Of one that does not run it is said at once, wherever its blocks are (HeartbeatManager.startDecommission).
      else if (entry === undefined || !isLive) this.#released.add(address)
    }
  }

  /** Called every few seconds: who has given up all blocks is told so. */
  release(): void {
    for (const { address, admin, entry } of this.nodes()) {
      if (admin !== 'Decommission In Progress') continue
      const own = entry?.blocks ?? []
      const low = new Set(this.low())
      if (![...own].some((block) => low.has(block))) this.#released.add(address)
    }
  }

  ageOf({ machine }: DataNode): number | undefined {
    const entry = this.#entries.get(machine.address)
    return entry === undefined ? undefined : this.#now - entry.at
  }

  adminOf({ machine }: DataNode): Admin | undefined {
    return this.nodes().find(({ address }) => address === machine.address)?.admin
  }

  /** Everybody who is in its file. */
  nodes(): readonly KnownNode[] {
    return [...this.#hosts].map(([address, state]) => {
      const entry = this.#entries.get(address)
      const isLive = entry !== undefined && this.#now - entry.at < silenceMs.dead
      const leaving = this.#released.has(address) ? 'Decommissioned' : 'Decommission In Progress'
      return { address, entry, isLive, admin: state === 'NORMAL' ? 'In Service' : leaving }
    })
  }

  /** Those that take blocks. */
  inService(): readonly DataNode[] {
    return this.#live().flatMap(({ admin, entry }) => (admin === 'In Service' ? [entry.node] : []))
  }

  /** Those that can be read from. */
  live(): readonly DataNode[] {
    return this.#live().map(({ entry }) => entry.node)
  }

  get counts() {
    const all = this.nodes()
    const live = this.#live()
    return {
      live: live.length,
      dead: all.length - live.length,
      stale: live.filter(({ entry }) => this.#now - entry.at >= silenceMs.stale).length,
      decommissioning: live.filter(({ admin }) => admin === 'Decommission In Progress').length,
    }
  }

  /** Every block of its file system is held by somebody who has said so. */
  allReported(): boolean {
    return this.missing === 0
  }

  get missing(): number {
    return this.#lacking(1, this.#live()).length
  }

  /** Blocks with fewer copies than they should have on those that stay. */
  low(): readonly number[] {
    const staying = this.#live().filter(({ admin }) => admin === 'In Service')
    return this.#lacking(this.#name.replication, staying)
  }

  #live() {
    return this.nodes().flatMap(({ admin, entry, isLive }) => (isLive && entry !== undefined ? [{ admin, entry }] : []))
  }

  #lacking(copies: number, nodes: readonly { readonly entry: Entry }[]): readonly number[] {
    return [...this.#blocks].filter((block) => {
      let found = 0
      for (const { entry } of nodes) if (entry.blocks.has(block)) found++
      return found < copies
    })
  }

  get #now(): number {
    return this.#name.machine.clock.now
  }
}
