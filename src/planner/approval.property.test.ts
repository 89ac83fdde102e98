import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Approval, PlanPolicy } from '../model/approval.ts'
import { stepKey } from '../model/approval.ts'
import type { Action, Decision, Risk, Step, Wave } from '../model/step.ts'
import { carriedOut, gate, weigh } from './approval.ts'
import { makePlan, makeStep } from './steps.ts'

const policies = ['ApproveDisruptive', 'ApproveAll'] as const

/** A step of member `m<member>`: what it writes or restarts for is `target`. */
interface Draw {
  readonly member: number
  readonly risk: Risk
  readonly target: number
}

const draw: fc.Arbitrary<Draw> = fc.record({
  member: fc.integer({ min: 1, max: 4 }),
  risk: fc.constantFrom<Risk>('none', 'none', 'none', 'restart', 'outage', 'data'),
  target: fc.integer({ min: 0, max: 3 }),
})

function stepOf({ member, risk, target }: Draw): Step {
  const unit = `u${member}.service`
  const file = { path: `/f${target}`, content: '', mode: '640', owner: 'r', group: 'r', secret: false, restart: true }
  const action: Action =
    risk === 'none' ? { verb: 'WriteFile', file } : { verb: 'RestartUnit', unit, files: `${target}` }
  return makeStep(`h${member}`, `m${member}`, action, 'because', { risk })
}

/** A plan of all, of which a random part is the wave of this pass; some restart turns out to be that of a leader. */
function decisionOf(draws: readonly Draw[], inWave: readonly boolean[], leads: boolean): Decision {
  const steps = [...new Map(draws.map((one) => stepOf(one)).map((step) => [step.id, step])).values()]
  const plan = makePlan([{ disruptive: true, steps }])
  const chosen = steps.filter((_, index) => inWave[index % Math.max(1, inWave.length)] === true)
  const turned = chosen.map((step) =>
    leads && step.risk === 'restart' ? { ...step, risk: 'leaderChange' as const } : step,
  )
  const run: Wave | undefined = turned.length === 0 ? undefined : { disruptive: true, steps: turned }
  return {
    ...(plan === undefined ? {} : { plan }),
    ...(run === undefined ? {} : { run }),
    problems: [],
    held: [],
  }
}

const decision = fc
  .tuple(fc.array(draw, { maxLength: 12 }), fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([draws, inWave, leads]) => decisionOf(draws, inWave, leads))
const policy = fc.constantFrom<PlanPolicy>(...policies)

function planned({ plan }: Decision): readonly Step[] {
  return (plan?.waves ?? []).flatMap((wave) => wave.steps)
}

function disrupted(given: Decision): ReadonlySet<string> {
  return new Set(planned(given).flatMap((step) => (step.risk === 'none' ? [] : [step.member])))
}

/** Written beside the gate, from the words of the policy alone. */
function needsApproval(step: Step, given: Decision, by: PlanPolicy): boolean {
  return by === 'ApproveAll' || disrupted(given).has(step.member)
}

const runs = { numRuns: 500 }

