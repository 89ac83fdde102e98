import type { ClusterBinding } from '../../src/control/engine.ts'
import type { Fact } from '../../src/model/fact.ts'
import type { HostFacts, MachineFacts } from '../../src/model/facts.ts'
import type { Assessment, Health } from '../../src/model/health.ts'
import { quorumOf } from '../../src/model/health.ts'
import type { Expansion, Repair } from '../../src/model/kind.ts'
import type { Group, Member } from '../../src/model/member.ts'
import type { DecideInput } from '../../src/model/planning.ts'
import type { Answer } from '../../src/model/question.ts'
import type { Decision, Guard, Step } from '../../src/model/step.ts'
import type { Mutant } from './world.ts'

/** How a bug is planted: each of these changes one value on its way. */

export const unbounded = { kind: 'MaxUnavailable', count: 99 } as const

export function withoutGuard(kind: Guard['guard']): Mutant {
  const bare = (step: Step): Step => ({ ...step, guards: step.guards.filter(({ guard }) => guard !== kind) })
  return {
    name: `the guard ${kind} is taken off every step`,
    engine: (engine) => ({
      ...engine,
      decide: (input) => mapSteps(engine.decide(input), bare),
      decideRelease: (input) => mapSteps(engine.decideRelease(input), bare),
    }),
  }
}

export function mapSteps(decision: Decision, change: (step: Step) => Step): Decision {
  return decision.run === undefined
    ? decision
    : { ...decision, run: { ...decision.run, steps: decision.run.steps.map(change) } }
}

export function deciding(name: string, change: (input: DecideInput) => DecideInput): Mutant {
  return { name, engine: (engine) => ({ ...engine, decide: (input) => engine.decide(change(input)) }) }
}

export function decided(name: string, change: (decision: Decision) => Decision): Mutant {
  return { name, engine: (engine) => ({ ...engine, decide: (input) => change(engine.decide(input)) }) }
}

export function withGroups(change: (group: Group) => Group): (input: DecideInput) => DecideInput {
  return (input) => ({ ...input, expansion: { ...input.expansion, groups: input.expansion.groups.map(change) } })
}

export function withoutPermit({ permit: _, ...repair }: Repair): Repair {
  return repair
}

export function withoutIdentity(member: Member): Member {
  return { ...member, identity: {} }
}

export function judgedAnew(
  assessment: Assessment,
  change: (verdict: Health['verdict']) => Health['verdict'],
): Assessment {
  const health = Object.fromEntries(
    Object.entries(assessment.health).map(([id, one]) => [id, { ...one, verdict: change(one.verdict) }]),
  )
  const all = Object.values(health)
  const serving = all.filter(({ verdict }) => verdict === 'serving').length
  return {
    ...assessment,
    health,
    ...(assessment.quorum === undefined ? {} : { quorum: quorumOf(all.length, serving) }),
  }
}

export function changing(change: (facts: MachineFacts) => MachineFacts): (facts: HostFacts) => HostFacts {
  return (facts) => (facts.state === 'known' ? { state: 'known', value: change(facts.value) } : facts)
}

export function changingAnswers(
  change: (fact: Fact<Answer>, key: string) => Fact<Answer>,
): (facts: HostFacts) => HostFacts {
  return changing((facts) => ({
    ...facts,
    answers: Object.fromEntries(Object.entries(facts.answers).map(([key, fact]) => [key, change(fact, key)])),
  }))
}

/** Whatever stands in a directory that was listed. */
export function allFilesOf({ answers, ownFiles }: MachineFacts): Readonly<Record<string, string>> {
  const found = Object.entries(answers).flatMap(([key, fact]) =>
    key.startsWith('directory ') && fact.state === 'known' && 'entries' in fact.value
      ? fact.value.entries.map((name) => [`${key.slice('directory '.length)}/${name}`, 'x'] as const)
      : [],
  )
  return { ...Object.fromEntries(found), ...ownFiles }
}

export function onClusters(name: string, change: (binding: ClusterBinding) => ClusterBinding['cluster']): Mutant {
  return { name, clusters: (bindings) => bindings.map((binding) => ({ ...binding, cluster: change(binding) })) }
}

export function repairing(name: string, change: (repair: Repair, member: Member) => Repair): Mutant {
  return onClusters(name, ({ cluster }) => ({
    ...cluster,
    repairs: (expansion, ...rest) =>
      cluster.repairs(expansion, ...rest).map((repair) => {
        const member = expansion.members.find(({ id }) => id === repair.member)
        return member === undefined ? repair : change(repair, member)
      }),
  }))
}

export function marked(repair: Repair, { identity, unit, user }: Member): Repair {
  const record = `/var/lib/ironherd/members/${unit.name.replace(/\.service$/, '')}.first-start`
  const path = `${identity['dataDir'] ?? ''}/initialize`
  const marker = { path, owner: user.name, group: user.group }
  const action = { verb: 'MarkFirstStart', record, marker } as const
  return { ...repair, actions: [...repair.actions, { action, risk: 'none', guards: [] }] }
}

export function expanding(name: string, change: (text: string) => string): Mutant {
  const known = new WeakMap<Expansion, Expansion>()
  return onClusters(name, ({ cluster }) => ({
    ...cluster,
    expand(input) {
      const expanded = cluster.expand(input)
      if ('problems' in expanded) return expanded
      const found = known.get(expanded) ?? {
        ...expanded,
        members: expanded.members.map((member) => ({
          ...member,
          files: member.files.map((file) => ({ ...file, content: change(file.content) })),
        })),
      }
      known.set(expanded, found)
      return found
    },
  }))
}

export function assessing(name: string, change: (assessment: Assessment) => Assessment): Mutant {
  return onClusters(name, ({ cluster }) => ({ ...cluster, assess: (...input) => change(cluster.assess(...input)) }))
}
