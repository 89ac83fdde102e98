import { z } from 'zod'
import type { ClusterStatus } from '../../../src/api/status.ts'
import { hostPreparation } from '../../../src/clusters/host/expand.ts'
import { Canaries } from '../../../src/control/canary.ts'
import { Census } from '../../../src/control/census.ts'
import type { Context } from '../../../src/control/context.ts'
import type { PassResult } from '../../../src/control/controller.ts'
import type { ClusterBinding, Engine } from '../../../src/control/engine.ts'
import { reconcileHost } from '../../../src/control/hosts.ts'
import { Looks } from '../../../src/control/looks.ts'
import { Machines } from '../../../src/control/machines.ts'
import { Memory } from '../../../src/control/memory.ts'
import { reconcileCluster } from '../../../src/control/reconcile.ts'
import type { ObjectEvent, OwnConfigMap, OwnObject, ResourceStore } from '../../../src/control/store.ts'
import { SourceError } from '../../../src/control/store.ts'
import { unifiedDiff } from '../../../src/formats/diff.ts'
import type { PlanPolicy } from '../../../src/model/approval.ts'
import type { ExecutionContext } from '../../../src/model/engine.ts'
import type { Fact } from '../../../src/model/fact.ts'
import { absent, known, unknown } from '../../../src/model/fact.ts'
import type { HostFacts, JournalEntry, MachineFacts } from '../../../src/model/facts.ts'
import { firewallScriptPath, firewallUnitPath, type SeenChain } from '../../../src/model/firewall.ts'
import type { Assessment, Health } from '../../../src/model/health.ts'
import type { ClusterKind, Expansion, Heard } from '../../../src/model/kind.ts'
import type { Member } from '../../../src/model/member.ts'
import type { ObjectKey, ObjectMeta, Resource } from '../../../src/model/object.ts'
import { keyText } from '../../../src/model/object.ts'
import type { DecideInput } from '../../../src/model/planning.ts'
import type { Answer, Question, UnitAnswer } from '../../../src/model/question.ts'
import { questionKey } from '../../../src/model/question.ts'
import type { Problem, ReasonCode } from '../../../src/model/reasons.ts'
import { problem } from '../../../src/model/reasons.ts'
import type { Action, Decision, Step, StepOutcome, Wave } from '../../../src/model/step.ts'
import { carriedOut, weigh } from '../../../src/planner/approval.ts'
import { claimsOf } from '../../../src/planner/claims.ts'
import { forgetStep } from '../../../src/planner/forget.ts'
import { decideHost, questionsOfHost, selinuxOf } from '../../../src/planner/host.ts'
import { disruptionsOf, trackRepairs } from '../../../src/planner/ledger.ts'
import { sha256 } from '../../../src/planner/prepare.ts'
import { ownersOf, standingOf } from '../../../src/planner/standing.ts'
import { makePlan } from '../../../src/planner/steps.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'

/** A store in memory that behaves as the API server does: versions, generations, finalizers, preconditions. */
export class MemoryStore implements ResourceStore {
  readonly objects = new Map<string, Resource>()
  readonly events: (ObjectEvent & { readonly object: string })[] = []
  readonly secrets = new Map<string, Readonly<Record<string, string>>>()
  /** Whose it is, by name, and what stands in it. */
  readonly configMaps = new Map<string, { readonly owner: string; readonly data: Readonly<Record<string, string>> }>()
  statusWrites = 0
  configMapWrites = 0
  down = false
  #version = 0
  readonly #listeners: ((key: ObjectKey) => void)[] = []

