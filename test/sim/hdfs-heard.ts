import type { DataNode } from './hdfs-datanode.ts'
import type { NameNode } from './hdfs-namenode.ts'

export type Blocks = ReadonlySet<number>

/** Seconds of silence: `stale`, then `dead` (dfs.namenode.heartbeat.recheck-interval). */
const silenceMs = { stale: 30_000, dead: 630_000 }

interface Entry {
  readonly node: DataNode
  at: number
  blocks: Blocks
}

/** What a NameNode knows of DataNodes and of the blocks that its file system should have. */
export class Heard {
  readonly #name: NameNode
  readonly #blocks: Set<number>
  /** By address and port of its web server. */
  readonly #entries = new Map<string, Entry>()

  constructor(name: NameNode, blocks: Blocks) {
    this.#name = name
    this.#blocks = new Set(blocks)
  }

  get blocks(): Blocks {
    return this.#blocks
  }

  add(blocks: readonly number[]): void {
    for (const block of blocks) this.#blocks.add(block)
  }

  /** A heartbeat, with what it holds. */
  from(node: DataNode, blocks: Blocks): void {
    this.#entries.set(node.web, { node, at: this.#now, blocks })
  }

  ageOf(node: DataNode): number | undefined {
    const entry = this.#entries.get(node.web)
    return entry === undefined ? undefined : this.#now - entry.at
  }

  entries(): readonly {
    readonly web: string
    readonly ageMs: number
    readonly blocks: Blocks
    readonly node: DataNode
  }[] {
    return [...this.#entries].map(([web, { at, blocks, node }]) => ({ web, ageMs: this.#now - at, blocks, node }))
  }

  live() {
    return this.entries().filter(({ ageMs }) => ageMs < silenceMs.dead)
  }

  get counts() {
    const all = this.entries()
    const live = all.filter(({ ageMs }) => ageMs < silenceMs.dead)
    return {
      live: live.length,
      dead: all.length - live.length,
      stale: live.filter(({ ageMs }) => ageMs >= silenceMs.stale).length,
    }
  }

  copies(block: number): number {
    return this.live().filter(({ blocks }) => blocks.has(block)).length
  }

  /** Every block of its file system is held by somebody who has said so. */
  allReported(): boolean {
    return this.#lacking(1).length === 0
  }

  get missing(): number {
    return this.#lacking(1).length
  }

  /** Blocks with fewer copies than they should have, of as many as there are DataNodes. */
  low(): readonly number[] {
    return this.#lacking(Math.min(this.#name.replication, 3))
  }

  #lacking(copies: number): readonly number[] {
    const live = this.live()
    return [...this.#blocks].filter((block) => {
      let found = 0
      for (const { blocks } of live) if (blocks.has(block)) found++
      return found < copies
    })
  }

  get #now(): number {
    return this.#name.machine.clock.now
  }
}
