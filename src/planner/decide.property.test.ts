import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  assessmentOf,
  bareMachine,
  type Changes,
  expansionOf,
  fleet,
  input,
  lost,
  machine,
  member,
  members,
  quorumGroup,
  repairOf,
  stale,
  stopped,
} from '../../test/unit/builders.ts'
import { absent } from '../model/fact.ts'
import type { HostFacts } from '../model/facts.ts'
import type { Health } from '../model/health.ts'
import { quorumOf } from '../model/health.ts'
import type { Group, Member } from '../model/member.ts'
import type { DecideInput } from '../model/planning.ts'
import type { Step } from '../model/step.ts'
import { decide } from './decide.ts'

/** How one member's host and process are in a random world. */
interface Draw {
  readonly host: 'asDeclared' | 'stale' | 'stopped' | 'edited' | 'bare' | 'lost'
  readonly verdict: Health['verdict']
  readonly repair: 'none' | 'restart' | 'quiet' | 'refused'
}

const draw: fc.Arbitrary<Draw> = fc.record({
  host: fc.constantFrom('asDeclared', 'asDeclared', 'stale', 'stale', 'stopped', 'edited', 'bare', 'lost'),
  verdict: fc.constantFrom('serving', 'serving', 'serving', 'unhealthy', 'starting', 'waiting', 'stopped', 'unknown'),
  repair: fc.constantFrom('none', 'none', 'none', 'restart', 'quiet', 'refused'),
})

interface World {
  readonly draws: readonly Draw[]
  readonly quorum: boolean
  readonly most: number
  readonly breaker: number
  readonly leader: number
}

const world: fc.Arbitrary<World> = fc.record({
  draws: fc.array(draw, { minLength: 1, maxLength: 7 }),
  quorum: fc.boolean(),
  most: fc.integer({ min: 1, max: 3 }),
  breaker: fc.integer({ min: 0, max: 7 }),
  leader: fc.integer({ min: 1, max: 7 }),
})

function hostOf(one: Member, { host }: Draw): HostFacts {
  const edited: Changes = [[{ ask: 'file', path: one.files[0]?.path ?? '' }, absent]]
  switch (host) {
    case 'asDeclared':
      return machine([one])
    case 'stale':
      return machine([one], { changes: stale(one) })
    case 'stopped':
      return machine([one], { changes: stopped(one) })
    case 'edited':
      return machine([one], { changes: edited })
    case 'bare':
      return bareMachine([one])
    case 'lost':
      return lost(one.host)
  }
}

function repairsOf(one: Member, { repair }: Draw): DecideInput['repairs'] {
  const place = { host: one.host, path: '/data/zk', state: 'unknown', detail: '' } as const
  const step = (verb: 'RestartUnit' | 'StopUnit', risk: Step['risk']) =>
    ({ action: { verb, unit: one.unit.name }, risk, guards: [] }) as const
  switch (repair) {
    case 'none':
      return []
    case 'restart':
      return [repairOf(one, { actions: [step('RestartUnit', 'restart')], disruptive: true })]
    case 'quiet':
      return [repairOf(one, { actions: [{ action: { verb: 'ReloadUnits' }, risk: 'none', guards: [] }] })]
    case 'refused':
      return [
        repairOf(one, {
          actions: [{ action: { verb: 'MoveAside', path: '/data/zk/x' }, risk: 'data', guards: [] }],
          permit: { rule: 'EveryPlaceEmpty', verb: 'x', places: [place] },
          holdsStart: true,
        }),
      ]
  }
}

function inputOf({ draws, quorum, most, breaker, leader }: World): DecideInput {
  const list = members(draws.length)
  const drawn = (one: Member) => draws[list.indexOf(one)] ?? { host: 'lost', verdict: 'unknown', repair: 'none' }
  const verdicts = Object.fromEntries(list.map((one) => [one.id, drawn(one).verdict]))
  const group: Group = quorum
    ? { ...quorumGroup, breaker }
    : { ...quorumGroup, breaker, budget: { kind: 'MaxUnavailable', count: most } }
  return input(list, {
    expansion: expansionOf(list, { groups: [group] }),
    facts: fleet(list, Object.fromEntries(list.map((one) => [one.host, hostOf(one, drawn(one))]))),
    assessment: assessmentOf(list, verdicts, `zookeeper-${leader}`),
    repairs: list.flatMap((one) => repairsOf(one, drawn(one))),
  })
}

/** Members that the wave takes down though they serve, or may. */
function takenDown(steps: readonly Step[], given: DecideInput): readonly string[] {
  const down = steps.filter(({ action }) => action.verb === 'RestartUnit' || action.verb === 'StopUnit')
  return [...new Set(down.map((step) => step.member))].filter((id) => {
    const verdict = given.assessment.health[id]?.verdict
    return verdict === 'serving' || verdict === 'unknown'
  })
}

const runs = { numRuns: 250 }

