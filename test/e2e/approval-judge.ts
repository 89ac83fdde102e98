// Whether what hosts record of a change agrees with what a person was shown and had approved by then. Pure.
import { createHash } from 'node:crypto'

export interface JournalEntry {
  /** Of the host, ms since 1970. All hosts of a lab and the tests have one clock. */
  readonly at: number
  readonly host: string
  readonly state: string
  readonly member: string
  readonly verb: string
  readonly id: string
}

/** A step as a ClusterPlan shows it. */
export interface ShownStep {
  readonly host: string
  readonly member: string
  readonly verb: string
  readonly target: string
  readonly risk: string
}

export interface Round {
  readonly policy: 'ApproveDisruptive' | 'ApproveAll'
  /** Hashes that were named, each with the moment before that was sent. */
  readonly named: readonly { readonly hash: string; readonly sentAt: number }[]
  /** What a ClusterPlan showed under each hash. */
  readonly shown: ReadonlyMap<string, readonly ShownStep[]>
  /** What ironherd wrote down as approved when it counted a hash: `ID RISK` of each step. In the order of counting. */
  readonly counted: ReadonlyMap<string, readonly string[]>
  /** All that the hosts noted since the round began. */
  readonly journal: readonly JournalEntry[]
  /** Processes that are not those of before, each with its start as systemd knows it, ms since 1970; 0: it does not run. */
  readonly changed: readonly { readonly host: string; readonly unit: string; readonly startedAt: number }[]
  /** The round ended with a cluster that has nothing left to do. */
  readonly settled: boolean
  /** The spec was put back to what it was: what was approved before that need not be run any more. */
  readonly takenBack: boolean
}

/** Verbs that neither start nor stop a process nor touch data. */
const harmless = ['WriteFile', 'ReloadUnits']

/** Sentences of what is wrong; none: nothing ran but what was approved, and all that was. */
export function judge(round: Round): readonly string[] {
  return [...wrongRecords(round), ...unapproved(round), ...wrongRuns(round), ...strangeProcesses(round)]
}

function wrongRecords({ counted, named, shown }: Round): readonly string[] {
  return [...counted].flatMap(([hash, keys]) => {
    const short = hash.slice(0, 12)
    const wrong: string[] = []
    if (!named.some((one) => one.hash === hash)) wrong.push(`${short} was counted, which nobody has named`)
    const digest = createHash('sha256')
      .update([...new Set(keys)].sort().join('\n'))
      .digest('hex')
    if (digest !== hash) wrong.push(`${short}: the steps that were counted are not those of the hash`)
    const steps = shown.get(hash)
    if (steps === undefined) wrong.push(`${short} was counted, which no plan showed`)
    else if (steps.length !== keys.length)
      wrong.push(`${short}: ${String(steps.length)} steps were shown, ${String(keys.length)} were counted`)
    return wrong
  })
}

/** The hashes that had been named when it was noted, were counted, and stand for this step. */
function coverOf({ counted, named, shown }: Round, entry: JournalEntry): readonly string[] {
  return [...counted]
    .filter(([hash, keys]) => {
      const word = named.find((one) => one.hash === hash)
      if (word === undefined || word.sentAt > entry.at) return false
      return keys.some((key) => key.startsWith(`${entry.id} `)) && (shown.get(hash) ?? []).some((s) => isOf(s, entry))
    })
    .map(([hash]) => hash)
}

function isOf(step: ShownStep, entry: JournalEntry): boolean {
  return step.host === entry.host && step.member === entry.member && step.verb === entry.verb
}

function unapproved(round: Round): readonly string[] {
  return round.journal
    .filter((entry) => coverOf(round, entry).length === 0)
    .filter((entry) => round.policy === 'ApproveAll' || !isFree(round, entry))
    .map((entry) => `${entry.host}: ${entry.verb} of ${entry.member} (${entry.state}) without an approval`)
}

/**
 * Harmless, and in no plan that was approved: a note of what a process was started with, or a file that is put back to what
 * its process runs with. What stood in a plan waited for its approval, harmless or not.
 */
function isFree({ counted }: Round, { id, verb }: JournalEntry): boolean {
  const everAsked = [...counted.values()].some((keys) => keys.some((key) => key.startsWith(`${id} `)))
  return harmless.includes(verb) && !everAsked
}

function wrongRuns(round: Round): readonly string[] {
  const { counted, journal, settled, shown, takenBack } = round
  const done = journal.filter(({ state }) => state === 'done')
  const wrong: string[] = []
  for (const id of new Set(done.map((entry) => entry.id))) {
    const runs = done.filter((entry) => entry.id === id)
    const words = [...counted.values()].filter((keys) => keys.some((key) => key.startsWith(`${id} `))).length
    const [{ host, member, verb } = { host: '', member: '', verb: '' }] = runs
    const counts = round.policy === 'ApproveAll' || !harmless.includes(verb)
    if (counts && words > 0 && runs.length > words)
      wrong.push(`${host}: ${verb} of ${member} was run ${String(runs.length)} times, approved ${String(words)} times`)
  }
  const last = [...counted.keys()].at(-1)
  if (last === undefined) return wrong
  const own = done.filter((entry) => coverOf(round, entry).includes(last))
  const steps = shown.get(last) ?? []
  if (settled && !takenBack)
    for (const step of steps)
      if (!own.some((entry) => isOf(step, entry)))
        wrong.push(`${step.host}: ${step.verb} of ${step.member} was approved last and was not run`)
  for (const member of new Set(own.map((entry) => entry.member))) {
    const all = own.filter((entry) => entry.member === member).sort((a, b) => a.at - b.at)
    // A harmless one may come again, to put a file back.
    const ran = all.filter(({ id }, index) => all.findIndex((other) => other.id === id) === index)
    const order = steps.filter((step) => step.member === member).map(({ verb }) => verb)
    if (
      !isSubsequence(
        ran.map(({ verb }) => verb),
        order,
      )
    )
      wrong.push(`${member}: shown as ${order.join(', ')}, run as ${ran.map(({ verb }) => verb).join(', ')}`)
  }
  return wrong
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0
  for (const word of whole) if (part[at] === word) at++
  return at === part.length
}

/** By systemd's own word: no process that nobody approved, and none before the first approval. */
function strangeProcesses({ changed, counted, named, shown }: Round): readonly string[] {
  const words = named.filter(({ hash }) => counted.has(hash))
  const first = Math.min(...words.map(({ sentAt }) => sentAt))
  return changed.flatMap(({ host, startedAt, unit }) => {
    const steps = words.flatMap(({ hash }) => shown.get(hash) ?? [])
    const meant = steps.some((step) => step.host === host && step.target === unit && step.verb === 'RestartUnit')
    if (!meant) return [`${host}: ${unit} has another process, and its restart was not approved`]
    return startedAt < first ? [`${host}: ${unit} was started before anything was approved`] : []
  })
}