describe('whatever is planned', () => {
  test('nothing that needs approval runs without, and everything else does', () => {
    fc.assert(
      fc.property(decision, policy, (given, by) => {
        const ran = gate(given, by, new Set()).run?.steps ?? []
        expect(ran).toEqual((given.run?.steps ?? []).filter((step) => !needsApproval(step, given, by)))
      }),
      runs,
    )
  })

  test('Automatic keeps nothing back and lets nothing wait', () => {
    fc.assert(
      fc.property(decision, (given) => {
        const gated = gate(given, 'Automatic', new Set())
        expect(gated.run?.steps).toEqual(given.run?.steps)
        expect(gated.pending).toBeUndefined()
      }),
      runs,
    )
  })

  test('what is shown as waiting is all that needs approval, and its approval runs the whole wave', () => {
    fc.assert(
      fc.property(decision, policy, (given, by) => {
        const { pending } = gate(given, by, new Set())
        const wanted = planned(given).filter((step) => needsApproval(step, given, by))
        expect((pending?.steps ?? []).map(({ id }) => id)).toEqual(wanted.map(({ id }) => id))
        const after = weigh({ decision: given, policy: by, named: pending?.hash ?? '' })
        expect(after.run?.steps).toEqual(given.run?.steps)
        expect(after.pending).toBeUndefined()
      }),
      runs,
    )
  })

  test('of a member with one step that is not approved, none that needed approval runs', () => {
    fc.assert(
      fc.property(decision, policy, fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }), (given, by, some) => {
        const keys = planned(given)
          .map(stepKey)
          .filter((_, index) => some[index % some.length] === true)
        const approved = new Set(keys)
        const ran = gate(given, by, approved).run?.steps ?? []
        for (const step of ran.filter((one) => needsApproval(one, given, by))) {
          const own = planned(given).filter(({ member }) => member === step.member)
          expect(own.filter((one) => !approved.has(stepKey(one)))).toEqual([])
        }
      }),
      runs,
    )
  })

  test('a plan that gained or altered a step that needs approval is not approved by its old hash', () => {
    fc.assert(
      fc.property(decision, decision, policy, (read, now, by) => {
        const old = gate(read, by, new Set()).pending
        const wanted = (given: Decision) =>
          planned(given)
            .filter((step) => needsApproval(step, given, by))
            .map(stepKey)
            .sort()
            .join()
        const same = wanted(read) === wanted(now)
        const weighed = weigh({ decision: now, policy: by, named: old?.hash ?? '' })
        if (old === undefined) expect(weighed.said).toBe('none')
        else expect(weighed.said).toBe(same ? 'counted' : 'changed')
        if (!same) expect(weighed.run).toEqual(gate(now, by, new Set()).run)
      }),
      runs,
    )
  })

  test('an approval holds while the plan shrinks, to its last step, and no longer', () => {
    fc.assert(
      fc.property(decision, policy, fc.array(fc.nat(), { maxLength: 12 }), (given, by, order) => {
        const named = gate(given, by, new Set()).pending?.hash
        if (named === undefined) return
        let left = planned(given)
        let { approval } = weigh({ decision: given, policy: by, named })
        for (const pick of [...order, ...left.map(() => 0)]) {
          const next = left[pick % Math.max(1, left.length)]
          if (next === undefined || approval === undefined) break
          const plan = makePlan([{ disruptive: true, steps: left }])
          const now: Decision = {
            ...(plan && { plan }),
            run: { disruptive: true, steps: [next] },
            problems: [],
            held: [],
          }
          const weighed = weigh({ decision: now, policy: by, named, approval })
          expect(weighed.run?.steps).toEqual([next])
          left = left.filter(({ id }) => id !== next.id)
          approval = carriedOut(weighed.approval ?? approval, [next])
        }
        expect(
          approval?.keys.filter((key) => planned(given).some((step) => stepKey(step) === key && left.includes(step))),
        ).toEqual(approval?.keys)
      }),
      runs,
    )
  })
})

/** What happens in a race between somebody who changes the spec and somebody who reads and approves. */
type Turn =
  | { readonly does: 'pass' | 'read' | 'approve' | 'withdraw' }
  | { readonly does: 'change'; readonly draw: Draw }

const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ does: 'pass' } as const) },
  { weight: 2, arbitrary: fc.constant({ does: 'read' } as const) },
  { weight: 3, arbitrary: fc.constant({ does: 'approve' } as const) },
  { weight: 1, arbitrary: fc.constant({ does: 'withdraw' } as const) },
  { weight: 3, arbitrary: draw.map((one) => ({ does: 'change', draw: one }) as const) },
)

