import type { ClusterBinding } from '../../src/control/engine.ts'
import type { Fact } from '../../src/model/fact.ts'
import { absent } from '../../src/model/fact.ts'
import type { HostFacts, MachineFacts } from '../../src/model/facts.ts'
import type { Assessment, Health } from '../../src/model/health.ts'
import { quorumOf } from '../../src/model/health.ts'
import type { Expansion, Repair } from '../../src/model/kind.ts'
import type { Group, Member } from '../../src/model/member.ts'
import type { DecideInput } from '../../src/model/planning.ts'
import type { Answer } from '../../src/model/question.ts'
import type { Decision, Guard, Step } from '../../src/model/step.ts'
import type { Mutant } from './world.ts'

/** Bugs that are planted for the proof that the simulation sees them. Each takes away one thing that keeps data or service. */
export const mutants: readonly Mutant[] = [
  withoutGuard('Mounted'),
  withoutGuard('UnitNotRunning'),
  withoutGuard('DirectoryEmpty'),
  withoutGuard('OwnFile'),
  deciding('every permit is granted', (input) => ({ ...input, repairs: input.repairs.map(withoutPermit) })),
  deciding(
    'the budget of a quorum is ignored',
    withGroups((group) => ({ ...group, budget: unbounded })),
  ),
  deciding('the budget of workers is ignored', (input) =>
    input.object.kind === 'SparkCluster' ? withGroups((group) => ({ ...group, budget: unbounded }))(input) : input,
  ),
  deciding(
    'the breaker is ignored',
    withGroups((group) => ({ ...group, breaker: 99 })),
  ),
  deciding('the leader is like any other', ({ assessment, ...input }) => {
    const { leader: _, ...others } = assessment
    return { ...input, assessment: others }
  }),
  deciding('one that starts counts as serving', ({ assessment, ...input }) => ({
    ...input,
    assessment: judgedAnew(assessment, (verdict) => (verdict === 'starting' ? 'serving' : verdict)),
  })),
  deciding('one that is not seen counts as serving', ({ assessment, ...input }) => ({
    ...input,
    assessment: judgedAnew(assessment, (verdict) => (verdict === 'unknown' ? 'serving' : verdict)),
  })),
  deciding('identity is not looked at', (input) => ({
    ...input,
    expansion: { ...input.expansion, members: input.expansion.members.map(withoutIdentity) },
  })),
  decided('two waves are run at once', (decision) => {
    const steps = (decision.plan?.waves ?? []).flatMap((wave) => wave.steps)
    return steps.length === 0 ? decision : { ...decision, run: { disruptive: true, steps } }
  }),
  decided('a process that runs with older files is left alone', (decision) => {
    const rest = (steps: readonly Step[]) => steps.filter(({ action }) => action.verb !== 'RestartUnit')
    const waves = (decision.plan?.waves ?? [])
      .map((wave) => ({ ...wave, steps: rest(wave.steps) }))
      .filter((wave) => wave.steps.length > 0)
    const { plan: _plan, run: _run, ...told } = decision
    return decision.plan === undefined || waves.length === 0
      ? told
      : {
          ...decision,
          plan: { ...decision.plan, waves },
          ...(decision.run === undefined ? {} : { run: { ...decision.run, steps: rest(decision.run.steps) } }),
        }
  }),
  {
    name: 'disruptions of other clusters are not asked for',
    engine: (engine) => ({
      ...engine,
      disruptionsOf: () => [],
      decide: (input) => engine.decide({ ...input, disruptions: [] }),
    }),
  },
  {
    name: 'what is not known is taken for absent',
    facts: changingAnswers((fact) => (fact.state === 'unknown' ? absent : fact)),
  },
  {
    name: 'every file is taken for ironherd’s own',
    facts: changing((facts) => ({ ...facts, ownFiles: allFilesOf(facts) })),
  },
  repairing('the marker of the first start is written for an emptied server', (repair, member) =>
    repair.cause === 'ZookeeperDataWiped' ? marked(repair, member) : repair,
  ),
  expanding('an emptied server may vote', (text) => text.replace(' -Dzookeeper.db.autocreate=false', '')),
  assessing('everybody is said to serve', (assessment) => judgedAnew(assessment, () => 'serving')),
  {
    name: 'the epoch is not compared',
    machine: (machine) => Object.defineProperty(machine, 'epoch', { get: () => 0, set: () => undefined }),
  },
  {
    name: 'a fence is neither seen nor heeded',
    machine: (machine) => Object.assign(machine.fences, { has: () => false }),
    facts: changingAnswers((fact, key) => (key.includes('/var/lib/ironherd/fences/') ? absent : fact)),
  },
]

