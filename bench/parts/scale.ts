import { setTimeout as sleep } from 'node:timers/promises'
import type { Resource } from '../../src/model/object.ts'
import { serveTelemetry } from '../../src/telemetry/server.ts'
import { loadNow, type Section } from '../page.ts'
import { type Control, createControl } from '../scale/control.ts'
import { fleetOf, lookMs, type SimulatedFleet } from '../scale/fleet.ts'
import { machinesPerSite, type Site, settledSite } from '../scale/site.ts'
import type { Log } from '../site.ts'
import { spreadOf } from '../statistics.ts'
import { figure, show } from '../table.ts'

/** A look that is younger serves every pass: each that is measured is to take its own. */
const looksAreSharedMs = 1_200
const usualSizes: readonly number[] = [100, 1_000, 10_000]

interface Measured {
  readonly size: number
  readonly round: number
  readonly passMs: number
  readonly passCpuMs: number
  readonly changeIdleMs: number
  readonly changeBusyMs: number
  readonly scrapeMs: number
  readonly scrapeBytes: number
  readonly addedMiB: number
  readonly looks: number
}

/** How one process behaves over 100, 1,000 and 10,000 simulated machines. */
export async function scalePart(rounds: number, log: Log, sizes = usualSizes): Promise<Section> {
  const load = loadNow()
  const count = Math.max(...sizes) / machinesPerSite
  const sites: Site[] = []
  for (let number = 0; number < count; number++) {
    sites.push(await settledSite(number))
    if (sites.length % 50 === 0) log(`${sites.length} of ${count} sites are settled`)
  }
  const measured: Measured[] = []
  for (const size of sizes) measured.push(...(await measure(sites.slice(0, size / machinesPerSite), size, rounds, log)))
  return { title: 'Many machines on one daemon', text: textOf(sizes, measured), csv: csvOf(measured), load }
}

async function measure(sites: readonly Site[], size: number, rounds: number, log: Log): Promise<readonly Measured[]> {
  log(`${size} machines`)
  const before = memoryMiB()
  const fleet = fleetOf(sites)
  const { store } = fleet
  const control = createControl(fleet)
  const server = await serveTelemetry('127.0.0.1:0', control.metrics, { healthy: () => true, notReady: () => [] })
  const all = (): readonly Resource[] => [
    ...store.list('Host'),
    ...store.list('ZookeeperCluster'),
    ...store.list('SparkCluster'),
  ]
  const measured: Measured[] = []
  try {
    // Statuses are written and canaries come back: from then on nothing is to be done or said.
    await settle(fleet, () => control.passOver(all()))
    for (let round = 1; round <= rounds; round++) {
      await sleep(looksAreSharedMs)
      const quiet = { writes: store.writes, waves: fleet.waves }
      const pass = await cost(() => control.passOver(all()), fleet)
      if (store.writes !== quiet.writes) throw new Error(`a settled pass wrote something, last ${store.last}`)
      if (fleet.waves !== quiet.waves) throw new Error(`a settled pass did something, last ${fleet.lastWave}`)
      const changeIdleMs = await changeOf(fleet, control, 2 * round)
      await sleep(looksAreSharedMs)
      const busy = control.passOver(all())
      await sleep(pass.wallMs / 4)
      const changeBusyMs = await changeOf(fleet, control, 2 * round + 1)
      await busy
      const addedMiB = memoryMiB() - before
      const began = performance.now()
      const scrape = await (await fetch(`http://${server.address}/metrics`)).text()
      const scrapeMs = performance.now() - began
      measured.push({
        size,
        round,
        passMs: pass.wallMs,
        passCpuMs: pass.cpuMs,
        changeIdleMs,
        changeBusyMs,
        scrapeMs,
        scrapeBytes: scrape.length,
        addedMiB,
        looks: pass.looks,
      })
      log(
        `${size} machines, round ${round} of ${rounds}: ${pass.wallMs.toFixed(0)} ms, CPU ${pass.cpuMs.toFixed(0)} ms`,
      )
    }
  } finally {
    await control.stop()
    await server.close()
  }
  return measured
}

async function cost(
  work: () => Promise<void>,
  fleet: SimulatedFleet,
): Promise<{ readonly wallMs: number; readonly cpuMs: number; readonly looks: number }> {
  const { looks } = fleet
  const cpu = process.cpuUsage()
  const began = performance.now()
  await work()
  const wallMs = performance.now() - began
  const used = process.cpuUsage(cpu)
  return { wallMs, cpuMs: (used.user + used.system) / 1000, looks: fleet.looks - looks }
}

/** Passes until one of them has nothing to do or to say. */
async function settle(fleet: SimulatedFleet, pass: () => Promise<void>): Promise<void> {
  for (let before = Number.NaN; before !== fleet.store.writes + fleet.waves; ) {
    await sleep(looksAreSharedMs)
    before = fleet.store.writes + fleet.waves
    await pass()
  }
}

