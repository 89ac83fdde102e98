import { hdfsKind } from '../../src/api/hdfs.ts'
import { sparkKind } from '../../src/api/spark.ts'
import { zookeeperKind } from '../../src/api/zookeeper.ts'
import { hdfs as hdfsCluster } from '../../src/clusters/hdfs/kind.ts'
import { spark as sparkCluster } from '../../src/clusters/spark/kind.ts'
import { zookeeperCluster } from '../../src/clusters/zookeeper/kind.ts'
import type { ClusterBinding, Engine } from '../../src/control/engine.ts'
import { SourceError } from '../../src/control/store.ts'
import type { PlanPolicy } from '../../src/model/approval.ts'
import type { CanaryRunner, Looker } from '../../src/model/engine.ts'
import { unknown } from '../../src/model/fact.ts'
import type { HostFacts } from '../../src/model/facts.ts'
import type { Member } from '../../src/model/member.ts'
import type { ObjectKey, Resource } from '../../src/model/object.ts'
import { keyText } from '../../src/model/object.ts'
import type { DecideInput } from '../../src/model/planning.ts'
import type { Decision, Step } from '../../src/model/step.ts'
import { planner } from '../../src/planner/planner.ts'
import { questionsOf } from '../../src/planner/questions.ts'
import { MemoryStore } from '../unit/control/world.ts'
import { Approvals } from './approvals.ts'
import type { Basis } from './basis.ts'
import { VirtualClock } from './clock.ts'
import { Daemon } from './daemon.ts'
import { simulatedHands } from './hands.ts'
import { Hdfs } from './hdfs.ts'
import { History } from './history.ts'
import { lookAt } from './look.ts'
import { Machine } from './machine.ts'
import { Oracles } from './oracles.ts'
import { PowerSwitch } from './power-switch.ts'
import type { Launch } from './process.ts'
import { Random } from './random.ts'
import { remembering } from './remembering.ts'
import type { Point } from './script.ts'
import type { Service } from './service.ts'
import { Spark } from './spark.ts'
import {
  applyHosts,
  applyWanted,
  byReconfig,
  type DeletionPolicy,
  type HdfsShape,
  type Wanted,
  wantedOf,
} from './specs.ts'
import { isWanted } from './status.ts'
import { serves } from './truth.ts'
import { Ensemble } from './zookeeper.ts'
import { Server, type Write } from './zookeeper-server.ts'

export interface Shape {
  readonly voters: number
  readonly workers: number
  /** Also the passes of the Host objects are run: what stands on hosts that no spec names any more is seen by them only. */
  readonly keepsHosts: boolean
  /** Machines on which nothing stands at the beginning. */
  readonly spares: number
  readonly policy: PlanPolicy
  /** The ensemble is told its list while it runs: from its first start on, or when somebody asks for it later. */
  readonly reconfig?: 'at once' | 'later'
  /** There is an HDFS beside the ensemble. */
  readonly hdfs?: HdfsShape
}

/** What of the engine is planted wrong, for the proof that the oracles see it. */
export interface Mutant {
  readonly name: string
  engine?(engine: Engine): Engine
  clusters?(bindings: readonly ClusterBinding[]): readonly ClusterBinding[]
  facts?(facts: HostFacts): HostFacts
  step?(step: Step): Step
  machine?(machine: Machine): void
}

/** What faults do to looks and answers. */
export interface Disturbance {
  /** What this look comes to instead; undefined: what the machine says. */
  look(daemon: Daemon, machine: Machine, facts: HostFacts): HostFacts
  losesAnswer(): boolean
  delayMs(): number
  point(point: Point): void
}

function isOlder(facts: HostFacts | undefined, looked: number): boolean {
  return facts?.state === 'known' && facts.value.lookedAt < looked
}

const engine: Engine = { ...planner, questionsOf: questionsOnce }

const questions = new WeakMap<readonly Member[], ReturnType<typeof questionsOf>>()

/** The members of one expansion ask the same in every pass, and expansions are remembered. */
function questionsOnce(members: readonly Member[]): ReturnType<typeof questionsOf> {
  const known = questions.get(members) ?? questionsOf(members)
  questions.set(members, known)
  return known
}

