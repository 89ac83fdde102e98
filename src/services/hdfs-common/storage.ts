import type { Fact } from '../../model/fact.ts'
import { valueOf } from '../../model/fact.ts'
import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Place } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import type { DirectoryAnswer } from '../../model/question.ts'
import type { StorageQuestions } from './questions.ts'
import { parseVersion, type VersionFile } from './version-file.ts'

/** A listing ends after so many names (model/question.ts): nothing follows from what is not in a longer one. */
const listingBound = 200

/**
 * One storage directory of Hadoop, by its disk alone. empty: proven to hold nothing. leftovers: no data, but what a daemon or a
 * tool leaves that was cut off (a lock file, an empty `current`), which makes Hadoop refuse a format. versioned: VERSION tells
 * whose it is. other: there is something, and nothing tells whose.
 */
export interface StorageView {
  readonly host: string
  readonly path: string
  readonly state: 'empty' | 'leftovers' | 'versioned' | 'other' | 'unknown'
  readonly detail: string
  readonly version?: VersionFile
  /** When VERSION was written, ms since the epoch. */
  readonly writtenAt?: number
  /** Names in `current`, as far as they were listed. */
  readonly names: readonly string[]
  readonly cut: boolean
  /** Names beside `current`, where nothing tells whose they are. */
  readonly beside?: readonly string[]
}

export function lookAtStorage(member: Member, questions: StorageQuestions, facts: FleetFacts): StorageView {
  const { host } = member
  const { path } = questions.root
  const say = (state: StorageView['state'], detail: string, more: Partial<StorageView> = {}): StorageView => ({
    host,
    path,
    state,
    detail,
    names: [],
    cut: false,
    ...more,
  })
  const unmounted = whyNotMounted(member, path, facts)
  if (unmounted !== undefined) return say('unknown', unmounted)
  const root = answerOn(facts, host, questions.root)
  const current = answerOn(facts, host, questions.current)
  const version = answerOn(facts, host, questions.version)
  for (const answer of [root, current, version]) if (answer.state === 'unknown') return say('unknown', answer.why)
  for (const [answer, name] of [
    [root, path],
    [current, questions.current.path],
  ] as const) {
    if (answer.state === 'known' && answer.value.kind !== 'directory') {
      return say('unknown', `${name} is not a directory (${answer.value.kind})`)
    }
  }
  const names = entriesOf(current)
  const seen = { names, cut: names.length >= listingBound }
  if (version.state === 'known') {
    const parsed = version.value.content === undefined ? undefined : parseVersion(version.value.content)
    if (parsed === undefined) return say('other', 'VERSION cannot be read as one', seen)
    return say('versioned', `VERSION names cluster ${parsed.clusterId}`, {
      ...seen,
      version: parsed,
      writtenAt: version.value.modifiedAt,
    })
  }
  // The three were not looked at in one instant.
  if (names.includes('VERSION')) return say('unknown', 'VERSION was written while it was looked at', seen)
  const others = entriesOf(root).filter((name) => name !== 'current' && name !== 'in_use.lock')
  if (names.length + others.length > 0) {
    const some = [...names, ...others].slice(0, 4).join(', ')
    return say('other', `no VERSION, but ${some}`, { ...seen, beside: others })
  }
  if (entriesOf(root).length > 0)
    return say('leftovers', `only ${entriesOf(root).join(', ')}, with nothing in it`, seen)
  return say('empty', root.state === 'known' ? 'it is empty' : 'it does not exist', seen)
}

function entriesOf(answer: Fact<DirectoryAnswer>): readonly string[] {
  return valueOf(answer)?.entries ?? []
}

/** A disk that is not mounted is not an empty one. */
function whyNotMounted(member: Member, path: string, facts: FleetFacts): string | undefined {
  const own = member.directories.find((directory) => path === directory.path || path.startsWith(`${directory.path}/`))
  const mount = own?.mount
  if (mount === undefined) return undefined
  const answer = answerOn(facts, member.host, { ask: 'directory', path: mount })
  if (answer.state === 'unknown') return answer.why
  return valueOf(answer)?.mount === mount ? undefined : `nothing is mounted at ${mount}`
}

/** Nothing in it was ever of use to anybody. */
export function isVacant({ state }: StorageView): boolean {
  return state === 'empty' || state === 'leftovers'
}

export function placeOf(view: StorageView, empty = isVacant(view)): Place {
  const state = view.state === 'unknown' ? 'unknown' : empty ? 'empty' : 'holdsData'
  return { host: view.host, path: view.path, state, detail: view.detail }
}
