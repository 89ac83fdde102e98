import { setTimeout as sleep } from 'node:timers/promises'
import type { Hands, Looker } from '../../src/model/engine.ts'
import { known, unknown } from '../../src/model/fact.ts'
import type { HostFacts } from '../../src/model/facts.ts'
import { lookAt } from '../../test/sim/look.ts'
import { SnapshotStore } from '../ironherd/snapshot-store.ts'
import type { Site } from './site.ts'

/** How long a machine takes to answer a look, and its packets on the way. */
export const lookMs = 5

/** Simulated machines of many sites in one namespace, as one process of ironherd reaches them. */
export interface SimulatedFleet {
  readonly store: SnapshotStore
  readonly looker: Looker
  readonly hands: Hands
  /** ms since the epoch, from where the sites' own clocks stand still. */
  readonly now: () => number
  /** Time goes by, up to now, at the site of this machine: looks and waves alone let nothing happen there that takes longer. */
  goOn(machine: string): Promise<void>
  /** Resolves when the next wave is sent to machines. */
  nextWave(): Promise<void>
  /** So far. */
  waves: number
  /** What was last sent. */
  lastWave: string
  looks: number
}

export function fleetOf(sites: readonly Site[]): SimulatedFleet {
  const objects = sites.flatMap(({ store }) => [...store.objects.values()])
  const machines = new Map(sites.flatMap((site) => [...site.machines]))
  const siteOf = new Map(sites.flatMap((site) => [...site.machines.keys()].map((name) => [name, site])))
  const [begun, base] = [performance.now(), Math.max(...sites.map(({ clock }) => clock.now))]
  const now = (): number => Math.round(base + performance.now() - begun)
  const sent: (() => void)[] = []
  /** Time goes by on the machines of one site only, as fast as it can. */
  const inTimeOf = async <T>(site: Site, work: Promise<T>): Promise<T> => {
    let done = false
    const end = (): void => {
      done = true
    }
    work.then(end, end)
    while (!done) await site.clock.run(site.clock.now + 1_000, () => done)
    return work
  }
  const fleet: SimulatedFleet = {
    store: new SnapshotStore({ objects, secrets: { 'a/ssh': { key: 'private' } }, configMaps: {} }),
    looker: {
      async look(target, questions): Promise<HostFacts> {
        fleet.looks++
        await sleep(lookMs)
        const machine = machines.get(target.name)
        if (machine === undefined) return unknown('Unreachable', `${target.name}: no such machine`)
        machine.clock.now = Math.max(machine.clock.now, now())
        return known({ ...lookAt(machine, questions), lookedAt: now() })
      },
    },
    hands: {
      async claim(target, context, signal) {
        const site = siteOf.get(target.name)
        if (site === undefined) return undefined
        return inTimeOf(site, site.hands.claim(target, context, signal))
      },
      async execute(wave, context, signal) {
        fleet.waves++
        fleet.lastWave = wave.steps.map(({ action, host, reason }) => `${host} ${action.verb}: ${reason}`).join('; ')
        for (const tell of sent.splice(0)) tell()
        const site = siteOf.get(wave.steps[0]?.host ?? '')
        if (site === undefined) return []
        site.clock.now = Math.max(site.clock.now, now())
        return inTimeOf(site, site.hands.execute(wave, context, signal))
      },
    },
    now,
    goOn: async (machine) => siteOf.get(machine)?.clock.run(now()),
    nextWave: () => new Promise((resolve) => sent.push(resolve)),
    waves: 0,
    lastWave: 'nothing',
    looks: 0,
  }
  return fleet
}