type HdfsStatus = { readonly hdfs?: { readonly clusterId?: string } } | undefined

const clusters: readonly ClusterBinding[] = [
  { definition: zookeeperKind, cluster: remembering(zookeeperCluster) },
  { definition: sparkKind, cluster: remembering(sparkCluster) },
  // Its id is made from the uid, or is that of the status.
  {
    definition: hdfsKind,
    cluster: remembering(hdfsCluster, ({ metadata, status }) => [
      metadata.uid,
      (status as HdfsStatus)?.hdfs?.clusterId,
    ]),
  },
]

/** Machines, services, a store and ironherd, in one clock and from one seed. */
export class World {
  readonly clock: VirtualClock
  readonly random: Random
  readonly store = new MemoryStore()
  readonly machines: ReadonlyMap<string, Machine>
  readonly oracles: Oracles
  readonly history = new History()
  readonly spark: Spark
  readonly hdfs: Hdfs
  readonly services: readonly Service[]
  readonly wanted: Wanted
  readonly daemons: Daemon[] = []
  readonly shape: Shape
  disturbance: Disturbance | undefined
  /** Since when the spec asks for what this release does not change on a living cluster. */
  blockedSince: number | undefined
  /** In the names of members that were prepared and taken back before their first start: what stands of them stays. */
  readonly takenBack: string[] = []
  /** Since when a person works at a machine. */
  restsSince: number | undefined
  /** Members came, went or moved, or a version changed: what they leave on machines is not part of the end state. */
  structural = false
  /** Highest number that a server ever had. */
  lastId = 0
  passes = 0
  steps = 0
  /** Steps by `host verb`, for the reference run. */
  readonly done: string[] = []
  readonly ensemble: Ensemble
  /** Objects that a person has deleted, with the policy of each. */
  readonly deleted = new Map<string, DeletionPolicy>()
  readonly approvals: Approvals
  readonly #mutant: Mutant | undefined
  #epoch = 0
  readonly #bases = new WeakMap<Step, Basis>()
  readonly #looked = new Map<string, number>()
  /** What was told, as the look said it, by what a mutant has made of it. */
  readonly #told = new WeakMap<HostFacts, HostFacts>()
  readonly #network: Random

