import type { HttpAnswer } from '../../src/model/question.ts'
import type { VirtualClock } from './clock.ts'
import type { Machine } from './machine.ts'
import { nextPid, type Process } from './process.ts'
import type { Random } from './random.ts'
import type { Service } from './service.ts'
import type { UnitText } from './unit-text.ts'
import type { Ensemble } from './zookeeper.ts'

const sessionMs = 10_000
const workerTimeoutMs = 60_000

type Exit = (status: number) => void

function answered(body: unknown): HttpAnswer {
  return { outcome: 'answered', status: 200, body: JSON.stringify(body) }
}

const silence: HttpAnswer = { outcome: 'timeout', status: 0, body: '' }

/** What a master keeps of a worker, and, when it leads, in ZooKeeper. */
interface Listed {
  readonly id: string
  readonly address: string
  readonly port: number
  state: 'ALIVE' | 'DEAD' | 'UNKNOWN' | 'DECOMMISSIONED'
  /** While nobody hears it; undefined: it is heard. */
  silentSince: number | undefined
  readonly registeredAt: number
}

export class SparkMaster implements Process {
  readonly pid = nextPid()
  readonly startedAt: number
  readonly machine: Machine
  readonly spark: Spark
  readonly exit: Exit
  readonly address: string
  readonly port: number
  readonly webUiPort: number
  readonly log: string
  up = false
  status: 'STANDBY' | 'ALIVE' | 'RECOVERING' = 'STANDBY'
  /** Has found ZooKeeper since it started; until then its web UI answers nothing. */
  connected = false
  workers = new Map<string, Listed>()
  #frozen = false

  constructor(spark: Spark, machine: Machine, unit: UnitText, exit: Exit) {
    const option = (name: string) => unit.command[unit.command.indexOf(name) + 1] ?? ''
    this.spark = spark
    this.machine = machine
    this.exit = exit
    this.startedAt = machine.clock.now
    this.address = option('--host')
    this.port = Number(option('--port'))
    this.webUiPort = Number(option('--webui-port'))
    this.log = `${unit.environment['SPARK_LOG_DIR'] ?? ''}/leadership.log`
  }

  get frozen(): boolean {
    return this.#frozen || this.machine.frozen
  }

  set frozen(value: boolean) {
    this.#frozen = value
    this.spark.changed()
  }

  get url(): string {
    return `spark://${this.address}:${this.port}`
  }

  get leads(): boolean {
    return this.status !== 'STANDBY'
  }

  get serves(): boolean {
    return this.up && this.connected && !this.frozen && this.status !== 'RECOVERING'
  }

  listensOn(port: number): boolean {
    return this.up && (port === this.port || port === this.webUiPort)
  }

  http(): HttpAnswer {
    if (!this.connected) return silence
    const { now } = this.machine.clock
    const workers = [...this.workers.values()].map(({ address, id, port, registeredAt, silentSince, state }) => ({
      id,
      host: address,
      port,
      state,
      lastheartbeat: (silentSince ?? now - ((now - registeredAt) % 15_000)) + this.machine.skewMs,
    }))
    return answered({ url: this.url, status: this.status, workers })
  }

  /** A line of leadership.log, with the time of this machine's clock. */
  says(sentence: string): void {
    const { clock, files, skewMs } = this.machine
    const before = (files.get(this.log)?.content ?? '').slice(-4_000)
    const content = `${before}${Math.round(clock.now + skewMs)} ${sentence}\n`
    this.machine.put(this.log, { content, owner: 'spark', group: 'spark', mode: '640' })
  }

  gone(how: 'terminated' | 'killed' | 'powerOff'): void {
    this.spark.masterLeft(this, how)
  }
}

export class SparkWorker implements Process {
  readonly pid = nextPid()
  readonly startedAt: number
  readonly machine: Machine
  readonly spark: Spark
  readonly exit: Exit
  readonly address: string
  readonly port: number
  readonly webUiPort: number
  readonly id: string
  up = false
  /** The master that it takes itself for registered with. */
  master: SparkMaster | undefined
  masterUrl = ''
  tries = 0
  /** Until then the work that it had when it was told to give it up goes on. */
  drainsUntil = 0
  #frozen = false