test('across any number of changes raced against approval, only steps run that somebody had read before approving', () => {
  let gatedRuns = 0
  fc.assert(
    fc.property(fc.array(turn, { minLength: 60, maxLength: 250 }), policy, (turns, by) => {
      let wanted = new Map<string, Step>()
      let shown: { readonly hash: string; readonly keys: ReadonlySet<string> } | undefined
      let read: typeof shown
      let named = ''
      let approval: Approval | undefined
      /** Everything that was on the page whose hash somebody gave. */
      let agreed: ReadonlySet<string> = new Set()
      for (const now of turns) {
        if (now.does === 'change') {
          const step = stepOf(now.draw)
          // Another target for the same member takes the place of the one before.
          const others = [...wanted].filter(
            ([, other]) => other.member !== step.member || (other.risk === 'none') !== (step.risk === 'none'),
          )
          wanted = new Map([...others, [step.id, step]])
        } else if (now.does === 'read') read = shown
        else if (now.does === 'withdraw') named = ''
        else if (now.does === 'approve' && read !== undefined) {
          named = read.hash
          agreed = read.keys
        } else if (now.does === 'pass') {
          const steps = [...wanted.values()]
          const given: Decision = {
            ...(steps.length === 0
              ? {}
              : { plan: makePlan([{ disruptive: true, steps }]), run: { disruptive: true, steps } }),
            problems: [],
            held: [],
          } as Decision
          const weighed = weigh({ decision: given, policy: by, named, ...(approval === undefined ? {} : { approval }) })
          const ran = weighed.run?.steps ?? []
          for (const step of ran.filter((one) => needsApproval(one, given, by))) {
            gatedRuns += 1
            expect([named !== '', agreed.has(stepKey(step))]).toEqual([true, true])
          }
          for (const { id } of ran) wanted.delete(id)
          approval = weighed.approval === undefined ? undefined : carriedOut(weighed.approval, ran)
          const { pending } = weighed
          shown = pending === undefined ? undefined : { hash: pending.hash, keys: new Set(pending.steps.map(stepKey)) }
        }
      }
    }),
    { numRuns: 300 },
  )
  // The race is run by both sides.
  expect(gatedRuns).toBeGreaterThan(300)
})

test('steps that were approved and done once are not run a second time by the same word', () => {
  const step = stepOf({ member: 1, risk: 'restart', target: 1 })
  const given = decisionOf([{ member: 1, risk: 'restart', target: 1 }], [true], false)
  const named = gate(given, 'ApproveAll', new Set()).pending?.hash ?? ''
  const first = weigh({ decision: given, policy: 'ApproveAll', named })
  expect([first.said, first.run?.steps.length]).toEqual(['counted', 1])
  const left = carriedOut(first.approval ?? { hash: '', keys: [] }, [step])
  const again = weigh({ decision: given, policy: 'ApproveAll', named, approval: left })
  expect([again.said, again.run]).toEqual(['spent', undefined])
})

test('a host that goes out of sight for a while does not take the approval of its steps away', () => {
  const both = [{ member: 1, risk: 'restart', target: 1 } as const, { member: 2, risk: 'restart', target: 1 } as const]
  const given = decisionOf(both, [true], false)
  const named = gate(given, 'ApproveAll', new Set()).pending?.hash ?? ''
  const { approval } = weigh({ decision: given, policy: 'ApproveAll', named })
  if (approval === undefined) throw new Error('it was not counted')
  const unseen: Decision = {
    ...decisionOf(both.slice(0, 1), [true], false),
    problems: [{ code: 'Unreachable', message: 'no route', host: 'h2' }],
  }
  const blind = weigh({ decision: unseen, policy: 'ApproveAll', named, approval })
  expect(blind.approval?.keys).toHaveLength(2)
  const seen = weigh({ decision: decisionOf(both.slice(0, 1), [true], false), policy: 'ApproveAll', named, approval })
  expect(seen.approval?.keys).toHaveLength(1)
})

test('a restart that was approved may turn out to be that of the leader, and nothing worse', () => {
  const given = decisionOf([{ member: 1, risk: 'restart', target: 1 }], [true], false)
  const named = gate(given, 'ApproveDisruptive', new Set()).pending?.hash ?? ''
  for (const [risk, count] of [
    ['leaderChange', 1],
    ['outage', 0],
    ['data', 0],
  ] as const) {
    const turned = planned(given).map((step) => ({ ...step, risk }))
    const now: Decision = { ...given, run: { disruptive: true, steps: turned } }
    const { run } = weigh({ decision: now, policy: 'ApproveDisruptive', named })
    expect([risk, run?.steps.length ?? 0]).toEqual([risk, count])
  }
})
