import { setTimeout as sleep } from 'node:timers/promises'
import { hostPreparation } from '../../src/clusters/host/expand.ts'
import { Canaries } from '../../src/control/canary.ts'
import { Census } from '../../src/control/census.ts'
import type { Context } from '../../src/control/context.ts'
import type { Pass } from '../../src/control/controller.ts'
import { Looks } from '../../src/control/looks.ts'
import { Machines } from '../../src/control/machines.ts'
import { Memory } from '../../src/control/memory.ts'
import { reconcileCluster } from '../../src/control/reconcile.ts'
import type { FetchArchive } from '../../src/executor/hands.ts'
import { createHands } from '../../src/executor/hands.ts'
import { unifiedDiff } from '../../src/formats/diff.ts'
import { createFleet } from '../../src/hosts/fleet.ts'
import type { CanaryRunner, Hands } from '../../src/model/engine.ts'
import type { FleetFacts, HostFacts } from '../../src/model/facts.ts'
import { keyText } from '../../src/model/object.ts'
import type { Question } from '../../src/model/question.ts'
import { questionKey } from '../../src/model/question.ts'
import type { Action } from '../../src/model/step.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import type { Cost } from '../rounds.ts'
import { clusters, engine } from './parts.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** The control room's own passes over every cluster in the store, with connections that stay open. */
export interface Passes {
  /** Passes that act, until every cluster is Ready and nothing is left to do or to say. */
  settle(limitMs: number): Promise<void>
  /** One pass over every cluster. Throws when there is something to do, or a machine was not looked at exactly once. */
  once(): Promise<Cost>
  /** The first pass of a process over every cluster. Throws when anything is not as declared. */
  first(): Promise<void>
  /** Passes that act, one right after the other, until one of them found nothing to do. */
  mend(): Promise<Cost>
  /** All that was done so far, by Host name. */
  readonly done: ReadonlyMap<string, readonly Action[]>
  /** What was last asked and answered, by Host name. */
  readonly lastLooks: ReadonlyMap<string, { readonly questions: readonly Question[]; readonly facts: HostFacts }>
  facts(): FleetFacts
  close(): Promise<void>
}

/** Small writes go beside the passes: they are not part of what is measured. */
const noCanary: CanaryRunner = { run: () => Promise.resolve({ ok: true, detail: 'not measured', durationMs: 0 }) }

const noHands: Hands = {
  claim: (target) => {
    throw new Error(`${target.name} was to be told of a new leader`)
  },
  execute: (wave) => {
    const steps = wave.steps.map((step) => `${step.host} ${step.action.verb}: ${step.reason}`)
    throw new Error(`there was something to do:\n${steps.join('\n')}`)
  },
}