describe('in any world', () => {
  test('a wave never takes a quorum that serves below its majority, nor more than one member of it', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const given = inputOf({ ...drawn, quorum: true })
        const taken = takenDown(decide(given).run?.steps ?? [], given)
        const voters = given.expansion.members.length
        const serving = Object.values(given.assessment.health).filter(({ verdict }) => verdict === 'serving').length
        expect(taken.length).toBeLessThanOrEqual(1)
        // One, and two on the way to three, cannot go without an outage.
        if (taken.length > 0 && voters > 2) expect(quorumOf(voters, serving - 1).margin).toBeGreaterThanOrEqual(0)
      }),
      runs,
    )
  })

  test('a wave never leaves more members down than MaxUnavailable allows, where that many serve', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const given = inputOf({ ...drawn, quorum: false })
        const taken = takenDown(decide(given).run?.steps ?? [], given)
        const idle = Object.values(given.assessment.health).filter(({ verdict }) => verdict !== 'serving').length
        if (taken.length > 0 && given.expansion.members.length > 1) {
          expect(taken.length + idle).toBeLessThanOrEqual(drawn.most)
        }
      }),
      runs,
    )
  })

  test('a member that may serve and is not seen to is never taken down', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const given = inputOf(drawn)
        const unknown = takenDown(decide(given).run?.steps ?? [], given).filter(
          (id) => given.assessment.health[id]?.verdict === 'unknown',
        )
        expect(unknown).toEqual([])
      }),
      runs,
    )
  })

  test('no step is planned on a host that was not seen, and no data is touched without a permit', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const given = inputOf(drawn)
        const steps = (decide(given).plan?.waves ?? []).flatMap((wave) => wave.steps)
        for (const step of steps) {
          expect(given.facts[step.host]?.state).toBe('known')
          expect(step.action.verb).not.toBe('MoveAside')
        }
      }),
      runs,
    )
  })

  test('what is run is a part of what is planned', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const { plan, run } = decide(inputOf(drawn))
        const planned = new Set((plan?.waves ?? []).flatMap((wave) => wave.steps.map(({ id }) => id)))
        for (const step of run?.steps ?? []) expect(planned.has(step.id)).toBe(true)
      }),
      runs,
    )
  })

  test('the breaker lets nobody be restarted while more are ill than it allows', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const given = inputOf(drawn)
        const ill = Object.values(given.assessment.health).filter(({ verdict }) =>
          ['unhealthy', 'unknown'].includes(verdict),
        )
        const steps = decide(given).run?.steps ?? []
        if (ill.length > drawn.breaker) expect(steps.map(({ action }) => action.verb)).not.toContain('RestartUnit')
      }),
      runs,
    )
  })

  test('deciding twice gives the same, and another order of members the same plan', () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 0, max: 6 }), (drawn, turn) => {
        const given = inputOf(drawn)
        const frozen = structuredClone(given)
        expect(decide(given)).toEqual(decide(frozen))
        expect(given).toEqual(frozen)
        const list = given.expansion.members
        const turned = [...list.slice(turn % list.length), ...list.slice(0, turn % list.length)].reverse()
        const other = decide({ ...given, expansion: { ...given.expansion, members: turned } })
        expect(other.plan?.hash).toBe(decide(given).plan?.hash)
      }),
      runs,
    )
  })

  test('the hash of a plan does not depend on times, evidence or who leads', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const given = inputOf(drawn)
        const later = { ...given, now: given.now + 3_600_000 }
        const retold = given.repairs.map((repair) => ({ ...repair, evidence: 'in other words' }))
        const { leader: _, ...leaderless } = given.assessment
        const hash = decide(given).plan?.hash
        expect(decide({ ...later, repairs: retold, assessment: leaderless }).plan?.hash).toBe(hash)
      }),
      runs,
    )
  })

  test('a world as declared has no plan, however many members and whoever leads', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const settled = drawn.draws.map((): Draw => ({ host: 'asDeclared', verdict: 'serving', repair: 'none' }))
        expect(decide(inputOf({ ...drawn, draws: settled }))).toEqual({ problems: [], held: [] })
      }),
      { numRuns: 50 },
    )
  })
})

test('a leader is restarted only when nobody else is left to do', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 5 }),
      (wanted, leader) => {
        const list = members(5)
        const hosts = Object.fromEntries(
          wanted.map((number) => [`m${number}`, machine([member(number)], { changes: stale(member(number)) })]),
        )
        const decision = decide(
          input(list, { facts: fleet(list, hosts), assessment: assessmentOf(list, {}, `zookeeper-${leader}`) }),
        )
        const restarted = decision.run?.steps.map((step) => [step.member, step.risk])
        const only = wanted.length === 1 && wanted[0] === leader
        expect(restarted).toHaveLength(1)
        expect(restarted?.[0]?.[0] === `zookeeper-${leader}`).toBe(only)
        expect(restarted?.[0]?.[1]).toBe(only ? 'leaderChange' : 'restart')
      },
    ),
  )
})
