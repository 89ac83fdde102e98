import { failoverDefaults, fencingDefaults, type HdfsSpec } from '../../api/hdfs.ts'
import type { ExpandInput, Expansion } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import type { HighAvailability, NameNodePlace } from '../../services/hdfs-common/context.ts'
import { fencingKey } from './fencing.ts'
import type { JournalPlaces } from './journal-stage.ts'

type Input = ExpandInput<HdfsSpec>

export interface Availability {
  /** Missing: the form is simple, or something is wrong. */
  readonly ha?: HighAvailability
  readonly upstream: Expansion['upstream']
  readonly problems: readonly Problem[]
}

/** What the NameNodes need to take over from each other. `told`: where all others look for them. */
export function highAvailability(input: Input, journals: JournalPlaces, told: readonly NameNodePlace[]): Availability {
  const { spec } = input.object
  const { failover = failoverDefaults, fencing = fencingDefaults, journalNodes } = spec
  if (journalNodes === undefined) return { upstream: [], problems: [] }
  const ensemble = ensembleOf(input)
  const { key, problems } = fencingKey(fencing, input.secrets)
  if ('problem' in ensemble) return { upstream: [], problems: [ensemble.problem, ...problems] }
  const ha: HighAvailability = {
    journalNodes,
    journals: journals.now,
    journalsWay: { begins: journals.begins, passes: journals.passes },
    failover,
    fencing,
    zookeeper: ensemble.connect,
    ...(key === undefined ? {} : { fencingKey: key }),
    provenOff: provenOff(told, input.standing),
  }
  return { ha, upstream: ensemble.upstream, problems }
}

/** A machine that answers is not off, whatever is said of it: it leaves the list before anything else is done there. */
function provenOff(told: readonly NameNodePlace[], standing: Input['standing']): readonly NameNodePlace[] {
  const seen = new Set(standing.flatMap(({ host, seen: answers }) => (answers ? [host] : [])))
  return told.filter(({ host }) => host.lost && !seen.has(host.name))
}

type Ensemble = { readonly connect: string; readonly upstream: Expansion['upstream'] } | { readonly problem: Problem }

function ensembleOf({ object, offers }: Input): Ensemble {
  const { zookeeperConnect, zookeeperRef } = object.spec
  // Nobody here can say whether a foreign ensemble serves: the failover controllers will.
  if (zookeeperRef === undefined) return { connect: zookeeperConnect ?? '', upstream: [] }
  const name = `ZookeeperCluster/${zookeeperRef.name}`
  const offer = offers[name]
  if (offer !== undefined) {
    return { connect: offer.connect, upstream: [{ name, available: offer.available, why: offer.why }] }
  }
  const field = 'spec.zookeeperRef'
  const message = `${field}: there is no ${name} in the namespace; create it, or correct the name`
  return { problem: problem('ReferenceNotFound', message, { field }) }
}