  run(): Promise<void> {
    return Promise.resolve()
  }
  unsynced(): readonly string[] {
    return []
  }
  waitForSync(): Promise<void> {
    return Promise.resolve()
  }
  onChange(listener: (key: ObjectKey) => void): void {
    this.#listeners.push(listener)
  }
  get(key: ObjectKey): Resource | undefined {
    return this.objects.get(keyText(key))
  }
  list(kind: string, namespace?: string): readonly Resource[] {
    return [...this.objects.values()].filter(
      (object) => object.kind === kind && (namespace === undefined || object.metadata.namespace === namespace),
    )
  }
  async writeStatus(object: Resource, status: unknown) {
    this.#reach()
    const standing = this.get({ kind: object.kind, ...object.metadata })
    if (standing === undefined) return 'gone' as const
    if (standing.metadata.uid !== object.metadata.uid) return 'conflict' as const
    this.statusWrites++
    this.#put({ ...standing, status: structuredClone(status) })
    return 'written' as const
  }
  async writeFinalizers(object: Resource, finalizers: readonly string[]) {
    this.#reach()
    const standing = this.get({ kind: object.kind, ...object.metadata })
    if (standing === undefined) return 'gone' as const
    if (standing.metadata.resourceVersion !== object.metadata.resourceVersion) return 'conflict' as const
    const changed = { ...standing, metadata: { ...standing.metadata, finalizers } }
    if (finalizers.length === 0 && changed.metadata.deletionTimestamp !== undefined) this.#remove(changed)
    else this.#put(changed)
    return 'written' as const
  }
  async applyOwn({ kind, name, spec }: OwnObject): Promise<Resource> {
    this.#reach()
    const standing = this.get({ kind, namespace: 'a', name })
    if (standing === undefined) this.apply(kind, name, spec)
    const stands = this.get({ kind, namespace: 'a', name })
    if (stands === undefined) throw new Error('it was just made')
    return stands
  }
  async removeOwn(object: Resource) {
    this.#reach()
    const standing = this.get({ kind: object.kind, ...object.metadata })
    if (standing === undefined) return 'gone' as const
    if (standing.metadata.uid !== object.metadata.uid) return 'conflict' as const
    this.#remove(standing)
    return 'written' as const
  }
  event(object: Resource, event: ObjectEvent): void {
    this.events.push({ ...event, object: object.metadata.name })
  }
  async secret(namespace: string, name: string) {
    this.#reach()
    return this.secrets.get(`${namespace}/${name}`)
  }
  async applyConfigMap({ data, name, owner }: OwnConfigMap) {
    this.#reach()
    const standing = this.configMaps.get(`a/${name}`)
    if (standing !== undefined && standing.owner !== owner.metadata.name) return 'foreign' as const
    this.configMapWrites++
    this.configMaps.set(`a/${name}`, { owner: owner.metadata.name, data })
    return 'written' as const
  }
  async configMap(namespace: string, name: string) {
    this.#reach()
    return this.configMaps.get(`${namespace}/${name}`)?.data
  }

  // What a user does.
  apply(kind: string, name: string, spec: unknown, meta: Partial<ObjectMeta> = {}): void {
    const standing = this.get({ kind, namespace: 'a', name })
    const metadata: ObjectMeta = {
      name,
      namespace: 'a',
      uid: standing?.metadata.uid ?? `uid-${name}-${this.#version}`,
      generation: (standing?.metadata.generation ?? 0) + 1,
      resourceVersion: '',
      creationTimestamp: '2026-01-01T00:00:00Z',
      finalizers: standing?.metadata.finalizers ?? [],
      labels: {},
      annotations: {},
      ...meta,
    }
    this.#put({ ...standing, apiVersion: 'ironherd.io/v1alpha1', kind, metadata, spec })
  }
  delete(kind: string, name: string): void {
    const standing = this.get({ kind, namespace: 'a', name })
    if (standing === undefined) return
    if (standing.metadata.finalizers.length === 0) this.#remove(standing)
    else this.#put({ ...standing, metadata: { ...standing.metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } })
  }

