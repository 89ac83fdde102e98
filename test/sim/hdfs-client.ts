import type { Hdfs } from './hdfs.ts'
import type { Edit } from './hdfs-edits.ts'
import type { NameNode } from './hdfs-namenode.ts'

/** One client of the file system, which writes and remembers what was acknowledged. */
export class Client {
  readonly #hdfs: Hdfs
  /** The last change of which it was told. */
  acknowledged: Edit | undefined
  #told: { readonly edit: Edit; readonly at: number }[] = []
  /** Blocks of which it was told, and when. */
  readonly #blocks = new Map<number, number>()
  #lastBlock = 0
  #writes = 0

  constructor(hdfs: Hdfs) {
    this.#hdfs = hdfs
  }

  get blocks(): ReadonlySet<number> {
    return new Set(this.#blocks.keys())
  }

  /** Those that it was told of before then. */
  blocksAt(at: number): readonly number[] {
    return [...this.#blocks].flatMap(([block, since]) => (since < at ? [block] : []))
  }

  /** What it knows of a former life. */
  remember(acknowledged: Edit | undefined, blocks: ReadonlySet<number>): void {
    this.acknowledged = acknowledged
    this.#told = []
    this.#blocks.clear()
    for (const block of blocks) this.#blocks.set(block, 0)
    this.#lastBlock = Math.max(this.#lastBlock, ...blocks)
  }

  /** One change is tried at every NameNode that says it is active; every fifth adds a block. */
  write(): void {
    this.#writes++
    const said = this.#hdfs.names.filter(
      (name) => name.isActive && !name.frozen && name.machine.on && !name.machine.cutOff,
    )
    const taken = said.filter((name) => {
      const block = this.#writes % 5 === 0 && this.#blocks.size < 60 ? this.#newBlock(name) : undefined
      if (!name.write(block)) return false
      this.isTold(name)
      if (block !== undefined) this.#blocks.set(block, this.#hdfs.now)
      return true
    })
    if (taken.length > 1)
      this.#hdfs.onViolation(
        'two writers',
        `edits of ${taken.map(({ id }) => id).join(' and ')} are acknowledged at one time`,
      )
  }

  isTold({ head }: NameNode): void {
    this.acknowledged = head
    if (head !== undefined) this.#told.push({ edit: head, at: this.#hdfs.now })
  }

  /** The last change of which it had been told then. */
  acknowledgedAt(at: number): Edit | undefined {
    const found = this.#told.findLast((one) => one.at <= at)
    return found?.edit ?? (this.#told.length === 0 ? this.acknowledged : undefined)
  }

  #newBlock(name: NameNode): number | undefined {
    const { dataNodes, names } = this.#hdfs
    const able = name.heard
      .inService()
      .filter((node) => dataNodes.includes(node) && node.serves && this.#hdfs.reach(name.machine, node.machine))
    const block = ++this.#lastBlock
    const stored = able.slice(0, name.replication).filter((node) => node.store(block))
    // They report it at once.
    for (const node of stored) node.beat(names)
    return stored.length > 0 ? block : undefined
  }
}
