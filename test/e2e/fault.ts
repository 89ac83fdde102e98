// One fault on the real hosts, measured by the test's own clock and by what the hosts record.
import { setTimeout as sleep } from 'node:timers/promises'
import { tableCell } from '../tools/markdown.ts'
import { conditionOf, type Shown, type World } from '../world/world.ts'
import type { Judgement } from './gauges.ts'
import { watchGauges } from './readings.ts'
import { changedUnits, type UnitRecord, unitRecords } from './records.ts'

export interface Fault {
  /** A sentence: what happens to whom. */
  readonly name: string
  /** What has to be there for it, before any clock runs. */
  prepare?(world: World): Promise<void>
  /** Does the harm; says which host it was done to, and what to undo at the end. */
  harm(world: World): Promise<Harm>
  /** Takes back what `prepare` did, whatever came of it. */
  restore?(world: World): Promise<void>
}

export interface Harm {
  /** Host and part of the unit name of each member whose process may change; everybody else's must not. */
  readonly mayRestart: readonly { readonly host: string; readonly part: string }[]
  /** True when the hosts themselves show the damage undone. */
  healed(world: World): Promise<boolean>
  /** What lasts for a while and is then taken back by the test (a frozen process, a host that is off), after `lastsMs`. */
  readonly undo?: { readonly lastsMs: number; run(): Promise<void> }
  /** What came in between, with its time: filled while it lasts. */
  readonly notes?: readonly string[]
}

export interface FaultResult {
  readonly name: string
  /** s, from the harm until the status of a cluster or Host first said so; undefined: it never did. */
  readonly detected?: number
  /** s, from the harm (or from its being taken back, where nobody else could) until hosts and status show it mended. */
  readonly repaired: number
  readonly by: readonly string[]
  /** Units that ironherd started or stopped though nobody harmed them. */
  readonly collateral: readonly string[]
  /** Units that left by themselves for the harm of another, e.g. a Spark leader whose ZooKeeper server went. */
  readonly followed: readonly string[]
  readonly changed: readonly string[]
  readonly statusSaid: readonly string[]
  readonly notes: readonly string[]
  /** ms since the epoch: when the harm was done, and when all was well again. */
  readonly began: number
  readonly ended: number
  /** What comparing gauges with kubectl and the services gave while it lasted; missing: nobody compared. */
  readonly gauges?: Judgement
}

const clusters = [
  ['zookeepercluster', 'zk'],
  ['sparkcluster', 'analytics'],
] as const

export interface FaultOptions {
  readonly limitMs: number
  readonly clusters?: readonly (readonly [kind: string, name: string])[]
  /** Compare gauges from before the harm until two passes after its end (some 10 s more). */
  readonly compareGauges?: boolean
}

/** Runs a fault to its end: everything healed on the hosts and every cluster Ready. Throws when that does not come. */
export async function runFault(world: World, fault: Fault, options: FaultOptions): Promise<FaultResult> {
  if (options.compareGauges !== true) return harmAndWait(world, fault, options)
  const watch = watchGauges(world)
  try {
    const result = await harmAndWait(world, fault, options)
    return { ...result, gauges: await watch.end() }
  } finally {
    await watch.stop()
  }
}

async function harmAndWait(world: World, fault: Fault, options: FaultOptions): Promise<FaultResult> {
  try {
    await fault.prepare?.(world)
    return await measured(world, fault, options)
  } finally {
    await fault.restore?.(world)
  }
}

async function measured(world: World, fault: Fault, options: FaultOptions): Promise<FaultResult> {
  const watched = options.clusters ?? clusters
  const before = await unitRecords(world.lab)
  const marks = await Promise.all(watched.map(async ([kind, name]) => mark(await world.get(kind, name))))
  const began = Date.now()
  const harm = await fault.harm(world)
  const unfinished = { undo: harm.undo }
  try {
    return await untilWell(world, fault, options, { before, marks, began, harm, unfinished })
  } finally {
    // Of a fault that failed: the next one finds no frozen process and no host that is off.
    await unfinished.undo?.run()
  }
}

interface Start {
  readonly before: readonly UnitRecord[]
  readonly marks: readonly string[]
  readonly began: number
  readonly harm: Harm
  /** What is still to be taken back. */
  readonly unfinished: { undo: Harm['undo'] }
}