  #put(object: Resource): void {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) }
    this.objects.set(keyText({ kind: object.kind, ...metadata }), { ...object, metadata })
    for (const listener of this.#listeners) listener({ kind: object.kind, ...metadata })
  }
  #remove(object: Resource): void {
    this.objects.delete(keyText({ kind: object.kind, ...object.metadata }))
    for (const listener of this.#listeners) listener({ kind: object.kind, ...object.metadata })
  }
  #reach(): void {
    if (this.down) throw new SourceError('the API server is down')
  }
}

interface HerdSpec {
  readonly paused: boolean
  readonly deletionPolicy: 'Retain' | 'Stop' | 'Purge'
  readonly planPolicy: PlanPolicy
  readonly hosts: readonly string[]
  readonly needs?: string
  /** Hosts whose member is not declared any more. */
  readonly gone?: readonly string[]
  /** Hosts whose member another one takes over. */
  readonly leaves?: readonly string[]
  /** The canary goes by way of the leader alone. */
  readonly led?: boolean
  /** What its clients need: content of one file. */
  readonly clients?: string
}

/** A cluster kind with one member a host and nothing else to know. */
const herd: ClusterKind<HerdSpec> = {
  kind: 'HerdCluster',
  lasting: { herd: ['id'] },
  references: (spec) => ({
    hosts: spec.hosts,
    hostSelectors: [],
    clusters: spec.needs === undefined ? [] : [{ kind: 'HerdCluster', name: spec.needs }],
    configMaps: [],
    secrets: [],
  }),
  expand({ heard, hosts, object }) {
    const missing = object.spec.hosts.find((host) => hosts[host] === undefined)
    if (missing !== undefined) {
      return { problems: [problem('HostNotFound', `spec.hosts: there is no Host ${missing}`, { field: 'spec.hosts' })] }
    }
    return {
      members: object.spec.hosts.map((host) => herdMember(object.metadata.name, host)),
      leaving: (object.spec.gone ?? []).map((host) => ({ member: herdMember(`${object.metadata.name}-old`, host) })),
      takenOver: (object.spec.leaves ?? []).map((host) => ({ member: `${object.metadata.name}-${host}`, host })),
      refusals: [],
      groups: [{ name: 'herd', order: 0, budget: { kind: 'Quorum' }, breaker: 1 }],
      upstream: [],
      version: heard?.['version'] ?? '1.0.0',
      ...(heard?.['held'] === undefined ? {} : { held: [heard['held']] }),
      canary: {
        kind: 'Zookeeper',
        path: '/canary',
        port: 1000,
        ...(object.spec.led === true ? { by: 'Leader' } : {}),
      },
      ...(object.spec.clients === undefined
        ? {}
        : { clientFiles: { configMap: `${object.metadata.name}-client`, files: { 'site.xml': object.spec.clients } } }),
    }
  },
  assess(expansion, facts) {
    const health = Object.fromEntries(
      expansion.members.map((member) => [member.id, healthOf(member, facts[member.host])]),
    )
    const serving = Object.values(health).filter(({ verdict }) => verdict === 'serving').length
    const ok = serving * 2 > expansion.members.length
    return {
      health,
      available: {
        ok,
        reason: ok ? 'Quorate' : 'NoQuorum',
        message: `${serving} of ${expansion.members.length} serve`,
      },
      shortfalls: [],
    }
  },
  repairs: () => [],
}

function herdMember(cluster: string, host: string): Member {
  const unit = `ironherd-${cluster}.service`
  return {
    id: `${cluster}-${host}`,
    service: 'herd',
    group: 'herd',
    host,
    user: { name: 'herd', group: 'herd', create: true },
    directories: [],
    software: { from: 'packages', packages: ['herd'], maskUnits: [], path: '/usr' },
    java: { home: '', minimumVersion: 17 },
    files: [],
    unit: {
      name: unit,
      path: `/usr/local/lib/systemd/system/${unit}`,
      enabled: true,
      running: true,
      loadedPath: '/run/x',
    },
    ports: [{ port: 1000, purpose: 'client', field: 'spec.port' }],
    dataDirectories: [`/data/${cluster}`],
    probes: [],
    identity: {},
    changeable: [],
  }
}

