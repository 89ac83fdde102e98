import type { Hdfs } from './hdfs.ts'
import type { Controller } from './hdfs-zkfc.ts'

/** What a fencing method of the spec comes to. */
export type Fencing = 'ok' | 'fail' | 'hang'

const gracefulMs = 5_000
const retryMs = 3_000
const hangMs = 30_000

/**
 * What ZooKeeper holds of the election, and what the failover controllers make of it: a session that lasts for a while after its
 * controller is gone, one lock, and a breadcrumb that says who has to be fenced before anybody else becomes active.
 */
export class Election {
  readonly #hdfs: Hdfs
  /** The znode below which they elect. */
  parent = false
  /** Id of the NameNode that became active last. */
  breadcrumb: string | undefined
  /** Its address, as the controller had it that wrote that; undefined: of before this world. */
  #breadcrumbAt: string | undefined
  lock: Controller | undefined
  /** Of every method but one that always works. */
  fencing: Fencing = 'ok'
  #taking = false
  #away = false

  constructor(hdfs: Hdfs) {
    this.#hdfs = hdfs
  }

  /** Called every few seconds. `serves`: ZooKeeper has a leader. */
  tick(controllers: readonly Controller[], serves: boolean): void {
    const { now } = this.#hdfs
    for (const controller of controllers)
      controller.connect(serves && !controller.machine.cutOff ? this.parent : undefined)
    if (!serves) {
      this.#away = true
      return
    }
    // Sessions begin anew with a new leader.
    for (const controller of [...controllers, ...(this.lock === undefined ? [] : [this.lock])])
      if (controller.isHeard || this.#away) controller.heardAt = now
    this.#away = false
    const { lock } = this
    if (lock !== undefined && now - lock.heardAt > lock.sessionMs) this.#release()
    if (lock !== undefined && lock.isHeard && !this.#keeps(lock)) this.#release()
    if (!this.parent) {
      // Their election is gone under them; at their next start they find nothing.
      for (const controller of controllers) if (controller.up && controller.isHeard) controller.exit(1)
      return
    }
    const able = controllers.filter((one) => one.up && one.isHeard)
    for (const controller of able)
      if (this.lock !== undefined && this.lock !== controller) controller.name?.becomeStandby()
    if (this.lock !== undefined) return
    const candidates = able.filter((one) => one.isHealthy && one.notBefore <= now)
    if (candidates.length > 0) this.#take(this.#hdfs.random.pick(candidates))
  }

  /** Made anew, with nothing below it. */
  make(): void {
    this.parent = true
  }

  /** `haadmin -failover`: '' or why not. */
  handOver(from: string, to: string, controllers: readonly Controller[]): string {
    const own = controllers.find(({ id }) => id === from)
    const other = controllers.find(({ id }) => id === to)
    if (own?.serves !== true || other?.serves !== true) return 'a failover controller cannot be reached'
    const silent = other.peers.filter((id) => id !== from && !controllers.some((one) => one.id === id && one.serves))
    if (silent.length > 0) return `Call to ${silent.join(', ')} failed on connection exception`
    if (other.name?.serves !== true || other.name.isActive) return `${to} is not ready to become active`
    if (!this.#hdfs.hasZooKeeper) return 'ZooKeeper does not answer'
    if (this.#taking) return 'another failover is under way'
    own.name?.becomeStandby()
    own.notBefore = this.#hdfs.now + 10_000
    this.#take(other)
    return ''
  }

  #keeps(lock: Controller): boolean {
    if (this.#taking) return true
    return lock.isHealthy && (lock.name?.isActive === true || lock.name?.answers === false)
  }

  #release(): void {
    this.lock = undefined
    this.#taking = false
    this.#hdfs.changed()
  }

  #take(controller: Controller): void {
    this.lock = controller
    this.#taking = true
    this.#hdfs.after(1_000, () => this.#fence(controller))
  }

  /** Whoever was active before gives it up, or is shut out; then the own one is told. */
  #fence(controller: Controller): void {
    if (!this.#holds(controller)) return
    // "Mismatched address stored in ZK" (DFSZKFailoverController.dataToTarget): again and again, until its files say otherwise.
    if (this.breadcrumb !== undefined && (this.#breadcrumbAt ?? '') !== '') {
      if (controller.addressOf(this.breadcrumb) !== this.#breadcrumbAt) return this.#standBack(controller)
    }
    const before = this.breadcrumb === controller.id ? undefined : this.breadcrumb
    const at = before === undefined ? '' : controller.addressOf(before)
    const old = this.#hdfs.names.find(
      ({ id, machine, rpcPort }) => id === before && `${machine.address}:${rpcPort}` === at,
    )
    if (before === undefined) return this.#lead(controller)
    if (old?.answers === true && this.#hdfs.reach(controller.machine, old.machine)) {
      old.becomeStandby()
      return this.#lead(controller)
    }
    const always = controller.fencing.some((method) => method.includes('shell(/bin/true)'))
    const own = controller.fencing.some((method) => !method.includes('shell(/bin/true)'))
    const waits = gracefulMs + (own && this.fencing === 'hang' ? hangMs : 0)
    this.#hdfs.after(waits, () => {
      if (!this.#holds(controller)) return
      if (!always && this.fencing !== 'ok' && !controller.hasProof(before)) return this.#standBack(controller)
      // It cannot write any more: its process is ended where that can be done.
      if (own && this.fencing === 'ok') old?.exit(1)
      this.#lead(controller)
    })
  }

  #lead(controller: Controller): void {
    this.breadcrumb = controller.id
    this.#breadcrumbAt = controller.addressOf(controller.id)
    if (controller.name?.becomeActive() !== true) return this.#standBack(controller)
    this.#taking = false
    this.#hdfs.changed()
  }

  #standBack(controller: Controller): void {
    controller.notBefore = this.#hdfs.now + retryMs
    this.#release()
  }

  #holds(controller: Controller): boolean {
    if (this.lock !== controller) return false
    if (controller.isHeard) return true
    this.#taking = false
    return false
  }
}
