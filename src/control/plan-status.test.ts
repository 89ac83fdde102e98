import { describe, expect, test } from 'vitest'
import { mostStages } from '../api/status.ts'
import type { PendingPlan } from '../model/approval.ts'
import { planStatus } from './plan-status.ts'

const pending: PendingPlan = { hash: 'ab'.repeat(32), steps: [] }

function stagesShown(stages: readonly string[] | undefined, waits: readonly PendingPlan[] = [pending]) {
  const [first] = waits
  return planStatus({
    plan: { kind: 'ClusterPlan', namespace: 'data', name: 'zookeepercluster-zk' },
    generation: 1,
    named: '',
    weighed: { approved: [], waiting: [], said: 'none', ...(first === undefined ? {} : { pending: first }) },
    assessment: { health: {}, available: { ok: true, reason: 'Quorate', message: '' }, shortfalls: [] },
    ...(stages === undefined ? {} : { stages }),
    changes: { files: [], more: 0 },
    before: [],
    now: 0,
  }).stages
}

describe('the stages that come after a plan', () => {
  test('are shown beside the steps that wait', () => {
    expect(stagesShown(['server 5 is added on m5'])).toEqual(['server 5 is added on m5'])
  })

  test('are not shown where there are none', () => {
    expect(stagesShown([])).toBeUndefined()
    expect(stagesShown(undefined)).toBeUndefined()
  })

  test('are not shown when nothing waits', () => {
    expect(stagesShown(['server 5 is added on m5'], [])).toBeUndefined()
  })

  test('are bounded', () => {
    const many = Array.from({ length: mostStages + 1 }, (_, at) => `stage ${String(at)}`)
    expect(stagesShown(many)).toEqual(many.slice(0, mostStages))
  })
})
