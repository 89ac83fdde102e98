import { planBounds } from '../api/cluster-plan.ts'
import type { PendingPlan } from '../model/approval.ts'
import type { Fact } from '../model/fact.ts'
import type { FleetFacts } from '../model/facts.ts'
import { answerOn } from '../model/facts.ts'
import type { DesiredFile, Member } from '../model/member.ts'
import type { FileAnswer, Question } from '../model/question.ts'
import type { Step } from '../model/step.ts'
import type { Context } from './context.ts'
import type { Pass } from './controller.ts'
import type { Sight } from './look.ts'
import { lookAtHost } from './look.ts'
import type { FileChange, Remembered } from './memory.ts'

type Changes = NonNullable<Remembered['changes']>

/** A file that would be written. */
interface Write {
  readonly host: string
  readonly file: DesiredFile
  /** Why its content is not shown; undefined: it is. */
  readonly hidden?: string
}

/**
 * How the files of a plan that waits would change. What stands in them is asked of the hosts in a look of its own, once
 * for each hash: a pass in which nothing waits, or in which the same waits as before, asks for no content.
 */
export async function changesOf(
  context: Context,
  namespace: string,
  pending: PendingPlan,
  members: readonly Member[],
  sight: Sight,
  pass: Pass,
): Promise<Changes> {
  const all = writesOf(pending.steps, members)
  const writes = all.slice(0, planBounds.files)
  const facts = await contents(context, namespace, writes, sight, pass)
  let room: number = planBounds.diffs
  const files = writes.map((write): FileChange => {
    const whole = changeOf(context, write, facts)
    const change = bounded(whole, Math.min(planBounds.diff, room))
    room -= change.length
    return { host: write.host, path: write.file.path, change }
  })
  const shown = files.filter(({ change }) => change !== '')
  return { hash: pending.hash, files: shown, more: all.length - shown.length }
}

function writesOf(steps: readonly Step[], members: readonly Member[]): readonly Write[] {
  return steps.flatMap(({ action, host, member }): readonly Write[] => {
    if (action.verb !== 'WriteFile') return []
    const { file } = action
    if (file.secret) return [{ host, file, hidden: 'content not shown: it is secret' }]
    const owner = members.find(({ id }) => id === member)
    if (owner !== undefined && isOwnPlace(file.path, owner)) return [{ host, file }]
    // What stands there may have come from a Secret, before the spec named a ConfigMap for the same path.
    return [{ host, file, hidden: 'content not shown: it is a file of the user, whose former content may be secret' }]
  })
}

/** Where only configuration stands that ironherd itself makes of the spec. */
function isOwnPlace(path: string, { unit }: Member): boolean {
  const stem = unit.name.replace(/\.service$/, '')
  return path === unit.path || path.startsWith(`/etc/ironherd/${stem}/`) || path.startsWith('/var/lib/ironherd/')
}

const mostBytes = 32_768

function contentQuestion(path: string): Extract<Question, { ask: 'file' }> {
  return { ask: 'file', path, content: mostBytes }
}

/** Only what is to be shown and stands there is asked for. */
async function contents(
  context: Context,
  namespace: string,
  writes: readonly Write[],
  sight: Sight,
  pass: Pass,
): Promise<FleetFacts> {
  const wanted = writes.filter((write) => write.hidden === undefined)
  const byHost = Map.groupBy(wanted, ({ host }) => host)
  const questions = [...byHost].map(
    ([host, list]) => [`${namespace}/${host}`, list.map(({ file }) => contentQuestion(file.path))] as const,
  )
  if (questions.length === 0) return {}
  const owner = `${pass.key} plan`
  context.looks.register(owner, Object.fromEntries(questions))
  try {
    const seen = await Promise.all(
      [...byHost.keys()].flatMap((host) => {
        const target = sight.targets[host]
        if (target === undefined) return []
        return lookAtHost(context, target, owner, context.now(), pass.signal).then((facts) => [host, facts] as const)
      }),
    )
    return Object.fromEntries(seen)
  } finally {
    context.looks.register(owner, {})
  }
}

function changeOf(context: Context, { file, hidden, host }: Write, facts: FleetFacts): string {
  if (hidden !== undefined) return hidden
  const answer: Fact<FileAnswer> = answerOn(facts, host, contentQuestion(file.path))
  if (answer.state === 'unknown') return `what stands there could not be seen: ${answer.why}`
  if (answer.state === 'known' && answer.value.content === undefined) {
    return answer.value.kind === 'file'
      ? `what stands there has ${answer.value.size} bytes, which is too much to be shown`
      : `a ${answer.value.kind} stands there`
  }
  const before = answer.state === 'known' ? (answer.value.content ?? '') : ''
  const diff = context.ports.diff(before, file.content)
  return diff === '' ? `the content stays; owner and mode become ${file.owner}:${file.group} ${file.mode}` : diff
}

/** Whole lines; '' when there is no room for anything. */
function bounded(text: string, most: number): string {
  if (text.length <= most) return text
  const note = '\n... and more that is not shown'
  if (most <= note.length) return ''
  const part = text.slice(0, most - note.length)
  return part.slice(0, Math.max(part.lastIndexOf('\n'), 0)) + note
}