async function untilWell(world: World, fault: Fault, options: FaultOptions, start: Start): Promise<FaultResult> {
  const { before, marks, began, harm, unfinished } = start
  const watched = options.clusters ?? clusters
  const said = new Set<string>()
  let detected: number | undefined
  let wellSince: number | undefined
  let from = began
  const end = began + options.limitMs + (harm.undo?.lastsMs ?? 0)
  for (;;) {
    const shown = await Promise.all(watched.map(([kind, name]) => world.get(kind, name)))
    shown.forEach((object, index) => {
      const line = object === undefined ? 'gone' : sayings(object)
      if (line !== '') said.add(line)
      if (detected === undefined && (mark(object) !== marks[index] || line !== '')) {
        detected = (Date.now() - began) / 1000
        // What the hosts showed mended before the status had a word of it is repaired when the status knows.
        wellSince = undefined
      }
    })
    if (unfinished.undo !== undefined && Date.now() - began > unfinished.undo.lastsMs) {
      await unfinished.undo.run()
      unfinished.undo = undefined
      from = Date.now()
    }
    const settled = shown.every(
      (object) =>
        object !== undefined &&
        conditionOf(object, 'Ready')?.status === 'True' &&
        conditionOf(object, 'Progressing')?.status !== 'True',
    )
    const well = unfinished.undo === undefined && settled && (await harm.healed(world))
    wellSince = well ? (wellSince ?? Date.now()) : undefined
    // systemd is often faster than a look: that the status says Ready right after the harm may only mean that nobody has looked yet.
    if (wellSince !== undefined && (detected !== undefined || Date.now() - from > 10_000)) break
    if (Date.now() > end) {
      const why = well ? 'nobody saw it' : settled ? 'the hosts do not show it undone' : shown.map(stateOf).join('; ')
      const states = shown.map((object) => JSON.stringify(object?.status))
      const seconds = ((Date.now() - began) / 1000).toFixed(0)
      throw new Error(`not healed after ${seconds} s: ${why}\n${fault.name}\n${states.join('\n')}`)
    }
    await sleep(250)
  }
  const repaired = (wellSince - from) / 1000
  const after = await unitRecords(world.lab)
  const changed = changedUnits(before, after)
  const isHarmed = (key: string): boolean =>
    harm.mayRestart.some(({ host, part }) => key.startsWith(`${host} `) && key.includes(part))
  const others = changed.filter((key) => !isHarmed(key))
  const bySystemd = (key: string): boolean =>
    restarters(before, after, [key]).every((line) => line.includes(': systemd'))
  const collateral = others.filter((key) => !bySystemd(key))
  return {
    name: fault.name,
    ...(detected === undefined ? {} : { detected }),
    repaired,
    by: changed.length === 0 ? ['nobody had to restart'] : restarters(before, after, changed),
    collateral,
    followed: others.filter(bySystemd),
    changed,
    statusSaid: [...said],
    notes: harm.notes ?? [],
    began,
    ended: wellSince,
  }
}

/** Who started the new process of each changed unit, as the host's systemd counts it. */
function restarters(
  before: readonly UnitRecord[],
  after: readonly UnitRecord[],
  changed: readonly string[],
): readonly string[] {
  return changed.map((key) => {
    const was = before.find((record) => `${record.host} ${record.unit}` === key)
    const is = after.find((record) => `${record.host} ${record.unit}` === key)
    if (is === undefined || is.pid === 0) return `${key}: does not run`
    if (was !== undefined && was.bootId !== is.bootId) return `${key}: systemd, at boot`
    return is.restarts > (was?.restarts ?? 0) ? `${key}: systemd` : `${key}: ironherd`
  })
}

/** Changes whenever a repair is noted or a condition flips. */
function mark(shown: Shown | undefined): string {
  const conditions = shown?.status?.conditions?.map((condition) => `${condition.type} ${condition.lastTransitionTime}`)
  return JSON.stringify([conditions, shown?.status?.repairs])
}

function stateOf(shown: Shown | undefined): string {
  if (shown === undefined) return 'gone'
  const said = sayings(shown)
  const progressing = conditionOf(shown, 'Progressing')
  return said !== '' ? said : `Progressing=${progressing?.status ?? '?'} ${progressing?.message ?? ''}`
}

function sayings(shown: Shown): string {
  const ready = conditionOf(shown, 'Ready')
  return ready?.status === 'True' ? '' : `Ready=${ready?.status ?? '?'} ${ready?.reason ?? ''}: ${ready?.message ?? ''}`
}

/** One line a result, for the table of a campaign. */
export function resultRow(result: FaultResult): string {
  const { gauges } = result
  return tableRow([
    ...commonCells(result),
    gauges === undefined ? '-' : String(gauges.compared),
    gauges === undefined ? '-' : gauges.disagreements.join('; ') || '0',
  ])
}

/** Name, times, who mended it, and who else changed. */
export function commonCells(result: FaultResult): readonly string[] {
  return [
    result.name,
    result.detected?.toFixed(1) ??
      (result.by.every((line) => line.includes(': systemd')) ? '- (over before a look)' : '-'),
    result.repaired.toFixed(1),
    short(result.by),
    short(result.collateral) || 'nothing',
    short(result.followed) || 'nothing',
  ]
}

/** The same columns for a fault that did not end well. */
export function failedRow(name: string, why: string): string {
  return tableRow([name, 'FAILED', why, '', '', '', '', ''])
}

export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map(tableCell).join(' | ')} |`
}

/** Unit names without what all of them share. */
function short(lines: readonly string[]): string {
  return lines
    .map((line) => line.replace(/ironherd-big-data-(analytics|files|zk)-/, '').replace(/-[0-9a-f]{8}\.service/, ''))
    .join('; ')
}

export const commonColumns = [
  'fault',
  'detected, s',
  'repaired, s',
  'by whom',
  'others restarted by ironherd',
  'others that left by themselves',
]

export function tableHeader(columns: readonly string[]): string {
  return `${tableRow(columns)}\n|${columns.map(() => '---|').join('')}`
}

export const resultHeader = tableHeader([...commonColumns, 'samples compared', 'disagreements'])
