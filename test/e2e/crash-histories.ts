// Histories in which ironherd is killed again and again on real hosts, each beside the same history undisturbed.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../sim/random.ts'
import { exampleManifests } from '../world/manifests.ts'
import type { Operator, OperatorOptions } from '../world/operator.ts'
import { conditionOf, isReady, startWorld, type World } from '../world/world.ts'
import {
  begunAgain,
  type Clusters,
  type Deeds,
  deedsOf,
  differences,
  doneTwice,
  type Ending,
  endingOf,
  house,
  plantMarker,
  readMarker,
  startedSince,
  startsOf,
} from './crash-records.ts'
import { withSpec } from './edited.ts'
import type { Moment } from './kill-at.ts'

export type Manner = Moment | 'random'

/** How one part of a history went and ended. */
export interface Part {
  readonly name: string
  readonly kills: readonly Kill[]
  readonly rounds: Readonly<Rounds>
  readonly ending: Ending
  readonly deeds: Deeds
  readonly seconds: number
}

export interface Kill {
  /** ms since the epoch; at most a few ms before the process was gone. */
  readonly at: number
  /** When the next process began. */
  readonly nextAt: number
  /** Id of the step that it was killed at; '' for a random moment. */
  readonly step: string
  /** Verb and member of it, or what there was to do. */
  readonly label: string
}

/** Ready, up to date and nothing left to do, said of the specs as they are now. */
export async function isSettled(world: World, clusters: Clusters = house): Promise<boolean> {
  const shown = await Promise.all(clusters.map(([kind, name]) => world.get(kind, name)))
  return shown.every(
    (object) =>
      object !== undefined &&
      isReady(object) &&
      object.status?.observedGeneration === object.metadata.generation &&
      conditionOf(object, 'UpToDate')?.status === 'True' &&
      object.status['plan'] === undefined,
  )
}

/** Until it is settled and has been for some seconds under a daemon that is left alone. */
export async function settle(world: World, limitMs: number, clusters: Clusters = house): Promise<void> {
  const end = Date.now() + limitMs
  for (let settledAt: number | undefined; ; await sleep(1000)) {
    if (await isSettled(world, clusters)) settledAt ??= Date.now()
    else settledAt = undefined
    if (settledAt !== undefined && Date.now() - settledAt > 4000) return
    if (Date.now() > end) {
      const shown = await Promise.all(clusters.map(([kind, name]) => world.get(kind, name)))
      const said = shown.map((object) => JSON.stringify(object?.status?.conditions))
      throw new Error(`not settled after ${String(limitMs / 1000)} s: ${said.join('\n')}`)
    }
  }
}

/** Those of Node that make a process end, or stop, at its next journalled step that is not in the ledger. */
export function endingAt(moment: Moment, ledger: string, more = ''): readonly string[] {
  const url = new URL('kill-at.ts', import.meta.url)
  return ['--import', `${url.href}?moment=${moment}&ledger=${encodeURIComponent(ledger)}${more}`]
}