  /** `begun`: when the run begins, ms since the epoch. */
  constructor(seed: number, shape: Shape, mutant?: Mutant, begun?: number) {
    this.clock = new VirtualClock(begun)
    this.random = new Random(seed)
    this.#network = this.random.fork()
    this.shape = shape
    this.#mutant = mutant
    const { clock } = this
    const services = this.random.fork()
    this.ensemble = new Ensemble(clock, services.fork())
    this.spark = new Spark(clock, services.fork(), () => this.ensemble)
    // Drawn apart, so that a run without it is the run that it always was.
    this.hdfs = new Hdfs(
      clock,
      new Random(seed + 77),
      () => this.ensemble,
      (address) => this.#at(address),
    )
    this.services = [this.ensemble, this.spark, this.hdfs, new PowerSwitch((host) => this.machines.get(host))]
    const launch: Launch = (machine, unit, exit) => this.#launch(machine, unit, exit)
    const names = Array.from(
      {
        length:
          Math.max(shape.voters, shape.workers > 0 ? shape.workers + 1 : 0, shape.hdfs === undefined ? 0 : 3) +
          shape.spares,
      },
      (_, at) => `m${at + 1}`,
    )
    this.machines = new Map(
      names.map((name, at) => {
        const skew = Math.round(services.between(-1500, 1500))
        const machine = new Machine(name, `10.0.0.${at + 1}`, clock, skew, launch)
        machine.systemd.onChange = () => this.changed()
        machine.znode = (question) => this.hdfs.znode(machine, question)
        mutant?.machine?.(machine)
        return [name, machine]
      }),
    )
    this.oracles = new Oracles({
      now: () => clock.now,
      begun: clock.begun,
      machine: (host) => this.machines.get(host),
      machines: () => this.machines.values(),
      ensemble: this.ensemble,
      hdfs: this.hdfs,
      deletedBy: (object) => this.deleted.get(object.split('/')[0] ?? '') ?? '',
      isLost: (host) => this.wanted.lost.includes(host),
      restsSince: (host) => (this.wanted.resting.includes(host) ? this.restsSince : undefined),
      rackOf: (host) => this.wanted.racks[host],
      isDeclared: (machine, unit) => isWanted(this, machine, unit),
      blockedSince: () => this.blockedSince,
      basisOf: (step) => this.#bases.get(step),
    })
    this.spark.onChange = () => this.observe()
    this.spark.onTwoLeaders = (why) => this.oracles.violate('two leaders', why)
    this.ensemble.onChange = () => {
      this.observe()
      if (!this.#settling) this.spark.changed()
    }
    this.ensemble.onLoss = (why) => this.oracles.violate('acknowledged writes', why)
    this.ensemble.onTwoLeaders = (why) => this.oracles.violate('two leaders', why)
    this.hdfs.onChange = () => {
      if (!this.#settling) this.observe()
    }
    this.hdfs.onViolation = (oracle, why) => this.oracles.violate(oracle, why)
    this.hdfs.say = (line) => this.say(() => line)
    this.wanted = wantedOf(shape.voters, names.slice(1, 1 + shape.workers), shape.policy, shape.hdfs)
    if (shape.reconfig === 'at once') this.wanted.zookeeper['membershipChanges'] = byReconfig
    this.approvals = new Approvals(this.store)
  }

  /** As it is wanted now; what somebody has deleted is not made again. */
  apply(): void {
    applyHosts(this.store, this.machines.values(), this.wanted)
    applyWanted(this.store, this.wanted, this.deleted)
  }

  /** What is known of a former life: the epoch that the machines obey, and the last write of which a client was told. */
  takeOver(epoch: number, acknowledged: Write | undefined): void {
    this.#epoch = epoch
    this.ensemble.acknowledged = acknowledged
    this.ensemble.born = true
  }

  say(line: () => string): void {
    const at = ((this.clock.now - this.clock.begun) / 1000).toFixed(1)
    this.history.add(() => `${at} s  ${line()}`)
  }

  #at(address: string): Machine | undefined {
    return [...this.machines.values()].find((machine) => machine.address === address)
  }

  machine(name: string): Machine {
    const found = this.machines.get(name)
    if (found === undefined) throw new RangeError(`no machine ${name}`)
    return found
  }

  /** The process that acts now, or would if it ran. */
  get leader(): Daemon | undefined {
    return this.daemons.findLast((daemon) => daemon.alive && !daemon.deposed)
  }

  /** A new process leads; whoever led before is deposed, whether or not it knows. */
  startDaemon(): Daemon {
    for (const daemon of this.daemons) {
      // It learns from the Lease soon; one that is stopped, when it is continued.
      if (daemon.alive && !daemon.deposed)
        this.clock.after(12_000, () => {
          if (!daemon.stands) daemon.kill(false)
        })
      daemon.deposed = true
    }
    const epoch = ++this.#epoch
    this.say(() => `ironherd ${epoch} begins`)
    const mutated = this.#mutant?.engine?.(engine) ?? engine
    const daemon: Daemon = new Daemon({
      clock: this.clock,
      random: this.random.fork(),
      store: this.store,
      engine: this.#recording(mutated, epoch),
      clusters: this.#mutant?.clusters?.(clusters) ?? clusters,
      epoch,
      keepsHosts: this.shape.keepsHosts,
      looker: (own) => this.#looker(own),
      hands: (own) => this.#hands(own),
      canary: (own) => this.#canary(own),
      onError: (key, error) => this.#onError(key, error),
      onSuperseded: () => {
        this.say(() => `ironherd ${epoch} is superseded`)
        daemon.kill(false)
      },
      onPass: () => {
        this.passes++
      },
    })
    this.daemons.push(daemon)
    return daemon
  }

  /** Something is another than before: services settle anew, and oracles note who serves. */
  changed(): void {
    if (this.#settling) return
    this.#settling = true
    for (const service of this.services) service.changed()
    this.#settling = false
    this.observe()
  }

  observe(): void {
    for (const machine of this.machines.values()) {
      for (const unit of machine.systemd.names()) this.oracles.observe(machine, unit)
    }
  }

  #settling = false

  #launch: Launch = (machine, unit, exit) => {
    const command = unit.command.join(' ')
    const service = this.services.find((one) => one.runs(unit))
    const software = [...machine.software.keys()].some((path) => command.includes(`${path}/`))
    if (service === undefined || !software) return service?.withoutSoftware ?? 203
    return service.start(machine, unit, exit)
  }

  #looker(daemon: Daemon): Looker {
    return {
      look: async (target, questions) => {
        await daemon.running()
        const machine = this.machine(target.name)
        const began = this.clock.now
        await this.clock.sleep(this.#latency())
        await daemon.running()
        if (!machine.on || machine.unreachable || machine.frozen) {
          await this.clock.sleep(10_000)
          await daemon.running()
          this.#looked.set(`${daemon.epoch} ${target.name}`, began)
          return unknown('Unreachable', `${target.name}: no answer in 10 s`)
        }
        const facts: HostFacts = { state: 'known', value: lookAt(machine, questions) }
        const frozen = machine.systemd.processes().some(({ process }) => process.frozen)
        await this.clock.sleep(this.#latency() + (frozen ? 3_000 : 0))
        await daemon.running()
        this.#looked.set(`${daemon.epoch} ${target.name}`, began)
        const disturbed = this.disturbance?.look(daemon, machine, facts) ?? facts
        const told = this.#mutant?.facts?.(disturbed) ?? disturbed
        this.#told.set(told, disturbed)
        return told
      },
    }
  }

  #latency(): number {
    return this.#network.between(1, 40)
  }

  #hands(daemon: Daemon) {
    const { clock } = this
    return simulatedHands({
      clock,
      services: this.services,
      machineOf: (host) => this.machines.get(host),
      running: () => daemon.running(),
      latencyMs: () => this.#latency(),
      delayMs: () => this.disturbance?.delayMs() ?? 0,
      losesAnswer: () => this.disturbance?.losesAnswer() ?? false,
      scriptDies: () => !daemon.alive && daemon.scriptsDie,
      sent: () => undefined,
      point: (point) => {
        daemon.actedAt.set(point.machine.name, clock.now)
        if (point.moment === 'before') this.steps++
        if (point.moment === 'intent') {
          const { host, member, action } = point.step
          this.done.push(`${host} ${action.verb}`)
          this.say(() => `${daemon.epoch}: ${host} ${action.verb} for ${member}: ${point.step.reason}`)
        }
        this.oracles.point(point)
        this.disturbance?.point(point)
      },
    })
  }

