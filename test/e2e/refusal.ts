// One situation that ironherd must refuse, on real hosts: brought about, answered, and proven to have changed nothing.
import { setTimeout as sleep } from 'node:timers/promises'
import { type ReasonCode, reasons } from '../../src/model/reasons.ts'
import { tableCell } from '../tools/markdown.ts'
import { type Manifest, namespace } from '../world/manifests.ts'
import type { Condition, World } from '../world/world.ts'
import { changedFiles, changedUnits, changeTimes, traceMutations, unitRecords } from './records.ts'

export interface Situation {
  /** What is wrong, in a few words. */
  readonly name: string
  readonly reason: ReasonCode
  /** Whose condition must give the reason, and whose event. */
  readonly on: { readonly kind: string; readonly name: string }
  /** What must be in the words: host, field or path, value, remedy. */
  readonly says: RegExp
  /** Makes it so: what this changes on hosts is done when the records are first read. */
  readonly given?: (world: World) => Promise<void>
  /** Applied with kubectl after the first records, in this order; deleted again at the end. */
  readonly applies?: readonly Manifest[] | (() => readonly Manifest[])
  /** What the user does after that. */
  readonly then?: (world: World) => Promise<void>
  /** Where no condition can say it: how it is said. */
  readonly answer?: (world: World) => Promise<Answer>
  /** Puts the world back, after what was applied is deleted. */
  readonly undo?: (world: World) => Promise<void>
  /** What ironherd rightly does in the meantime, in words for the table, and the changes that come of it. */
  readonly meanwhile?: { readonly what: string; readonly changes: RegExp }
  readonly limitMs?: number
}

export interface Answer {
  readonly who: string
  readonly reason: string
  readonly words: string
}

export interface Told {
  readonly name: string
  readonly answer: Answer
  /** Changes on hosts from the moment the situation was there until a pass after the answer, as the hosts record them, and commands that change something, as their kernels traced them. */
  readonly changed: readonly string[]
  readonly meanwhile: string
  /** Why this is not what should have been; empty: it is. */
  readonly wrong: readonly string[]
  readonly seconds: number
}

const answerLimitMs = 45_000

/** A pass of the operator after the one that answered: it must be as idle as that one. */
const nextPassMs = 4500

/** Never rejects: what went wrong is told in the result. */
export async function runSituation(world: World, situation: Situation): Promise<Told> {
  const began = Date.now()
  const { name, reason, says, meanwhile } = situation
  const wrong: string[] = []
  let answer: Answer = { who: 'nobody', reason: 'nothing', words: '' }
  let changed: readonly string[] = []
  let applied: readonly Manifest[] = []
  let traced: (() => Promise<readonly string[]>) | undefined
  try {
    await situation.given?.(world)
    traced = await traceMutations(world.lab)
    const dropped = await droppedEvents(world)
    const [files, units] = [await changeTimes(world.lab), await unitRecords(world.lab)]
    applied = typeof situation.applies === 'function' ? situation.applies() : (situation.applies ?? [])
    for (const manifest of applied) await world.apply([manifest])
    await situation.then?.(world)
    answer = await (situation.answer?.(world) ?? answerOf(world, situation))
    await sleep(nextPassMs)
    const ran = await traced()
    traced = undefined
    const after = changedFiles(files, await changeTimes(world.lab)).filter((path) => !leftByLogin.test(path))
    changed = [...after, ...changedUnits(units, await unitRecords(world.lab)), ...ran].filter(
      (what) => meanwhile?.changes.test(what) !== true,
    )
    if (answer.reason !== reason) wrong.push(`wanted ${reason}, got ${answer.reason}`)
    if (!says.test(answer.words)) wrong.push(`the words lack ${String(says)}`)
    if (changed.length > 0) wrong.push(`changed on hosts: ${changed.slice(0, 8).join(', ')}`)
    if (situation.answer === undefined && !(await hasEvent(world, situation, dropped))) wrong.push(`no event ${reason}`)
  } catch (error) {
    wrong.push(messageOf(error))
  }
  try {
    await traced?.()
    for (const manifest of [...applied].reverse()) await remove(world, manifest)
    await situation.undo?.(world)
  } catch (error) {
    wrong.push(`putting it back: ${messageOf(error)}`)
  }
  const seconds = (Date.now() - began) / 1000
  return { name, answer, changed, meanwhile: meanwhile?.what ?? '', wrong, seconds }
}

/** What sshd and logind leave of a login by itself, whoever logs in. */
const leftByLogin = /:\/run\/systemd\/(transient|system)(\/(session|user|run)-?[^/]*(\/.*)?)?$|:\/etc$/

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 1500)
}

/** The condition with the wanted reason, waited for; else what is said first of all. */
async function answerOf(world: World, { on, reason, limitMs = answerLimitMs }: Situation): Promise<Answer> {
  const test = ({ reason: found, message }: Condition): boolean => found === reason && message !== ''
  const shown = await world
    .until(on.kind, on.name, reason, (object) => object.status?.conditions?.some(test) ?? false, limitMs)
    .catch(() => world.get(on.kind, on.name))
  const conditions = shown?.status?.conditions ?? []
  const said = conditions.find(test) ?? conditions.find(({ status }) => status !== 'True')
  return { who: 'ironherd', reason: said?.reason ?? 'nothing', words: said?.message ?? '' }
}

interface ShownEvent {
  readonly reason: string
}

/** Waited for a little: Events are sent after the status, and an object that has had too many for its time is spared some. */
async function hasEvent(world: World, { on, reason }: Situation, dropped: number): Promise<boolean> {
  const args = ['get', 'events', '-n', namespace, '-o', 'json', '--field-selector', `involvedObject.name=${on.name}`]
  for (let tries = 0; tries < 10; tries += 1) {
    const { stdout } = await world.lab.kube.kubectl(args)
    const { items } = JSON.parse(stdout) as { readonly items: readonly ShownEvent[] }
    if (items.some((event) => event.reason === reason)) return true
    await sleep(300)
  }
  return (await droppedEvents(world)) > dropped
}

async function droppedEvents(world: World): Promise<number> {
  const text = await (await fetch(world.operator.metricsUrl)).text()
  return Number(/^ironherd_events_dropped_total(?:\{\})? (\d+)/m.exec(text)?.[1] ?? 0)
}

export async function remove(world: World, manifest: Manifest, limitSeconds = 60): Promise<void> {
  const what = [manifest.kind.toLowerCase(), manifest.metadata.name, '-n', manifest.metadata.namespace ?? namespace]
  const args = ['delete', ...what, '--ignore-not-found', `--timeout=${String(limitSeconds)}s`]
  const outcome = await world.lab.kube.kubectl(args)
  if (outcome.code !== 0) throw new Error(outcome.stderr)
}

export const situationHeader = '| situation | reason | kind | what was said | changed on hosts |\n|---|---|---|---|---|'

export function situationRow({ name, answer, changed, meanwhile, wrong }: Told): string {
  const none = meanwhile === '' ? 'nothing' : meanwhile
  const changes = changed.length === 0 ? none : cell(changed.join(', '))
  const failed = wrong.length === 0 ? '' : ` **${cell(wrong.join('; '))}**`
  const kind = isReason(answer.reason) ? reasons[answer.reason].kind : ''
  return `| ${name} | ${answer.reason} | ${kind} | ${cell(answer.words)}${failed} | ${changes} |`
}

function isReason(text: string): text is ReasonCode {
  return Object.hasOwn(reasons, text)
}

export function cell(words: string): string {
  return tableCell(words.slice(0, 300))
}
