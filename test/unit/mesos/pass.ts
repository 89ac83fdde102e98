import { mesos } from '../../../src/clusters/mesos/kind.ts'
import { known } from '../../../src/model/fact.ts'
import type { FleetFacts } from '../../../src/model/facts.ts'
import type { Expansion } from '../../../src/model/kind.ts'
import type { Member } from '../../../src/model/member.ts'
import type { ObjectKey } from '../../../src/model/object.ts'
import type { Decision } from '../../../src/model/step.ts'
import { decide } from '../../../src/planner/decide.ts'
import { bareMachine, type Changes, machine } from '../builders.ts'
import { now } from './fixture.ts'
import { factsOf, type Machine, wellSet } from './machines.ts'

const object: ObjectKey = { kind: 'MesosCluster', namespace: 'data', name: 'main' }

interface World {
  readonly machines?: Readonly<Record<string, Machine>>
  /** Hosts on which nothing stands yet. */
  readonly bare?: boolean
  /** By member: what of ironherd's own things on its host is otherwise than declared. */
  readonly changes?: (member: Member) => Changes
  readonly since?: Readonly<Record<string, number>>
}

/** One pass over hosts on which the members stand as declared, and are as `machines` says. */
export function pass(
  expansion: Expansion,
  { bare = false, changes = () => [], machines = wellSet, since }: World = {},
): Decision {
  const said = factsOf(expansion, machines)
  const facts: FleetFacts = Object.fromEntries(
    expansion.members.map((member) => {
      const more = changes(member)
      const stands = bare ? bareMachine([member], more) : machine([member], { owner: object, changes: more })
      const seen = said[member.host]
      if (stands.state !== 'known' || seen?.state !== 'known') return [member.host, seen ?? stands]
      return [member.host, known({ ...stands.value, answers: { ...stands.value.answers, ...seen.value.answers } })]
    }),
  )
  const assessment = mesos.assess(expansion, facts, now)
  return decide({
    object,
    createdAt: '2026-01-01T00:00:00Z',
    expansion,
    facts,
    assessment,
    repairs: mesos.repairs(expansion, facts, assessment, now, since),
    claims: [],
    disruptions: [],
    now,
  })
}