function healthOf(member: Member, facts: HostFacts | undefined): Health {
  if (facts?.state !== 'known') return { verdict: 'unknown', role: '', evidence: 'not seen', startedAt: 0 }
  const unit = facts.value.answers[`unit ${member.unit.name}`]
  const running = unit?.state === 'known' && 'activeState' in unit.value && unit.value.activeState === 'active'
  return running
    ? { verdict: 'serving', role: 'follower', evidence: 'it runs', startedAt: 1000 }
    : { verdict: 'stopped', role: '', evidence: 'its unit is inactive', startedAt: 0 }
}

const binding: ClusterBinding = {
  cluster: herd,
  definition: {
    kind: 'HerdCluster',
    plural: 'herdclusters',
    singular: 'herdcluster',
    shortNames: [],
    categories: [],
    description: '',
    printerColumns: [],
    spec: z.object({
      paused: z.boolean().default(false),
      deletionPolicy: z.enum(['Retain', 'Stop', 'Purge']).default('Retain'),
      planPolicy: z.enum(['Automatic', 'ApproveDisruptive', 'ApproveAll']).default('Automatic'),
      hosts: z.array(z.string()),
      needs: z.string().optional(),
      leaves: z.array(z.string()).optional(),
      gone: z.array(z.string()).optional(),
      led: z.boolean().optional(),
      clients: z.string().optional(),
    }),
    status: z.object({}),
  },
}

export interface FakeMachine {
  machineId: string
  running: Set<string>
  /** Of members that were started: stem → text. */
  readonly records?: Readonly<Record<string, string>>
  /** Why it cannot be looked at. */
  unseen?: { readonly code: ReasonCode; readonly why: string }
  installation: string
  epoch: number
  /** Steps fail. */
  broken?: boolean
  /** It was not heard again what came of its steps. */
  mute?: boolean
  journal?: readonly JournalEntry[]
  /** Another cluster's step holds its lock. */
  locked?: boolean
  /** Its steps are done only when this is. */
  slow?: Promise<void>
  /** What stands on it, and what of that ironherd wrote (path → digest); missing: no question about files is answered. */
  disk?: {
    readonly files: Map<string, string>
    readonly own: Map<string, string>
    hostname: string
    chains?: readonly SeenChain[]
  }
  looks: number
}

/** What the tests may change while passes go on. */
export interface World {
  readonly store: MemoryStore
  readonly machines: Record<string, FakeMachine>
  readonly context: Context
  readonly executed: Step[]
  /** What stood on the standard input of each command that was run. */
  readonly inputs: string[]
  /** Hosts that were told of a new leader, by name. */
  readonly claimed: string[]
  /** `by`: hosts by way of whose members it went, in order. */
  readonly canary: { ok: boolean; runs: number; readonly by: string[] }
  /** What the services say of themselves, beside which of them serve. */
  says: Partial<Assessment>
  /** By what they say how its members are to be: the version. */
  words: Heard
  readonly decided: DecideInput[]
  /** Replaces what the engine says beside the start of stopped members. */
  readonly engine: { extra?: (input: DecideInput) => Partial<Decision> }
  superseded: string
  held: boolean
  clock: number
  cluster(name: string): Promise<PassResult>
  host(name: string): Promise<PassResult>
  status(name: string): ClusterStatus
  condition(name: string, type: string, kind?: string): string
}

