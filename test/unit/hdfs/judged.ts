import { assessHdfs } from '../../../src/clusters/hdfs/assess.ts'
import { hdfsRepairs } from '../../../src/clusters/hdfs/repairs.ts'
import type { FleetFacts } from '../../../src/model/facts.ts'
import type { Expansion, Repair } from '../../../src/model/kind.ts'
import { judge } from '../../../src/planner/permits.ts'
import { factsOf, now, type World } from './machines.ts'

export const dangerous = [
  'FormatNameNode',
  'BootstrapStandby',
  'FormatFailover',
  'SeedJournal',
  'InitializeSharedEdits',
] as const

export interface Judged {
  readonly cause: string
  readonly verbs: string
  /** now: its steps are run. never: refused. later: it waits. */
  readonly when: 'now' | 'refused' | 'later'
  readonly why: string
}

export function judged(repair: Repair): Judged {
  const verbs = repair.actions.map(({ action }) => action.verb).join(' ')
  const base = { cause: repair.cause, verbs }
  if (repair.refused !== undefined) return { ...base, when: 'refused', why: repair.refused }
  if (repair.waits !== undefined) return { ...base, when: 'later', why: repair.waits }
  const permit = repair.permit === undefined ? undefined : judge(repair.permit)
  if (permit?.granted === false) return { ...base, when: 'refused', why: permit.why }
  return { ...base, when: 'now', why: permit?.evidence ?? '' }
}

export function seen(expansion: Expansion, world: World, since?: Readonly<Record<string, number>>) {
  return seenIn(expansion, factsOf(expansion, world), since)
}

export function seenIn(expansion: Expansion, facts: FleetFacts, since?: Readonly<Record<string, number>>) {
  const assessment = assessHdfs(expansion, facts, now)
  const repairs = hdfsRepairs(expansion, facts, assessment, now, since)
  /** Of one member, without `hdfs-`. */
  const of = (word: string): readonly Judged[] => repairs.filter(({ member }) => member === `hdfs-${word}`).map(judged)
  return { assessment, repairs, of, granted: grantedIn(repairs) }
}

/** Verbs of Hadoop that would be run now, by member. */
export function grantedIn(repairs: readonly Repair[]): readonly string[] {
  return repairs
    .filter((repair) => judged(repair).when === 'now')
    .flatMap((repair) =>
      repair.actions
        .filter(({ action }) => dangerous.some((verb) => verb === action.verb))
        .map(({ action }) => `${action.verb} ${repair.member}`),
    )
}
