import { Canaries } from '../../src/control/canary.ts'
import { Census } from '../../src/control/census.ts'
import type { Context } from '../../src/control/context.ts'
import type { Pass } from '../../src/control/controller.ts'
import type { ClusterBinding, Engine } from '../../src/control/engine.ts'
import { Looks } from '../../src/control/looks.ts'
import { Machines } from '../../src/control/machines.ts'
import { Memory } from '../../src/control/memory.ts'
import { reconcileCluster } from '../../src/control/reconcile.ts'
import { createFleet } from '../../src/hosts/fleet.ts'
import type { FleetFacts, HostFacts } from '../../src/model/facts.ts'
import { keyText } from '../../src/model/object.ts'
import type { Question } from '../../src/model/question.ts'
import { questionKey } from '../../src/model/question.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import type { Cost } from '../rounds.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** The control room's own passes, over connections that stay open. */
export interface Passes {
  /** One pass over every cluster. Throws when something was to be done, or a machine was not looked at exactly once. */
  once(): Promise<Cost>
  /** What the last pass asked and was answered, by Host name. */
  readonly lastLooks: ReadonlyMap<string, { readonly questions: readonly Question[]; readonly facts: HostFacts }>
  facts(): FleetFacts
  close(): Promise<void>
}

export function createPasses(
  store: SnapshotStore,
  engine: Engine,
  clusters: readonly ClusterBinding[],
  authority: Context['authority'],
): Passes {
  const log = createLogger('warn')
  const fleet = createFleet({ now: Date.now, random: Math.random })
  const stopping = new AbortController()
  const lastLooks = new Map<string, { readonly questions: readonly Question[]; readonly facts: HostFacts }>()
  const looks = new Looks({
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
  })
  const context: Context = {
    store,
    ports: {
      engine,
      clusters,
      looker: fleet,
      hands: {
        execute: (wave) => {
          const steps = wave.steps.map((step) => `${step.host} ${step.action.verb}: ${step.reason}`)
          throw new Error(`there was something to do:\n${steps.join('\n')}`)
        },
      },
      // Small writes go beside the passes and are not part of them.
      canary: { run: () => Promise.resolve({ ok: true, detail: 'not measured', durationMs: 0 }) },
      epochs: { acquire: () => Promise.resolve(authority) },
    },
    authority,
    held: () => true,
    handsSignal: stopping.signal,
    superseded: (why) => {
      throw new Error(why)
    },
    looks,
    machines: new Machines(),
    census: new Census(engine),
    canaries: new Canaries(
      { run: () => Promise.resolve({ ok: true, detail: 'not measured', durationMs: 0 }) },
      { everyMs: 3_600_000, retryMs: 3_600_000, deadlineMs: 1000 },
      () => performance.now(),
      () => undefined,
    ),
    memory: new Memory(),
    metrics: createMetrics(),
    // A look is shared by the two clusters of one round, and by nothing else.
    timing: { pollMs: 3_600_000, busyMs: 3_600_000, shareMs: 100 },
    random: () => 0.5,
    now: Date.now,
  }
  const passOver = (key: string): Pass => ({ key, reconcileId: 'bench', log, signal: stopping.signal })
  const keys = clusters.flatMap(({ definition }) =>
    store.list(definition.kind).map((object) => keyText({ kind: object.kind, ...object.metadata })),
  )
  const roundTrips = (): ReadonlyMap<string, number> =>
    new Map([...fleet.stats()].map(([host, { roundTrips: count }]) => [host, count]))

  return {
    lastLooks,
    async once() {
      const before = roundTrips()
      const cpu = process.cpuUsage()
      const began = performance.now()
      const results = await Promise.all(keys.map((key) => reconcileCluster(context, passOver(key))))
      const wallMs = performance.now() - began
      const used = process.cpuUsage(cpu)
      const after = roundTrips()
      const wrong = results.filter(({ result }) => result !== 'again')
      if (wrong.length > 0) throw new Error(`a pass came to ${JSON.stringify(wrong)}`)
      for (const [host, count] of after) {
        const trips = count - (before.get(host) ?? 0)
        if (trips !== 1 && before.has(host)) throw new Error(`${host}: ${trips} round trips in one pass`)
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

/** Distinct questions over all hosts in one pass. */
export function countQuestions(passes: Passes): number {
  return [...passes.lastLooks.values()].reduce(
    (sum, { questions }) => sum + new Set(questions.map(questionKey)).size,
    0,
  )
}

/** Daemons that the passes look after. */
export function countMembers(passes: Passes): number {
  const units = [...passes.lastLooks.values()].flatMap(({ questions }) =>
    questions.filter((question) => question.ask === 'unit' && question.unit.startsWith('ironherd-')),
  )
  return units.length
}