export function createWorld(): World {
  const store = new MemoryStore()
  const machines: Record<string, FakeMachine> = {}
  const executed: Step[] = []
  const inputs: string[] = []
  const claimed: string[] = []
  const decided: DecideInput[] = []
  const canary: World['canary'] = { ok: true, runs: 0, by: [] }
  const engine: World['engine'] = {}
  const stop = new AbortController()
  const realEngine: Engine = {
    questionsOf: (members) =>
      Object.fromEntries(members.map((member) => [member.host, [{ ask: 'unit', unit: member.unit.name } as const]])),
    ownersOf,
    unsettled: () => [],
    standingOf,
    claimsOf,
    disruptionsOf,
    trackRepairs,
    weigh,
    carriedOut,
    decide(input) {
      decided.push(input)
      return { ...starts(input.expansion, input.assessment.health), ...engine.extra?.(input) }
    },
    questionsOfHost,
    decideHost,
    selinuxOf,
    decideRelease: ({ expansion, facts, forgotten = [] }) => stops(expansion, facts, forgotten),
  }
  const world: World = {
    store,
    machines,
    executed,
    inputs,
    claimed,
    decided,
    canary,
    says: {},
    words: {},
    engine,
    superseded: '',
    held: true,
    clock: Date.parse('2026-06-01T00:00:00Z'),
    context: {
      store,
      ports: {
        engine: realEngine,
        clusters: [
          {
            ...binding,
            cluster: {
              ...herd,
              hear: () => world.words,
              assess: (...seen) => ({ ...herd.assess(...seen), ...world.says }),
            },
          },
        ],
        preparation: hostPreparation,
        diff: unifiedDiff,
        looker: {
          async look(target, questions) {
            const machine = machines[target.name]
            if (machine === undefined) return unknown('Unreachable', `${target.name}: no route`)
            machine.looks++
            if (machine.unseen !== undefined) return unknown(machine.unseen.code, machine.unseen.why)
            return known(withFiles(factsOf(target.name, machine, world.clock), machine, questions))
          },
        },
        hands: {
          async claim({ name }, { authority }) {
            const machine = machines[name]
            if (machine?.locked === true) return { code: 'HostLocked', why: `${name}: a step runs there` }
            if (machine !== undefined) Object.assign(machine, authority)
            claimed.push(name)
            return undefined
          },
          execute: async (wave, context) => {
            inputs.push(...Object.values(context.inputs ?? {}))
            for (const { host } of wave.steps) await machines[host]?.slow
            return run(wave, context, machines, executed)
          },
        },
        canary: {
          run: async (_canary, target) => {
            canary.runs++
            canary.by.push(target.name)
            return { ok: canary.ok, detail: canary.ok ? 'written' : 'ConnectionLoss', durationMs: 1 }
          },
        },
        epochs: { acquire: () => Promise.resolve({ installation: 'here', epoch: 1 }) },
      },
      authority: { installation: 'here', epoch: 1 },
      held: () => world.held,
      handsSignal: stop.signal,
      superseded: (why) => {
        world.superseded = why
      },
      looks: undefined as never,
      machines: new Machines(),
      census: new Census(realEngine),
      canaries: undefined as never,
      memory: new Memory(),
      metrics: createMetrics(),
      timing: { pollMs: 5000, busyMs: 700, shareMs: 1000 },
      random: () => 0.5,
      now: () => world.clock,
    },
    cluster: (name) => pass(name, 'HerdCluster'),
    host: (name) => pass(name, 'Host'),
    status: (name) => store.get({ kind: 'HerdCluster', namespace: 'a', name })?.status ?? {},
    condition(name, type, kind = 'HerdCluster') {
      const status = store.get({ kind, namespace: 'a', name })?.status as ClusterStatus | undefined
      const found = status?.conditions?.find((condition) => condition.type === type)
      return found === undefined ? 'none' : `${found.status} ${found.reason}`
    },
  }
  Object.assign(world.context, {
    looks: new Looks({ looker: world.context.ports.looker, now: () => world.clock, concurrency: 8, deadlineMs: 5000 }),
    canaries: new Canaries(
      world.context.ports.canary,
      { everyMs: 120_000, retryMs: 10_000, deadlineMs: 5000 },
      () => world.clock,
      () => undefined,
    ),
  })

  async function pass(name: string, kind: string): Promise<PassResult> {
    const log = createLogger('silent')
    const request = { key: `${kind}/a/${name}`, reconcileId: 'test', log, signal: stop.signal }
    const result = await (kind === 'Host' ? reconcileHost : reconcileCluster)(world.context, request)
    // The canary runs beside the pass.
    await new Promise((resolve) => setImmediate(resolve))
    return result
  }
  return world
}

