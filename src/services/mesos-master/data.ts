import type { FleetFacts } from '../../model/facts.ts'
import { answerOn } from '../../model/facts.ts'
import type { Place } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import { logDirectory } from './probe.ts'

/** What a master's disk holds of the registry: leveldb's files, or none. Whether they count, only the running master says. */
export interface LogView {
  readonly path: string
  readonly state: 'files' | 'empty' | 'unknown'
  readonly detail: string
  /** That ironherd allowed its first start: stands on its host. */
  readonly allowed: 'yes' | 'no' | 'unknown'
}

export function viewLog(member: Member, facts: FleetFacts): LogView {
  const path = logDirectory(member.rules?.['workDir'] ?? '')
  const record = answerOn(facts, member.host, { ask: 'file', path: member.rules?.['firstStartRecord'] ?? '' })
  const allowed = record.state === 'unknown' ? 'unknown' : record.state === 'known' ? 'yes' : 'no'
  const say = (state: LogView['state'], detail: string): LogView => ({ path, state, detail, allowed })
  const unmounted = whyNotMounted(member, facts)
  if (unmounted !== undefined) return say('unknown', unmounted)
  const answer = answerOn(facts, member.host, { ask: 'directory', path })
  if (answer.state === 'unknown') return say('unknown', answer.why)
  if (answer.state === 'absent') return say('empty', 'it does not exist')
  if (answer.value.kind !== 'directory') return say('unknown', `it is not a directory (${answer.value.kind})`)
  const { entries } = answer.value
  return entries.length === 0 ? say('empty', 'it is empty') : say('files', `it holds ${entries.slice(0, 4).join(', ')}`)
}

/** A disk that is not mounted is not an empty one. */
function whyNotMounted(member: Member, facts: FleetFacts): string | undefined {
  const { mount } = member.directories.find(({ path }) => path === member.rules?.['workDir']) ?? {}
  if (mount === undefined) return undefined
  const answer = answerOn(facts, member.host, { ask: 'directory', path: mount })
  if (answer.state === 'unknown') return answer.why
  const stands = answer.state === 'known' && answer.value.mount === mount
  return stands ? undefined : `nothing is mounted at ${mount}`
}

/** As evidence for a permit. */
export function placeOf({ host }: Member, { detail, path, state }: LogView): Place {
  return { host, path, state: state === 'files' ? 'holdsData' : state, detail }
}