  #canary(daemon: Daemon): CanaryRunner {
    return {
      run: async (canary, target) => {
        await daemon.running()
        await this.clock.sleep(this.#latency())
        await daemon.running()
        const machine = this.machine(target.name)
        if (canary.kind === 'Hdfs') return this.#file(machine)
        const server = machine.systemd.processes().find(({ process }) => process instanceof Server)
        const ok =
          machine.on &&
          !machine.unreachable &&
          server !== undefined &&
          serves(machine, server.unit) &&
          this.ensemble.serving().length > 0
        if (ok) this.ensemble.write()
        return { ok, detail: ok ? 'written and read' : 'ConnectionLoss', durationMs: 5 }
      },
    }
  }

  /** A file put and read by way of the active on that machine. */
  #file(machine: Machine): Awaited<ReturnType<CanaryRunner['run']>> {
    const name = this.hdfs.nameOn(machine)
    const ok = machine.on && !machine.unreachable && name?.isActive === true && name.write(undefined)
    if (ok) this.hdfs.client.isTold(name)
    return { ok, detail: ok ? 'put and read' : 'it is not active', durationMs: 5 }
  }

  /** The engine, and beside it what each of its decisions rests on, and what a person had approved then. */
  #recording(inner: Engine, daemon: number): Engine {
    const record = (decision: Decision, basis: Basis): Decision => {
      for (const step of decision.run?.steps ?? []) this.#bases.set(step, basis)
      return decision
    }
    const policyOf = (object: ObjectKey) =>
      (this.store.get(object)?.spec as { readonly planPolicy?: PlanPolicy } | undefined)?.planPolicy ?? 'Automatic'
    return {
      ...inner,
      decide: (input) => {
        const decision = this.#withMutantSteps(inner.decide(input))
        const policy = policyOf(input.object)
        return record(decision, { ...this.#basisOf(input, decision, daemon), object: keyText(input.object), policy })
      },
      decideRelease: (input) => {
        const decision = this.#withMutantSteps(inner.decideRelease(input))
        const release = { object: '', policy: 'Automatic' as const, release: input.policy }
        return record(decision, { ...this.#basisOf(input, decision, daemon), ...release })
      },
      weigh: (input) => {
        const weighed = inner.weigh(input)
        for (const step of weighed.run?.steps ?? []) {
          const basis = this.#bases.get(step)
          if (basis !== undefined) basis.approved = this.approvals.of(basis.object)
        }
        return weighed
      },
    }
  }

  #withMutantSteps(decision: Decision): Decision {
    const mutant = this.#mutant
    if (mutant?.step === undefined || decision.run === undefined) return decision
    const steps = decision.run.steps.map((step) => mutant.step?.(step) ?? step)
    return { ...decision, run: { ...decision.run, steps } }
  }

  #basisOf(
    { expansion, facts }: Pick<DecideInput, 'expansion' | 'facts'>,
    decision: Decision,
    daemon: number,
  ): Omit<Basis, 'object' | 'policy'> {
    const all = [...expansion.members, ...expansion.leaving.map(({ member }) => member)]
    const hosts = [...new Set(all.map(({ host }) => host))]
    const looked = hosts.map((host) => this.#looked.get(`${daemon} ${host}`) ?? this.clock.now)
    return {
      daemon,
      lookedAt: Math.min(...looked, ...hosts.map((host) => this.#seenAt(facts[host]))),
      decision,
      groups: expansion.groups,
      leaving: new Map(expansion.leaving.map(({ member: { host, id, unit } }) => [id, { host, unit: unit.name }])),
      members: new Map(expansion.members.map(({ group, host, id, unit }) => [id, { host, unit: unit.name, group }])),
      unseen: new Set(hosts.filter((host) => facts[host]?.state !== 'known')),
      told: new Map(hosts.map((host) => [host, this.#saidOf(facts[host])])),
      stale: new Set(hosts.filter((host, at) => isOlder(facts[host], looked[at] ?? 0))),
    }
  }

  /** Passes share looks: what the last one said may be younger than what this one rests on. */
  #saidOf(facts: HostFacts | undefined): HostFacts | undefined {
    return facts === undefined ? undefined : this.#told.get(facts)
  }

  /** Of a look that was told again the time at which it was true, as far back as ironherd may rest on it. */
  #seenAt(facts: HostFacts | undefined): number {
    const { now } = this.clock
    return facts?.state === 'known' ? Math.max(facts.value.lookedAt, now - 15_000) : now
  }

  #onError(key: string, error: unknown): void {
    if (error instanceof SourceError) return
    this.oracles.violate(
      'exception',
      `${key}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
  }

  status(key: ObjectKey): Resource['status'] {
    return this.store.get(key)?.status
  }

  /** `True`, `False`, `Unknown` or '' and the reason of a condition of a cluster. */
  condition(kind: string, name: string, type: string): string {
    const status = this.status({ kind, namespace: 'a', name }) as
      | {
          readonly conditions?: readonly {
            readonly type: string
            readonly status: string
            readonly reason: string
            readonly message: string
          }[]
        }
      | undefined
    const found = status?.conditions?.find((condition) => condition.type === type)
    return found === undefined ? '' : `${found.status} ${found.reason}: ${found.message}`
  }
}
