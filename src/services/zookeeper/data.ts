import type { Fact } from '../../model/fact.ts'
import { valueOf } from '../../model/fact.ts'
import type { FleetFacts } from '../../model/facts.ts'
import { answerOn } from '../../model/facts.ts'
import type { Place } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import type { DirectoryAnswer, FileAnswer } from '../../model/question.ts'

/** Where one server keeps what. */
export interface DataPlaces {
  readonly dataDir: string
  /** '' when transaction logs are kept in the data directory. */
  readonly dataLogDir: string
  /** version-2 of both, the data directory's first. */
  readonly trees: readonly string[]
  /** Beside the transaction logs: there ZooKeeper looks for it. */
  readonly marker: string
  readonly record: string
  readonly identity: string
}

/**
 * data: it holds what it had. empty: nothing was ever written, or all is gone. leftovers: only epoch files, as a server
 * writes that was started empty and without the marker (runbook §1.3). halved: logs without a snapshot, or a snapshot
 * whose log directory is gone: it would not start, or vote with less than it had acknowledged.
 */
export type DataState = 'data' | 'empty' | 'leftovers' | 'halved' | 'unknown'

export interface DataView {
  readonly member: Member
  readonly places: DataPlaces
  readonly state: DataState
  readonly detail: string
  /** Trees that stand there with something in them. */
  readonly filled: readonly string[]
  /** Trees that stand there, empty or not. */
  readonly standing: readonly string[]
  readonly marker: 'present' | 'absent' | 'unknown'
  /** ironherd once allowed its first start. */
  readonly allowed: boolean
  /** ironherd once started it, or allowed it. */
  readonly ours: boolean
}

function placesOf(member: Member): DataPlaces {
  const stem = member.unit.name.replace(/\.service$/, '')
  const dataDir = member.identity.dataDir ?? ''
  const dataLogDir = member.identity.dataLogDir ?? ''
  const bases = dataLogDir === '' ? [dataDir] : [dataDir, dataLogDir]
  return {
    dataDir,
    dataLogDir,
    trees: bases.map((base) => `${base}/version-2`),
    marker: `${dataLogDir === '' ? dataDir : dataLogDir}/initialize`,
    record: `/var/lib/ironherd/members/${stem}.first-start`,
    identity: `/var/lib/ironherd/members/${stem}.json`,
  }
}

/** ls lists at most so many names (model/question.ts); `snapshot.…` sorts behind `log.…` and may be cut off. */
const listingBound = 200

export function viewData(member: Member, facts: FleetFacts): DataView {
  const places = placesOf(member)
  const file = (path: string): Fact<FileAnswer> => answerOn(facts, member.host, { ask: 'file', path })
  const record = file(places.record)
  const identity = file(places.identity)
  const marker = file(places.marker).state
  const found = lookAtTrees(member, places, facts)
  const unseen = [record, identity].find((answer) => answer.state === 'unknown')
  return {
    member,
    places,
    ...(unseen?.state === 'unknown' ? { ...found, state: 'unknown', detail: unseen.why } : found),
    marker: marker === 'known' ? 'present' : marker,
    allowed: record.state === 'known',
    // A start takes the marker away: data beside it was put there by somebody after it had been allowed.
    ours: identity.state === 'known' || (record.state === 'known' && marker === 'absent'),
  }
}

function lookAtTrees(
  member: Member,
  places: DataPlaces,
  facts: FleetFacts,
): Pick<DataView, 'state' | 'detail' | 'filled' | 'standing'> {
  const nothing = { filled: [], standing: [] }
  const look = (path: string) => answerOn(facts, member.host, { ask: 'directory', path })
  for (const directory of member.directories) {
    const { mount } = directory
    if (mount === undefined) continue
    const answer = look(mount)
    if (answer.state === 'unknown') return { state: 'unknown', detail: answer.why, ...nothing }
    if (valueOf(answer)?.mount !== mount) {
      return { state: 'unknown', detail: `nothing is mounted at ${mount}`, ...nothing }
    }
  }
  const trees = places.trees.map((path) => ({ path, answer: look(path) }))
  for (const { path, answer } of trees) {
    if (answer.state === 'unknown') return { state: 'unknown', detail: answer.why, ...nothing }
    if (answer.state === 'known' && answer.value.kind !== 'directory') {
      return { state: 'unknown', detail: `${path} is not a directory (${answer.value.kind})`, ...nothing }
    }
  }
  const standing = trees.filter(({ answer }) => answer.state === 'known').map(({ path }) => path)
  const filled = trees.filter(({ answer }) => entriesOf(answer).length > 0).map(({ path }) => path)
  const entries = trees.map(({ answer }) => entriesOf(answer))
  const { state, detail } = judge(entries, standing.length === trees.length)
  return { state, detail, filled, standing }
}

function entriesOf(answer: Fact<DirectoryAnswer>): readonly string[] {
  return valueOf(answer)?.entries ?? []
}

function judge(
  trees: readonly (readonly string[])[],
  allStand: boolean,
): { readonly state: DataState; readonly detail: string } {
  const [snapshotTree = []] = trees
  const names = trees.flat()
  const logs = names.filter((name) => name.startsWith('log.')).length
  const snapshots = snapshotTree.filter((name) => name.startsWith('snapshot.')).length
  const cut = snapshotTree.length >= listingBound && logs > 0
  if (snapshots > 0 || cut) {
    if (allStand) return { state: 'data', detail: `${snapshots} snapshots, ${logs} logs` }
    return { state: 'halved', detail: `${snapshots} snapshots, but the directory of the transaction logs is gone` }
  }
  if (logs > 0) return { state: 'halved', detail: `${logs} transaction logs, but no snapshot` }
  if (names.length > 0) return { state: 'leftovers', detail: `only ${names.slice(0, 4).join(', ')}` }
  return { state: 'empty', detail: 'no snapshot, no log' }
}

/** As evidence for a permit: leftovers are no data, half of the data is. */
export function placeOf(view: DataView): Place {
  const states = {
    data: 'holdsData',
    halved: 'holdsData',
    empty: 'empty',
    leftovers: 'empty',
    unknown: 'unknown',
  } as const
  return { host: view.member.host, path: view.places.dataDir, state: states[view.state], detail: view.detail }
}
