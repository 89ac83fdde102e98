// The table of docs/changes.md and the plans below it. Pure.
import type { LastingResult } from '../world/lasting-job.ts'
import type { ReadPlan } from './approver.ts'
import type { Change } from './changes.ts'

export const changeHeader =
  '| change | took, s | longest wait, s | writes | plans shown, and what they said would be started, stopped, restarted, moved | steps | what was | the job |\n|---|---|---|---|---|---|---|---|'

export interface ChangeRow {
  readonly tookMs: number
  /** Missing: the ensemble itself went or came. */
  readonly client?: { readonly longestMs: number; readonly writes: number }
  readonly plans: readonly ReadPlan[]
  /** `time host member verb` of the hosts' journals. */
  readonly steps: readonly string[]
  readonly job: string
}

export function changeRow(name: string, { client, job, plans, steps, tookMs }: ChangeRow): string {
  const acts = steps.flatMap((line) => {
    const [, host = '', member = '', verb = ''] = line.split(' ')
    const word = words[verb]
    return word === undefined ? [] : [act(member, word, host)]
  })
  const cells = [
    name,
    seconds(tookMs),
    client === undefined ? '–' : seconds(client.longestMs),
    client === undefined ? '–' : String(client.writes),
    plans.length === 0 ? 'none' : plans.map(planText).join('<br>'),
    String(steps.length),
    acts.join('; ') || 'nothing',
    job,
  ]
  return `| ${cells.join(' | ')} |`
}

const words: Readonly<Record<string, string>> = {
  StartUnit: 'start',
  StopUnit: 'stop',
  RestartUnit: 'restart',
  MoveAside: 'data aside',
  DrainUnit: 'drain',
  ReconfigEnsemble: 'reconfig',
}

function planText({ status }: ReadPlan): string {
  const all = status.steps ?? []
  const acts = all.flatMap(({ host, member, verb }) => {
    const word = words[verb]
    return word === undefined ? [] : [act(member, word, host)]
  })
  const rest = (status.stepCount ?? 0) - acts.length
  const then = (status.stages ?? []).map((stage) => `, then ${stage}`).join('')
  return `\`${status.shortHash ?? ''}\` ${[...acts, ...(rest > 0 ? [`${String(rest)} more steps`] : [])].join('; ')}${then}`
}

/** The host is in the name of many members. */
function act(member: string, word: string, host: string): string {
  return member.endsWith(host) ? `${member} ${word}` : `${member} ${word} (${host})`
}

/** Each plan as a list of its steps, with the reasons that were shown. */
export function planPages(name: string, plans: readonly ReadPlan[]): readonly string[] {
  if (plans.length === 0) return []
  return [
    `\n### ${name}`,
    ...plans.flatMap(({ name: plan, status }) => {
      const quorum = status.quorum
      const margin =
        quorum === undefined ? '' : `, margin ${String(quorum.marginBefore)} → ${String(quorum.marginAfter)}`
      const files = (status.files ?? []).map(({ host, path }) => `\n  ${host}:${path}`).join('')
      return [
        `\n\`${plan}\` \`${status.shortHash ?? ''}\`: ${String(status.stepCount)} steps, risk ${status.risk ?? ''}${margin}\n`,
        ...(status.steps ?? []).map(
          ({ host, member, reason, risk, target, verb }) =>
            `* ${host} ${member}: ${verb} \`${target}\` (${risk}): ${reason}`,
        ),
        ...(files === '' ? [] : [`* files that differ:${files}`]),
      ]
    }),
  ]
}

export function jobText(kind: Change['job'], result: LastingResult | undefined, workers: readonly string[]): string {
  if (result === undefined) {
    if (kind === 'around') return 'one before, one after: right'
    return kind === 'after' ? 'one after: right' : 'none'
  }
  const { executors, kept, lost, rounds } = result
  const replaced = lost.length === 0 ? '' : `; lost: ${lost.join(', ')}`
  return `right (${String(rounds)} rounds), ${String(kept)} of ${String(executors)} executors the same processes${replaced}${workers.length === 0 ? '' : `; workers by the leader: ${workers.join(', ')}`}`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
