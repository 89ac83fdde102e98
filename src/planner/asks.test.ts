import { describe, expect, test } from 'vitest'
import { assessmentOf, fleet, input, machine, member, members, stale } from '../../test/unit/builders.ts'
import type { PlanPolicy } from '../model/approval.ts'
import { stepKey } from '../model/approval.ts'
import type { HostFacts } from '../model/facts.ts'
import type { Telling } from '../model/health.ts'
import type { Decision } from '../model/step.ts'
import { gate, weigh } from './approval.ts'
import { decide } from './decide.ts'

const three = members(3)
const tool = { home: '/h', config: '/c', user: 'u', group: 'u', unit: 't.service', timeoutSeconds: 9 }
const asks: Telling = {
  member: 'zookeeper-1',
  host: 'm1',
  action: { verb: 'RollUpgrade', tool, what: 'finalize', from: '1', to: '2' },
  reason: 'all run 2',
  risk: 'destructive',
  guards: [],
}

function decided(asked: Telling = asks, hosts: Readonly<Record<string, HostFacts>> = {}): Decision {
  return decide(input(three, { assessment: { ...assessmentOf(three), asks: asked }, facts: fleet(three, hosts) }))
}

const older = { m1: machine([member(1)], { changes: stale(member(1)) }) }
const verbs = (wave: Decision['run']) => (wave?.steps ?? []).map(({ action, host }) => `${host} ${action.verb}`)
const all = ['Automatic', 'ApproveDisruptive', 'ApproveAll'] as const

describe('what a person is asked', () => {
  test('is planned, and done when nothing else is left', () => {
    expect(verbs(decided().run)).toEqual(['m1 RollUpgrade'])
    expect(verbs(decided(asks, older).run)).toEqual(['m1 RestartUnit'])
    expect(verbs(decided({ ...asks, waits: 'a block is missing' }).run)).toEqual([])
    expect(decided({ ...asks, waits: 'a block is missing' }).plan?.waves).toHaveLength(1)
  })

  test.each<PlanPolicy>(all)('waits for him under %s', (policy) => {
    const { pending, run, waiting } = gate(decided(), policy, new Set())
    expect([run, waiting]).toEqual([undefined, []])
    expect(pending?.steps.map(({ action }) => action.verb)).toEqual(['RollUpgrade'])
  })

  test.each<PlanPolicy>(all)('is done by its hash under %s, and once', (policy) => {
    const decision = decided()
    const { pending } = gate(decision, policy, new Set())
    const named = pending?.hash ?? ''
    const counted = weigh({ decision, policy, named })
    expect([counted.said, verbs(counted.run)]).toEqual(['counted', ['m1 RollUpgrade']])
    const approval = { hash: named, keys: [] }
    expect(weigh({ decision, policy, named, approval })).toMatchObject({ said: 'spent' })
  })

  test('keeps nobody from work on the member on whose host it is done', () => {
    const decision = decided(asks, older)
    expect(verbs(gate(decision, 'Automatic', new Set()).run)).toEqual(['m1 RestartUnit'])
    const restart = (decision.run?.steps ?? []).map(stepKey)
    expect(verbs(gate(decision, 'ApproveDisruptive', new Set(restart)).run)).toEqual(['m1 RestartUnit'])
  })

  test('is not done by an approval of other work on that member', () => {
    const decision = decided(asks, older)
    const restart = new Set((decision.run?.steps ?? []).map(stepKey))
    const later = { ...decision, run: { disruptive: true, steps: decided().run?.steps ?? [] } }
    for (const policy of all) expect(gate(later, policy, restart).run).toBeUndefined()
  })
})