  constructor(spark: Spark, machine: Machine, unit: UnitText, exit: Exit) {
    const option = (name: string) => unit.command[unit.command.indexOf(name) + 1] ?? ''
    this.spark = spark
    this.machine = machine
    this.exit = exit
    this.startedAt = machine.clock.now
    this.address = option('--host')
    this.port = Number(option('--port'))
    this.webUiPort = Number(option('--webui-port'))
    this.id = `worker-${Math.round(this.startedAt)}-${this.address}-${this.port}`
  }

  get frozen(): boolean {
    return this.#frozen || this.machine.frozen
  }

  set frozen(value: boolean) {
    this.#frozen = value
    this.spark.changed()
  }

  get serves(): boolean {
    if (!this.up || this.frozen) return false
    const leader = this.spark.leader()
    return leader?.status === 'ALIVE' && this.master === leader && leader.workers.get(this.id)?.state === 'ALIVE'
  }

  listensOn(port: number): boolean {
    return this.up && (port === this.port || port === this.webUiPort)
  }

  http(): HttpAnswer {
    const works = this.serves || this.machine.clock.now < this.drainsUntil
    const executors = works && this.spark.application ? [{ appId: 'app-1' }] : []
    return answered({ id: this.id, masterurl: this.masterUrl, executors })
  }

  drain(): void {
    this.spark.decommission(this)
  }

  gone(how: 'terminated' | 'killed' | 'powerOff'): void {
    this.spark.workerLeft(this, how)
  }
}

/**
 * Masters that elect through ZooKeeper and the workers that register with them, with the times and the oddities of 3.5.7
 * (runbook §8): a leader without ZooKeeper leaves; a new one recovers what the last one had kept; a worker that was started
 * anew while the masters changed may be greeted as its predecessor, and is then in nobody's list.
 */
export class Spark implements Service {
  readonly withoutSoftware = 203
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #ensemble: () => Ensemble
  readonly #masters = new Set<SparkMaster>()
  readonly #workers = new Set<SparkWorker>()
  /** What the leader has written into ZooKeeper. */
  #kept: readonly Listed[] = []
  /** The session of a leader that went without a word lasts so long. */
  #heldUntil = 0
  #electing: (() => void) | undefined
  #lastOutage = -1
  /** Somebody's work runs on every worker. */
  application = true
  onChange: () => void = () => undefined
  /** Two masters that lead at once. */
  onTwoLeaders: (why: string) => void = () => undefined

  constructor(clock: VirtualClock, random: Random, ensemble: () => Ensemble) {
    this.#clock = clock
    this.#random = random
    this.#ensemble = ensemble
  }

  /** What ZooKeeper kept is gone. */
  forget(): void {
    this.#kept = []
  }

  leader(): SparkMaster | undefined {
    return [...this.#masters].find((master) => master.leads && !master.frozen)
  }

  runs({ command }: UnitText): boolean {
    return command.some((word) => word.startsWith('org.apache.spark.'))
  }

  start(machine: Machine, unit: UnitText, exit: Exit): Process {
    const isMaster = unit.command.includes('org.apache.spark.deploy.master.Master')
    const process = isMaster ? new SparkMaster(this, machine, unit, exit) : new SparkWorker(this, machine, unit, exit)
    if (process instanceof SparkMaster) this.#masters.add(process)
    else this.#workers.add(process)
    this.#clock.after(this.#random.between(2_000, 5_000), () => {
      if (process instanceof SparkMaster ? !this.#masters.has(process) : !this.#workers.has(process)) return
      process.up = true
      if (process instanceof SparkWorker) this.#register(process)
      this.changed()
    })
    return process
  }