export function killsIn(ledger: string): readonly Kill[] {
  if (!existsSync(ledger)) return []
  const lines = readFileSync(ledger, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
  return lines.flatMap(([at, step = '', label], index) => {
    if (label === undefined) return []
    const next = lines.slice(index).find((line) => line[2] === undefined)
    return [{ at: Number(at), nextAt: Number(next?.[0] ?? Date.now()), step, label }]
  })
}

/** A daemon that may have ended before it answered. */
async function start(world: World, options: OperatorOptions): Promise<Operator | undefined> {
  return world.startOperator(options).catch((error: unknown) => {
    if (String(error).includes('did not start')) return undefined
    throw error
  })
}

const limitMs = 900_000

/**
 * Daemons one after the other, each killed at its next step, until one is left with nothing to do; the moments are taken in
 * turn. No daemon runs before or after.
 */
export async function killedAtEachStep(
  world: World,
  moments: readonly Moment[],
  ledger: string,
  clusters: Clusters = house,
): Promise<readonly Kill[]> {
  const end = Date.now() + limitMs
  while (Date.now() < end) {
    const before = killsIn(ledger).length
    const moment = moments[before % moments.length] ?? 'before'
    const operator = await start(world, { nodeArguments: endingAt(moment, ledger) })
    let ended = operator === undefined
    void operator?.ended.then(() => {
      ended = true
    })
    while (!ended) {
      if (Date.now() > end) throw new Error(`not settled after ${String(killsIn(ledger).length)} kills`)
      if (operator !== undefined && (await isSettled(world, clusters)) && !ended) {
        await operator.kill()
        return killsIn(ledger)
      }
      // Each question is two processes: asked more often they would slow down what they wait for.
      await Promise.race([sleep(1500), operator?.ended])
    }
    if (killsIn(ledger).length === before) throw new Error('a daemon ended that was not killed')
  }
  throw new Error(`not settled after ${String(killsIn(ledger).length)} kills`)
}

/** A change of the ensemble whose restarts are cut in all three ways; which verbs were cut, and what was started in all. */
export async function killedInRestarts(
  world: World,
  tickMs: number,
): Promise<{ readonly kills: readonly string[]; readonly started: readonly string[] }> {
  const [zk] = exampleManifests('zookeeper', world.lab)
  if (zk === undefined) throw new Error('no example')
  const before = await deedsOf(world)
  await world.apply([withSpec(zk, ['tickTimeMs'], tickMs)])
  const kills = await killedAtEachStep(world, ['before', 'sent', 'after'], join(world.lab.dir, 'restarts.kills'))
  const verbs = kills.map(({ label }) => label.split(' ')[0] ?? '')
  return { kills: verbs, started: startedSince(before, await deedsOf(world)) }
}

/** `count` kills at moments from the seed. `next` makes more to do when all is done before the last of them. */
async function killedAtRandom(
  world: World,
  random: Random,
  longestMs: number,
  next: (() => Promise<void>) | undefined,
): Promise<readonly Kill[]> {
  const kills: Kill[] = []
  while (kills.length < randomKills) {
    if (next !== undefined && (await isSettled(world))) await next()
    const lifeMs = random.between(0, longestMs)
    const operator = await start(world, {})
    if (operator === undefined) throw new Error('a daemon ended that was not killed')
    await sleep(lifeMs)
    const label = (await isSettled(world)) ? 'at rest' : 'at work'
    kills.push({ at: Date.now(), nextAt: Date.now(), step: '', label })
    await operator.kill()
  }
  return kills
}

const randomKills = 30

/** What is changed, and how often by now: each time to the other of its two values. */
export interface Rounds {
  tick: number
  memory: number
}

interface History {
  readonly world: World
  readonly manner: Manner | undefined
  readonly random: Random
  readonly rounds: Rounds
}

const values = { tick: [2000, 2500], memory: ['512m', '640m'] } as const

async function apply({ world, rounds }: History): Promise<void> {
  const [zk] = exampleManifests('zookeeper', world.lab)
  const [spark] = exampleManifests('spark', world.lab)
  if (zk === undefined || spark === undefined) throw new Error('no examples')
  await world.apply([
    withSpec(zk, ['tickTimeMs'], values.tick[rounds.tick % 2]),
    withSpec(spark, ['standalone', 'workerGroups', 0, 'memory'], values.memory[rounds.memory % 2]),
  ])
}

async function change(history: History, what: keyof Rounds): Promise<void> {
  history.rounds[what] += 1
  await apply(history)
}

async function kills(history: History, name: string, what: keyof Rounds | undefined): Promise<readonly Kill[]> {
  const { manner, random, world } = history
  if (manner === undefined) return []
  if (manner !== 'random') return killedAtEachStep(world, [manner], join(world.lab.dir, `${name}.kills`))
  const next = what === undefined ? undefined : () => change(history, what)
  return killedAtRandom(world, random, what === undefined ? 8000 : 4000, next)
}

async function runPart(history: History, name: string, what: keyof Rounds | undefined): Promise<Part> {
  const { rounds, world } = history
  const began = Date.now()
  await (what === undefined ? apply(history) : change(history, what))
  const all = await kills(history, name, what)
  const operator = await world.startOperator()
  await settle(world, limitMs)
  // After an even number of changes all is as it was before them: once more, so that it ends where the others end.
  if (what !== undefined && rounds[what] % 2 === 0) {
    await change(history, what)
    await settle(world, limitMs)
  }
  const seconds = (Date.now() - began) / 1000
  const part = { name, kills: all, rounds: { ...rounds }, seconds }
  const found = { ending: await endingOf(world, what === undefined), deeds: await deedsOf(world) }
  await operator.kill()
  return { ...part, ...found }
}

/**
 * One lab from bare machines: an install, a change of the ensemble and one of the workers. `manner` undefined: undisturbed.
 * `ended` is told after each part of all that have ended.
 */
export async function runHistory(
  manner: Manner | undefined,
  log: (line: string) => void,
  ended: (parts: readonly Part[]) => void = () => undefined,
): Promise<readonly Part[]> {
  const world = await startWorld({ lab: { hosts: 6 }, log })
  const stop = new AbortController()
  const parts: Part[] = []
  try {
    await world.operator.kill()
    const history = { world, manner, random: new Random(20_261_121), rounds: { tick: 0, memory: 0 } }
    const planted = plantMarker(world, stop.signal)
    planted.catch(() => undefined)
    const plan = [
      ['first install', undefined],
      ['change of the ensemble', 'tick'],
      ['change of the workers', 'memory'],
    ] as const
    for (const [name, what] of plan) {
      const part = await runPart(history, name, what)
      const [value, kept] = [await planted, await readMarker(world)]
      if (!kept.includes(value)) throw new Error(`ZooKeeper has lost what was written: ${kept}, written was ${value}`)
      parts.push(part)
      ended(parts)
    }
    return parts
  } finally {
    stop.abort()
    await world.down()
  }
}

export interface Verdict {
  readonly kills: number
  /** Kills at a step whose end the machine journalled when nobody was there any more. */
  readonly alone: number
  readonly atRest: number
  readonly begun: number
  /** Verbs of the steps that were begun once more, each with how often. */
  readonly again: readonly string[]
  readonly different: readonly string[]
  readonly twice: readonly string[]
}

/** `wanted` are the parts of the undisturbed history, in the same order. */
export function judge(wanted: readonly Part[], parts: readonly Part[], index: number): Verdict {
  const [reference, part] = [wanted[index], parts[index]]
  if (reference === undefined || part === undefined) throw new Error(`there is no part ${String(index)}`)
  const before = parts[index - 1]?.deeds.journal.at(-1)?.at ?? 0
  const { again, begun } = begunAgain(part.deeds.journal.filter(({ at }) => at > before))
  return {
    kills: part.kills.length,
    alone: part.kills.filter((kill) => wasDoneAlone(kill, part.deeds)).length,
    atRest: part.kills.filter(({ label }) => label === 'at rest').length,
    begun,
    again,
    different: differences(reference.ending, part.ending),
    twice: doneTwice(part.deeds, startsDue(wanted, part.rounds)),
  }
}

function wasDoneAlone({ at, nextAt, step }: Kill, { journal }: Deeds): boolean {
  return journal.some((line) => line.step === step && line.phase === 'done' && line.at > at && line.at < nextAt)
}

/** Starts of each unit: those of the install, and of each change once more what it took undisturbed. */
function startsDue(wanted: readonly Part[], { memory, tick }: Rounds): ReadonlyMap<string, number> {
  const [install, ensemble, workers] = wanted.map(({ deeds }) => startsOf(deeds))
  if (install === undefined || ensemble === undefined || workers === undefined) throw new Error('no reference')
  return new Map(
    [...workers.keys()].map((unit) => {
      const [a = 0, b = 0, c = 0] = [install, ensemble, workers].map((starts) => starts.get(unit) ?? 0)
      return [unit, a + tick * (b - a) + memory * (c - b)]
    }),
  )
}