/** Hosts with machines behind them, and the Secret that they share. */
export function addHosts(world: World, ...names: readonly string[]): void {
  world.store.secrets.set('a/ssh', { key: 'private' })
  for (const name of names) {
    const ssh = {
      user: 'root',
      privateKeySecretRef: { name: 'ssh', key: 'key' },
      hostKeys: [`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5${Buffer.from(name).toString('base64')}`],
    }
    world.store.apply('Host', name, { address: `${name}.lab`, ssh })
    world.machines[name] = {
      machineId: `id-${name}`,
      running: new Set(),
      installation: '',
      epoch: 0,
      looks: 0,
    }
  }
}

/** Passes until nothing was executed any more and the canary was seen. */
export async function settle(world: World, name: string): Promise<void> {
  for (let round = 0; round < 8; round++) {
    await world.cluster(name)
    world.clock += 1500
  }
}

function unitAnswer(activeState: string): UnitAnswer {
  return {
    loadState: 'loaded',
    activeState,
    subState: '',
    unitFileState: 'enabled',
    fragmentPath: '',
    needReload: false,
    mainPid: 1,
    startedAt: 1000,
    restarts: 0,
    result: 'success',
    exitStatus: 0,
  }
}

function factsOf(host: string, machine: FakeMachine, now: number): MachineFacts {
  const answers = Object.fromEntries([...machine.running].map((name) => [`unit ${name}`, known(unitAnswer('active'))]))
  return {
    host,
    lookedAt: now,
    machineId: machine.machineId,
    bootId: 'boot',
    hostname: host,
    clockSkewMs: 0,
    uptimeSeconds: 100,
    cpus: 2,
    memoryMiB: 1024,
    custody: { installation: machine.installation, epoch: machine.epoch },
    journal: machine.journal ?? [],
    ownFiles: {},
    records: machine.records ?? {},
    answers,
  }
}

function withFiles(facts: MachineFacts, { disk }: FakeMachine, questions: readonly Question[]): MachineFacts {
  if (disk === undefined) return facts
  const asked = questions.flatMap((question) => (question.ask === 'file' ? [question] : []))
  const answers = asked.map((question) => {
    const content = disk.files.get(question.path)
    const more = { mode: '644', owner: 'root', group: 'root', size: 1, modifiedAt: 0, kind: 'file' } as const
    return [
      questionKey(question),
      content === undefined ? absent : known({ ...more, content, sha256: sha256(content) }),
    ] as const
  })
  const { chains = [], hostname, own } = disk
  // Units that are asked for and that nobody has started are there, enabled and inactive.
  const others = questions.flatMap((question): (readonly [string, Fact<Answer>])[] => {
    if (question.ask === 'firewall') return [[questionKey(question), known({ chains })] as const]
    const isUnit = question.ask === 'unit' && facts.answers[questionKey(question)] === undefined
    return isUnit ? [[questionKey(question), known(unitAnswer('inactive'))] as const] : []
  })
  return {
    ...facts,
    hostname,
    ownFiles: Object.fromEntries(own),
    answers: { ...facts.answers, ...Object.fromEntries([...answers, ...others]) },
  }
}

