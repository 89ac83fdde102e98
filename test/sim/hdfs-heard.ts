import type { DataNode } from './hdfs-datanode.ts'
import type { HostState, Hosts } from './hdfs-hosts.ts'
import type { NameNode } from './hdfs-namenode.ts'

export type Blocks = ReadonlySet<number>

/** Seconds of silence: `stale`, then `dead` (dfs.namenode.heartbeat.recheck-interval). */
const silenceMs = { stale: 30_000, dead: 630_000 }

const words = {
  NORMAL: ['In Service', 'In Service'],
  DECOMMISSIONED: ['Decommission In Progress', 'Decommissioned'],
  IN_MAINTENANCE: ['Entering Maintenance', 'In Maintenance'],
} as const

export type Admin = (typeof words)[HostState][number]

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
  /** Of those that are to give their blocks up, or to rest; once said it stays so until the file says otherwise. */
  readonly #released = new Map<string, HostState>()

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
      const state = hosts.get(address) ?? 'NORMAL'
      if (state === 'NORMAL') this.#released.delete(address)
      // Of one that does not run it is said at once, wherever its blocks are (HeartbeatManager.startDecommission).
      else if (entry === undefined || !isLive) this.#released.set(address, state)
    }
  }

  /** Called every few seconds: who has given up all blocks is told so, and who may rest as every block of his has another copy. */
  release(): void {
    for (const { address, admin, entry } of this.nodes()) {
      const state = this.#hosts.get(address) ?? 'NORMAL'
      if (state === 'NORMAL' || admin !== words[state][0]) continue
      const own = entry?.blocks ?? []
      const low = new Set(state === 'DECOMMISSIONED' ? this.low() : this.#lacking(1, this.#staying()))
      if (![...own].some((block) => low.has(block))) this.#released.set(address, state)
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
      const [begun, ended] = words[state]
      // Whom it never heard it does not know to rest (DatanodeManager.getDatanodeListForReport).
      if (state === 'IN_MAINTENANCE' && entry === undefined) return { address, entry, isLive, admin: 'In Service' }
      return { address, entry, isLive, admin: this.#released.get(address) === state ? ended : begun }
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

  /** Blocks with fewer copies than they should have on those that stay; those of one that rests count, and one more stands beside. */
  low(): readonly number[] {
    const staying = this.#staying()
    const resting = this.nodes().flatMap(({ admin, entry }) =>
      admin.endsWith('Maintenance') && entry !== undefined ? [{ entry }] : [],
    )
    const low = this.#lacking(this.#name.replication, [...staying, ...resting])
    return resting.length === 0 ? low : [...new Set([...low, ...this.#lacking(1, staying)])]
  }

  #staying() {
    return this.#live().filter(({ admin }) => admin === 'In Service')
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
