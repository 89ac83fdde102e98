import { absent } from '../../src/model/fact.ts'
import type { Step } from '../../src/model/step.ts'
import { memberMutants } from './mutants-members.ts'
import {
  allFilesOf,
  assessing,
  changing,
  changingAnswers,
  decided,
  deciding,
  expanding,
  judgedAnew,
  marked,
  onClusters,
  repairing,
  unbounded,
  withGroups,
  withoutGuard,
  withoutIdentity,
  withoutPermit,
} from './planting.ts'
import type { Mutant } from './world.ts'

/** Bugs that are planted for the proof that the simulation sees them. Each takes away one thing that keeps data or service. */
export const mutants: readonly Mutant[] = [
  withoutGuard('Mounted'),
  withoutGuard('UnitNotRunning'),
  withoutGuard('DirectoryEmpty'),
  withoutGuard('OwnFile'),
  withoutGuard('SameProcess'),
  withoutGuard('SameList'),
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
  deciding('what a server says of its list is not asked', ({ assessment, ...input }) => {
    const { otherwise: _, ...others } = assessment
    return { ...input, assessment: others }
  }),
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
  onClusters('an ensemble changes at once, and not by stages', ({ cluster }) => ({
    ...cluster,
    expand: (input) => cluster.expand({ ...input, standing: [], unseen: [] }),
  })),
  {
    name: 'an approval counts whatever hash it names',
    engine: (engine) => ({
      ...engine,
      weigh: (input) => {
        const { pending } = engine.weigh({ ...input, named: '' })
        return input.named === '' || pending === undefined
          ? engine.weigh(input)
          : engine.weigh({ ...input, named: pending.hash })
      },
    }),
  },
  {
    name: 'only restarts wait for approval',
    engine: (engine) => ({
      ...engine,
      weigh: (input) =>
        input.policy === 'ApproveAll' ? engine.weigh({ ...input, policy: 'ApproveDisruptive' }) : engine.weigh(input),
    }),
  },
  {
    name: 'what is deleted is purged, whatever the policy',
    engine: (engine) => ({ ...engine, decideRelease: (input) => engine.decideRelease({ ...input, policy: 'Purge' }) }),
  },
  {
    name: 'a host that is not seen does not hold a deletion up',
    engine: (engine) => ({
      ...engine,
      decideRelease: (input) => ({ ...engine.decideRelease(input), problems: [] }),
    }),
  },
  {
    name: 'a server is started before the one of its number is stopped',
    engine: (engine) => ({
      ...engine,
      decide: (input) =>
        engine.decide({
          ...input,
          expansion: {
            ...input.expansion,
            leaving: input.expansion.leaving.map(({ member }) => ({ member })),
          },
        }),
    }),
  },
  {
    name: 'the epoch is not compared',
    machine: (machine) => Object.defineProperty(machine, 'epoch', { get: () => 0, set: () => undefined }),
  },
  {
    name: 'a fence is neither seen nor heeded',
    machine: (machine) => Object.assign(machine.fences, { has: () => false }),
    facts: changingAnswers((fact, key) => (key.includes('/var/lib/ironherd/fences/') ? absent : fact)),
  },
  ...memberMutants,
]