/** From an edit of a cluster until its first step is on the way to a machine; then until its site is at rest again. */
async function changeOf(fleet: SimulatedFleet, control: Control, at: number): Promise<number> {
  const { store } = fleet
  const clusters = store.list('ZookeeperCluster')
  const object = clusters[at % clusters.length]
  if (object === undefined) throw new Error('no cluster')
  const spec = object.spec as Readonly<Record<string, unknown>>
  const { tickTimeMs = 2000 } = spec as { readonly tickTimeMs?: number }
  const began = performance.now()
  const acted = fleet.nextWave()
  store.edit(object, { ...spec, tickTimeMs: tickTimeMs + 1 })
  await acted
  const took = performance.now() - began
  const site = /\d+$/.exec(object.metadata.name)?.[0] ?? ''
  const own = ['Host', 'ZookeeperCluster', 'SparkCluster']
    .flatMap((kind) => store.list(kind))
    .filter(({ metadata: { name } }) => new RegExp(`^(zk|spark)${site}$|^s${site}m`).test(name))
  const ready = (): boolean =>
    own.every(({ kind, metadata }) => kind === 'Host' || isReady(store.get({ kind, ...metadata })))
  do {
    await fleet.goOn(`s${site}m1`)
    await settle(fleet, () => control.passOver(own))
  } while (!ready())
  return took
}

function isReady(object: Resource | undefined): boolean {
  const { conditions = [] } = (object?.status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
  return ['Ready', 'UpToDate'].every((type) => conditions.some((one) => one.type === type && one.status === 'True'))
}

function memoryMiB(): number {
  globalThis.gc?.()
  return process.memoryUsage.rss() / 2 ** 20
}

const columns = ['passMs', 'passCpuMs', 'changeIdleMs', 'changeBusyMs', 'scrapeMs'] as const

function textOf(sizes: readonly number[], measured: readonly Measured[]): string {
  const lines = sizes.map((size) => {
    const own = measured.filter((one) => one.size === size)
    const last = own.at(-1)
    const times = columns.map((column) => show(spreadOf(own.map((one) => one[column]))))
    const memory = figure(spreadOf(own.map(({ addedMiB }) => addedMiB)).median)
    const scrape = figure((last?.scrapeBytes ?? 0) / 1e6)
    return `| ${size} | ${size / 10} | ${times.join(' | ')} | ${scrape} | ${memory} |`
  })
  return `Simulated machines, each pair of a ZookeeperCluster and a SparkCluster on 20 of them, all in one namespace: the worst case. The
control room, planner, kinds and metrics are those of \`ironherd run\`, with its bounds (8 passes of a kind and 64 looks at
once); a machine answers after ${lookMs} ms, in the same process, so that its part is in the CPU time; from the memory it is taken off.
SSH is not in it: the CPU time for that is in the tables of real hosts, and grows with the hosts. A change is an edit of one
ZookeeperCluster until its first step is sent, while nothing else goes on and in the middle of a pass over everything. Median
of ${Math.max(...measured.map(({ round }) => round))} rounds.

| machines | clusters | pass over everything, ms | CPU, ms | change, idle, ms | change, busy, ms | /metrics, ms | /metrics, MB | memory, MiB |
|---|---|---|---|---|---|---|---|---|
${lines.join('\n')}

${growthOf(sizes, measured)}`
}

/** By how much each column grows where the machines do: as many times is straight. */
function growthOf(sizes: readonly number[], measured: readonly Measured[]): string {
  const median = (size: number, column: keyof Measured): number =>
    spreadOf(measured.filter((one) => one.size === size).map((one) => one[column])).median
  const grown = sizes.slice(1).map((size, at) => {
    const from = sizes[at] ?? size
    const times = [...columns, 'scrapeBytes', 'addedMiB'] as const
    const cells = times.map((column) => (median(size, column) / median(from, column)).toFixed(1))
    return `| ${from} → ${size} | ${(size / from).toFixed(1)} | ${cells.join(' | ')} |`
  })
  return `How many times as much where there are so many times as many machines:

| | machines | pass | its CPU | change, idle | change, busy | /metrics, ms | /metrics, MB | memory |
|---|---|---|---|---|---|---|---|---|
${grown.join('\n')}`
}

function csvOf(measured: readonly Measured[]): string {
  const names = ['size', 'round', ...columns, 'scrapeBytes', 'addedMiB', 'looks'] as const
  const rows = measured.map((one) => names.map((name) => one[name].toFixed(name.endsWith('Ms') ? 3 : 0)).join(','))
  return `${names.join(',')}\n${rows.join('\n')}\n`
}