export function createPasses(store: SnapshotStore, fetchArchive: FetchArchive): Passes {
  const log = createLogger('error')
  const fleet = createFleet({ now: Date.now, random: Math.random })
  const done = new Map<string, Action[]>()
  const acting = createHands(fleet, fetchArchive)
  const realHands: Hands = {
    ...acting,
    async execute(wave, execution, signal) {
      for (const { host, action } of wave.steps) done.set(host, [...(done.get(host) ?? []), action])
      return acting.execute(wave, execution, signal)
    },
  }
  const stopping = new AbortController()
  const lastLooks = new Map<string, { readonly questions: readonly Question[]; readonly facts: HostFacts }>()
  let hands = realHands
  const context: Context = {
    store,
    ports: {
      engine,
      clusters,
      preparation: hostPreparation,
      looker: fleet,
      diff: unifiedDiff,
      hands: {
        claim: (target, execution, signal) => hands.claim(target, execution, signal),
        execute: (wave, execution, signal) => hands.execute(wave, execution, signal),
      },
      canary: noCanary,
      epochs: { acquire: () => Promise.reject(new Error('the benchmark does not elect')) },
    },
    authority: { installation: 'bench', epoch: 1 },
    held: () => true,
    handsSignal: stopping.signal,
    superseded: (why) => {
      throw new Error(why)
    },
    looks: new Looks({
      looker: {
        async look(target, questions, signal) {
          const facts = await fleet.look(target, questions, signal)
          lastLooks.set(target.name, { questions, facts })
          return facts
        },
      },
      now: Date.now,
      concurrency: 64,
      deadlineMs: 20_000,
      unseenMs: 20_000,
    }),
    machines: new Machines(),
    census: new Census(engine),
    canaries: new Canaries(
      noCanary,
      { everyMs: 86_400_000, retryMs: 1000, deadlineMs: 1000 },
      () => performance.now(),
      () => undefined,
    ),
    memory: new Memory(),
    metrics: createMetrics(),
    // A look is shared by the clusters of one round, and by nothing else.
    timing: { pollMs: 1000, busyMs: 500, shareMs: 100 },
    random: () => 0.5,
    now: Date.now,
  }
  const keys = clusters.flatMap(({ definition }) => store.list(definition.kind)).map((object) => keyOf(object))
  const passOver = (key: string): Pass => ({ key, reconcileId: 'bench', log, signal: stopping.signal })
  const round = () => Promise.all(keys.map((key) => reconcileCluster(context, passOver(key))))
  const steps = (): number => [...done.values()].flat().length
  const roundTrips = (): ReadonlyMap<string, number> =>
    new Map([...fleet.stats()].map(([host, { roundTrips: count }]) => [host, count]))
  const conditions = () => keys.flatMap((key) => context.memory.peek(key)?.conditions ?? [])
  const hold = (...types: readonly string[]): boolean =>
    types.every(
      (type) => conditions().filter((one) => one.type === type && one.status === 'True').length === keys.length,
    )
  const settled = (): boolean => hold('Ready', 'UpToDate')
  const whatIsWrong = (): string =>
    conditions()
      .map(({ type, status, message }) => `${type} ${status}: ${message}`)
      .join('\n')

  return {
    lastLooks,
    done,
    async first() {
      hands = noHands
      await round()
      if (!hold('Available', 'UpToDate')) throw new Error(`not as declared: ${whatIsWrong()}`)
    },
    async mend() {
      hands = realHands
      const cpu = process.cpuUsage()
      const began = performance.now()
      for (let before = -1; before < steps() || !settled(); ) {
        before = steps()
        await round()
      }
      const wallMs = performance.now() - began
      hands = noHands
      const used = process.cpuUsage(cpu)
      return { wallMs, cpuMs: (used.user + used.system) / 1000 }
    },
    async settle(limitMs) {
      const end = Date.now() + limitMs
      hands = realHands
      for (;;) {
        const writes = store.writes
        const results = await round()
        const failed = results.find(({ result }) => result !== 'again')
        if (failed !== undefined) throw new Error(`a pass came to ${JSON.stringify(failed)}`)
        if (settled() && store.writes === writes) break
        if (Date.now() > end) throw new Error(`not settled: ${whatIsWrong()}`)
        await sleep(500)
      }
      hands = noHands
    },
    async once() {
      const before = roundTrips()
      const writesBefore = store.writes
      const cpu = process.cpuUsage()
      const began = performance.now()
      const results = await round()
      const wallMs = performance.now() - began
      const used = process.cpuUsage(cpu)
      if (results.some(({ result }) => result !== 'again') || !settled())
        throw new Error('the clusters are not settled')
      if (store.writes !== writesBefore) throw new Error('a settled pass wrote something')
      for (const [host, count] of roundTrips()) {
        const trips = count - (before.get(host) ?? 0)
        if (trips !== 1) throw new Error(`${host}: ${trips} round trips in one pass`)
      }
      return { wallMs, cpuMs: (used.user + used.system) / 1000 }
    },
    facts: () => Object.fromEntries([...lastLooks].map(([host, { facts }]) => [host, facts])),
    async close() {
      stopping.abort()
      await fleet.close()
    },
  }
}

function keyOf(object: {
  readonly kind: string
  readonly metadata: { readonly namespace: string; readonly name: string }
}): string {
  const { namespace, name } = object.metadata
  return keyText({ kind: object.kind, namespace, name })
}

/** Distinct questions over all hosts in one pass. */
export function countQuestions(passes: Passes): number {
  const looks = [...passes.lastLooks.values()]
  return looks.reduce((sum, { questions }) => sum + new Set(questions.map(questionKey)).size, 0)
}

/** Daemons that the passes look after. */
export function countMembers(passes: Passes): number {
  const units = [...passes.lastLooks.values()].flatMap(({ questions }) =>
    questions.filter((question) => question.ask === 'unit' && question.unit.startsWith('ironherd-')),
  )
  return units.length
}