/** What the verbs of a preparation come to. */
function write(disk: NonNullable<FakeMachine['disk']>, action: Action): void {
  const { files, own } = disk
  switch (action.verb) {
    case 'WriteFile':
      files.set(action.file.path, action.file.content)
      own.set(action.file.path, sha256(action.file.content))
      break
    case 'RemoveFile':
      files.delete(action.path)
      own.delete(action.path)
      break
    case 'WriteBlock': {
      const { begin, end, path, record } = action.block
      files.set(path, [begin, ...action.lines, end, 'the rest'].join('\n'))
      own.set(record, sha256(''))
      break
    }
    case 'RemoveBlock':
      files.set(action.block.path, 'the rest')
      own.delete(action.block.record)
      break
    case 'OpenPorts':
      disk.chains = (disk.chains ?? []).map((chain) => (chain.shut ? { ...chain, opened: action.ports } : chain))
      for (const path of [firewallUnitPath, firewallScriptPath]) {
        files.set(path, 'made')
        own.set(path, sha256('made'))
      }
      break
    default:
  }
}

export function step(member: Member, verb: 'StartUnit' | 'StopUnit' | 'RestartUnit'): Step {
  return {
    id: `${member.id} ${verb}`,
    host: member.host,
    member: member.id,
    action: { verb, unit: member.unit.name },
    reason: 'because',
    risk: 'none',
    guards: [],
    ...(verb === 'StartUnit' ? { repairs: 'UnitStopped' } : {}),
  }
}

function decisionOf(steps: readonly Step[], disruptive: boolean, problems: readonly Problem[]): Decision {
  if (steps.length === 0) return { problems, held: [] }
  const wave = { disruptive, steps }
  return { plan: { hash: steps.map(({ id }) => id).join(), waves: [wave] }, run: wave, problems, held: [] }
}

function starts(expansion: Expansion, health: Readonly<Record<string, Health>>): Decision {
  const stopped = expansion.members.filter(({ id }) => health[id]?.verdict === 'stopped')
  return decisionOf(
    stopped.map((member) => step(member, 'StartUnit')),
    false,
    [],
  )
}

function stops(
  { members }: Expansion,
  facts: Readonly<Record<string, HostFacts>>,
  forgotten: readonly string[],
): Decision {
  const kept = members.filter(({ id }) => !forgotten.includes(id))
  const running = kept.filter((member) => healthOf(member, facts[member.host]).verdict === 'serving')
  const unseen = kept.filter((member) => facts[member.host]?.state !== 'known')
  const { plan, ...decision } = decisionOf(
    running.map((member) => step(member, 'StopUnit')),
    true,
    unseen.map((member) => problem('ReleaseWaits', `${member.host} is not seen`, { host: member.host })),
  )
  const forgets = { disruptive: false, steps: unseen.flatMap((member) => forgetStep(member, facts) ?? []) }
  const whole = makePlan([...(plan?.waves ?? []), forgets])
  return { ...decision, ...(whole === undefined ? {} : { plan: whole }) }
}

function run(
  wave: Wave,
  context: ExecutionContext,
  machines: Record<string, FakeMachine>,
  executed: Step[],
): readonly StepOutcome[] {
  return wave.steps.map((one): StepOutcome => {
    const machine = machines[one.host]
    if (machine === undefined || context.targets[one.host] === undefined) throw new Error(`no target ${one.host}`)
    if (machine.locked === true)
      return { step: one, result: 'skipped', detail: 'locked', code: 'HostLocked', durationMs: 0 }
    if (machine.broken === true)
      return { step: one, result: 'failed', detail: 'disk full', code: 'DiskFull', durationMs: 1 }
    executed.push(one)
    if (machine.mute === true)
      return { step: one, result: 'unknown', detail: 'no answer', code: 'ConnectionLost', durationMs: 1 }
    machine.installation = context.authority.installation
    machine.epoch = context.authority.epoch
    if (machine.disk !== undefined) write(machine.disk, one.action)
    if ('unit' in one.action) {
      if (one.action.verb === 'StopUnit') machine.running.delete(one.action.unit)
      else machine.running.add(one.action.unit)
    }
    return { step: one, result: 'done', detail: '', durationMs: 1 }
  })
}