const unbounded = { kind: 'MaxUnavailable', count: 99 } as const

function withoutGuard(kind: Guard['guard']): Mutant {
  return {
    name: `the guard ${kind} is taken off every step`,
    engine: (engine) => ({
      ...engine,
      decide: (input) =>
        mapSteps(engine.decide(input), (step) => ({
          ...step,
          guards: step.guards.filter(({ guard }) => guard !== kind),
        })),
    }),
  }
}

function mapSteps(decision: Decision, change: (step: Step) => Step): Decision {
  return decision.run === undefined
    ? decision
    : { ...decision, run: { ...decision.run, steps: decision.run.steps.map(change) } }
}

function deciding(name: string, change: (input: DecideInput) => DecideInput): Mutant {
  return { name, engine: (engine) => ({ ...engine, decide: (input) => engine.decide(change(input)) }) }
}

function decided(name: string, change: (decision: Decision) => Decision): Mutant {
  return { name, engine: (engine) => ({ ...engine, decide: (input) => change(engine.decide(input)) }) }
}

function withGroups(change: (group: Group) => Group): (input: DecideInput) => DecideInput {
  return (input) => ({ ...input, expansion: { ...input.expansion, groups: input.expansion.groups.map(change) } })
}

function withoutPermit({ permit: _, ...repair }: Repair): Repair {
  return repair
}

function withoutIdentity(member: Member): Member {
  return { ...member, identity: {} }
}

function judgedAnew(assessment: Assessment, change: (verdict: Health['verdict']) => Health['verdict']): Assessment {
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

function changing(change: (facts: MachineFacts) => MachineFacts): (facts: HostFacts) => HostFacts {
  return (facts) => (facts.state === 'known' ? { state: 'known', value: change(facts.value) } : facts)
}

function changingAnswers(change: (fact: Fact<Answer>, key: string) => Fact<Answer>): (facts: HostFacts) => HostFacts {
  return changing((facts) => ({
    ...facts,
    answers: Object.fromEntries(Object.entries(facts.answers).map(([key, fact]) => [key, change(fact, key)])),
  }))
}

/** Whatever stands in a directory that was listed. */
function allFilesOf({ answers, ownFiles }: MachineFacts): Readonly<Record<string, string>> {
  const found = Object.entries(answers).flatMap(([key, fact]) =>
    key.startsWith('directory ') && fact.state === 'known' && 'entries' in fact.value
      ? fact.value.entries.map((name) => [`${key.slice('directory '.length)}/${name}`, 'x'] as const)
      : [],
  )
  return { ...Object.fromEntries(found), ...ownFiles }
}

function onClusters(name: string, change: (binding: ClusterBinding) => ClusterBinding['cluster']): Mutant {
  return { name, clusters: (bindings) => bindings.map((binding) => ({ ...binding, cluster: change(binding) })) }
}

function repairing(name: string, change: (repair: Repair, member: Member) => Repair): Mutant {
  return onClusters(name, ({ cluster }) => ({
    ...cluster,
    repairs: (expansion, ...rest) =>
      cluster.repairs(expansion, ...rest).map((repair) => {
        const member = expansion.members.find(({ id }) => id === repair.member)
        return member === undefined ? repair : change(repair, member)
      }),
  }))
}

function marked(repair: Repair, { identity, unit, user }: Member): Repair {
  const record = `/var/lib/ironherd/members/${unit.name.replace(/\.service$/, '')}.first-start`
  const path = `${identity['dataDir'] ?? ''}/initialize`
  const action = { verb: 'MarkFirstStart', path, record, owner: user.name, group: user.group } as const
  return { ...repair, actions: [...repair.actions, { action, risk: 'none', guards: [] }] }
}

function expanding(name: string, change: (text: string) => string): Mutant {
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

function assessing(name: string, change: (assessment: Assessment) => Assessment): Mutant {
  return onClusters(name, ({ cluster }) => ({ ...cluster, assess: (...input) => change(cluster.assess(...input)) }))
}