  masterLeft(master: SparkMaster, how: 'terminated' | 'killed' | 'powerOff'): void {
    this.#masters.delete(master)
    if (master.leads) {
      this.#heldUntil = this.#clock.now + sessionMs
      // A peer that lost its power says nothing: its workers go on believing until they hear of the next leader.
      if (how !== 'powerOff') for (const worker of this.#workers) if (worker.master === master) this.#lost(worker)
    }
    this.changed()
  }

  workerLeft(worker: SparkWorker, how: 'terminated' | 'killed' | 'powerOff'): void {
    this.#workers.delete(worker)
    const leader = this.leader()
    const listed = leader?.workers.get(worker.id)
    if (leader !== undefined && listed !== undefined && listed.state !== 'DEAD') {
      if (how === 'powerOff') this.#falls(leader, listed)
      else this.#drop(leader, listed)
    }
    this.changed()
  }

  /** The leader gives it no new work, and will not look for it when it recovers. */
  decommission(worker: SparkWorker): void {
    const listed = this.leader()?.workers.get(worker.id)
    if (listed?.state !== 'ALIVE' || worker.frozen) return
    listed.state = 'DECOMMISSIONED'
    worker.drainsUntil = this.#clock.now + this.#random.between(1_000, 20_000)
    this.#kept = this.#kept.filter(({ id }) => id !== worker.id)
    this.changed()
  }

  /** The ensemble, a process or the network is another. */
  changed(): void {
    const serving = this.#ensemble().serving().length > 0
    if (serving) {
      this.#lastOutage = -1
      for (const master of this.#masters) if (master.up) master.connected = true
    } else if (this.#lastOutage < 0) {
      const began = this.#clock.now
      this.#lastOutage = began
      // A short election is survived; a session that cannot be kept is not.
      this.#clock.after(sessionMs, () => {
        if (this.#lastOutage !== began) return
        for (const master of [...this.#masters]) if (master.leads && !master.frozen) this.#revoke(master)
      })
    }
    for (const master of this.#masters) if (master.leads && master.frozen) this.#freezes(master)
    this.#observeWorkers()
    this.#elect()
    this.onChange()
  }

  #revoke(master: SparkMaster): void {
    master.says('Leadership has been revoked -- master shutting down.')
    master.exit(0)
  }

  /** Its session ends; when it goes on it learns that it leads no more, and leaves. */
  #freezes(master: SparkMaster): void {
    const since = this.#clock.now
    this.#clock.after(sessionMs, () => {
      if (!this.#masters.has(master) || !master.frozen || !master.leads) return
      this.#heldUntil = Math.max(this.#heldUntil, since + sessionMs)
      master.status = 'STANDBY'
      this.#watchThaw(master)
      this.changed()
    })
  }

  #watchThaw(master: SparkMaster): void {
    this.#clock.after(1_000, () => {
      if (!this.#masters.has(master)) return
      if (master.frozen) this.#watchThaw(master)
      else this.#revoke(master)
    })
  }

  #elect(): void {
    if (this.#electing !== undefined || this.#anyLeads()) return
    const wait = Math.max(this.#heldUntil - this.#clock.now, 0) + this.#random.between(100, 1_000)
    this.#electing = this.#clock.after(wait, () => {
      this.#electing = undefined
      if (this.#anyLeads() || this.#clock.now < this.#heldUntil) return this.#elect()
      const ready = [...this.#masters].filter((master) => master.up && master.connected && !master.frozen)
      const [first] = ready
      if (first !== undefined && this.#ensemble().serving().length > 0) this.#lead(first)
      return undefined
    })
  }

  #anyLeads(): boolean {
    const leaders = [...this.#masters].filter((master) => master.leads)
    if (leaders.length > 1) this.onTwoLeaders(leaders.map(({ url }) => url).join(' and '))
    return leaders.length > 0
  }

  #lead(master: SparkMaster): void {
    master.workers = new Map(this.#kept.map((listed) => [listed.id, { ...listed, state: 'UNKNOWN' as const }]))
    master.status = master.workers.size === 0 ? 'ALIVE' : 'RECOVERING'
    master.says(`I have been elected leader! New state: ${master.status}`)
    if (master.status === 'RECOVERING') {
      this.#clock.after(this.#random.between(300, 1_500), () => this.#greet(master))
      this.#clock.after(workerTimeoutMs, () => this.#recovered(master))
    } else this.#registerAll()
    this.changed()
  }

  /** The new leader tells the workers that its predecessor had; whoever sits at the old address takes it for himself. */
  #greet(master: SparkMaster): void {
    if (!this.#stands(master, 'RECOVERING')) return
    for (const listed of master.workers.values()) {
      const worker = [...this.#workers].find(
        (one) => one.address === listed.address && one.port === listed.port && one.up && !one.frozen,
      )
      if (worker === undefined || !linked(worker.machine, master.machine)) continue
      worker.master = master
      worker.masterUrl = master.url
      if (worker.id === listed.id) Object.assign(listed, { state: 'ALIVE', silentSince: undefined })
    }
    if ([...master.workers.values()].every(({ state }) => state === 'ALIVE')) this.#recovered(master)
    this.changed()
  }

  #recovered(master: SparkMaster): void {
    if (!this.#stands(master, 'RECOVERING')) return
    for (const listed of master.workers.values()) if (listed.state === 'UNKNOWN') master.workers.delete(listed.id)
    master.status = 'ALIVE'
    master.says('Recovery complete - resuming operations!')
    this.#keep(master)
    this.#registerAll()
    this.changed()
  }

  #registerAll(): void {
    for (const worker of this.#workers) if (worker.up && worker.master === undefined) this.#register(worker)
  }

  #stands(master: SparkMaster, status: SparkMaster['status']): boolean {
    return this.#masters.has(master) && master.status === status && !master.frozen
  }

  #keep(master: SparkMaster): void {
    this.#kept = [...master.workers.values()].filter(({ state }) => state !== 'DEAD')
  }

  /** Tries, and tries again as the worker does: six times within 5 to 15 s, then slower, and then it leaves. */
  #register(worker: SparkWorker): void {
    if (!this.#workers.has(worker) || worker.master !== undefined) return
    worker.tries++
    if (worker.tries > 16) return worker.exit(1)
    const leader = this.leader()
    if (leader?.status === 'ALIVE' && !worker.frozen && linked(worker.machine, leader.machine)) {
      const holder = [...leader.workers.values()].find(
        (listed) => listed.address === worker.address && listed.port === worker.port && listed.state !== 'DEAD',
      )
      // "Attempted to re-register worker at same address".
      if (holder !== undefined && holder.id !== worker.id) {
        if (holder.state === 'ALIVE') return worker.exit(1)
        leader.workers.delete(holder.id)
      }
      const { address, id, port } = worker
      const registeredAt = this.#clock.now
      leader.workers.set(id, { id, address, port, state: 'ALIVE', silentSince: undefined, registeredAt })
      Object.assign(worker, { master: leader, masterUrl: leader.url, tries: 0 })
      this.#keep(leader)
      this.changed()
      return
    }
    const wait = worker.tries <= 6 ? this.#random.between(5_000, 15_000) : this.#random.between(30_000, 90_000)
    this.#clock.after(wait, () => this.#register(worker))
  }

  #lost(worker: SparkWorker): void {
    worker.master = undefined
    worker.tries = 0
    this.#clock.after(this.#random.between(5_000, 15_000), () => this.#register(worker))
  }

  /** Those that stand still or are cut off send no heartbeats; those that come back are told to register again. */
  #observeWorkers(): void {
    const leader = this.leader()
    if (leader?.status !== 'ALIVE') return
    for (const worker of this.#workers) {
      const listed = leader.workers.get(worker.id)
      if (worker.master !== leader || listed === undefined) continue
      const heard = !worker.frozen && linked(worker.machine, leader.machine)
      if (heard && listed.state === 'DEAD') {
        leader.workers.delete(listed.id)
        this.#lost(worker)
      } else if (heard) listed.silentSince = undefined
      else if (listed.silentSince === undefined && listed.state === 'ALIVE') this.#falls(leader, listed)
    }
    // One that went while the leader stood still: that it is gone shows in its silence.
    const ids = new Set([...this.#workers].map(({ id }) => id))
    for (const listed of leader.workers.values()) {
      if (!ids.has(listed.id) && listed.state === 'ALIVE' && listed.silentSince === undefined)
        this.#falls(leader, listed)
    }
  }

  #falls(leader: SparkMaster, listed: Listed): void {
    const since = this.#clock.now
    listed.silentSince = since
    const dropped = (): void => {
      const stands = this.#masters.has(leader) && leader.leads
      if (!stands || listed.silentSince !== since || listed.state !== 'ALIVE') return
      // It looks for those that are silent when it goes on.
      if (leader.frozen) return void this.#clock.after(1_000, dropped)
      this.#drop(leader, listed)
      this.changed()
    }
    this.#clock.after(workerTimeoutMs, dropped)
  }

  #drop(leader: SparkMaster, listed: Listed): void {
    listed.state = 'DEAD'
    listed.silentSince ??= this.#clock.now
    this.#keep(leader)
  }
}

function linked(a: Machine, b: Machine): boolean {
  return a === b || [a, b].every((machine) => machine.on && !machine.cutOff && !machine.frozen)
}
