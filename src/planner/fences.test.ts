import { describe, expect, test } from 'vitest'
import {
  assessmentOf,
  expansionOf,
  fleet,
  input,
  lost,
  machine,
  member,
  members,
  stale,
} from '../../test/unit/builders.ts'
import type { HostFacts } from '../model/facts.ts'
import type { FenceView } from '../model/fence.ts'
import type { Repair } from '../model/kind.ts'
import type { Decision } from '../model/step.ts'
import { weigh } from './approval.ts'
import { decide } from './decide.ts'

const three = members(3)
const usual: FenceView = {
  runner: 'm1',
  command: ['/usr/sbin/fence', '--off'],
  timeoutSeconds: 30,
  dueInMs: 0,
  users: [],
  begun: false,
}

const blocked: Repair = {
  member: 'zookeeper-2',
  cause: 'HdfsFencingBlocked',
  evidence: 'zookeeper-2 may not take over',
  actions: [],
  needsOff: { host: 'm9', member: 'zookeeper-9' },
  refusedAs: 'FencingBlocked',
  holdsStart: false,
  disruptive: false,
}

interface Scene {
  readonly repairs?: readonly Repair[]
  readonly fence?: Partial<FenceView>
  readonly hosts?: Readonly<Record<string, HostFacts>>
  readonly takenOver?: readonly string[]
  readonly resting?: readonly string[]
}

function decided({ fence = {}, hosts = {}, takenOver = ['m9'], resting = [], repairs = [] }: Scene): Decision {
  return decide(
    input(three, {
      expansion: expansionOf(three, { takenOver: takenOver.map((host) => ({ member: 'zookeeper-3', host })) }),
      assessment: assessmentOf(three),
      facts: { ...fleet(three, hosts), m9: lost('m9') },
      fences: { m9: { ...usual, ...fence } },
      resting,
      repairs,
    }),
  )
}

const runs = ({ run }: Decision) => (run?.steps ?? []).map(({ host, action }) => `${host} ${action.verb}`)

describe('a host out of reach, whose server the spec gives to another', () => {
  test('is fenced on the host that its fence names, in a disruptive wave of its own', () => {
    const { run, plan } = decided({})
    expect(run).toMatchObject({
      disruptive: true,
      steps: [{ host: 'm1', member: 'zookeeper-3@m9', risk: 'outage', action: { verb: 'Fence', target: 'm9' } }],
    })
    expect(plan?.waves.flat()).toHaveLength(1)
  })

  test('is not fenced when nobody is to move away from it, nor without a fence', () => {
    expect(runs(decided({ takenOver: [] }))).toEqual([])
    expect(runs(decided({ takenOver: ['m8'] }))).toEqual([])
  })

  test('is fenced once, however many servers are taken over from it', () => {
    expect(decided({ takenOver: ['m9', 'm9'] }).plan?.waves.flatMap(({ steps }) => steps)).toHaveLength(1)
  })

  test('waits until it was out of reach for long enough, and says when to look again', () => {
    const decision = decided({ fence: { dueInMs: 12_400 } })
    expect([runs(decision), decision.lookAgainMs]).toEqual([[], 12_400])
    expect(decision.held.join()).toContain('m9 is fenced when it has been out of reach for another 13 s')
  })

  test('waits for the host that is to run it', () => {
    const decision = decided({ hosts: { m1: lost('m1') } })
    expect(runs(decision)).toEqual([])
    expect(decision.held.join()).toContain('m9 is fenced when m1')
  })

  test('is left alone while others declare something there: they are named', () => {
    const decision = decided({ fence: { users: [{ name: 'SparkCluster analytics' }] } })
    expect(runs(decision)).toEqual([])
    expect(decision.problems).toMatchObject([{ code: 'FenceWaits', host: 'm9' }])
    expect(decision.problems[0]?.message).toContain('SparkCluster analytics')
  })

  test('is not fenced a second time: what failed proves nothing, and is told', () => {
    const decision = decided({ fence: { begun: true, failed: 'exit 1: no route' } })
    expect([runs(decision), decision.plan]).toEqual([[], undefined])
    expect(decision.problems).toMatchObject([{ code: 'FenceFailed', host: 'm9' }])
    expect(decision.problems[0]?.message).toContain('exit 1: no route')
    expect(runs(decided({ fence: { begun: true } }))).toEqual([])
  })

  test('what keeps it from being fenced is told before what waits for that', () => {
    const hosts = { m3: lost('m3') }
    const codes = decided({ hosts, fence: { begun: true, failed: 'exit 1' } }).problems.map(({ code }) => code)
    expect(codes).toEqual(['FenceFailed', 'Unreachable'])
  })

  test('is fenced before anybody is restarted, and after what nobody notices', () => {
    const hosts = { m2: machine([member(2)], { changes: stale(member(2)) }) }
    expect(runs(decided({ hosts }))).toEqual(['m1 Fence'])
    expect(runs(decided({ hosts, resting: ['zookeeper-3@m9'] }))).toEqual(['m2 RestartUnit'])
  })

  test('is not fenced while all hosts are out of sight: then the fault is most likely on this side', () => {
    const hosts = { m1: lost('m1'), m2: lost('m2'), m3: lost('m3') }
    const decision = decided({ hosts, fence: { runner: 'm7' } })
    expect([runs(decision), decision.plan, decision.problems[0]?.code]).toEqual([[], undefined, 'LostSight'])
  })

  test('waits for a person where the policy asks for one', () => {
    const decision = decided({})
    for (const policy of ['ApproveDisruptive', 'ApproveAll'] as const) {
      const { pending, run } = weigh({ decision, policy, named: '' })
      expect([run, pending?.steps.map(({ action }) => action.verb)]).toEqual([undefined, ['Fence']])
    }
    expect(weigh({ decision, policy: 'Automatic', named: '' }).run).toEqual(decision.run)
  })
})

describe('a host out of reach, on which somebody led whom another cannot follow', () => {
  const failover = { takenOver: [], repairs: [blocked] }

  test('is fenced though everything stays declared there, when all can do without it', () => {
    const users = [{ name: 'ZookeeperCluster zk' }, { name: 'HdfsCluster files' }]
    const { problems, run } = decided({ ...failover, fence: { users } })
    expect(run?.steps).toMatchObject([
      { host: 'm1', member: 'zookeeper-9@m9', risk: 'outage', repairs: 'HdfsFencingBlocked', action: { target: 'm9' } },
    ])
    expect(problems).toMatchObject([{ code: 'FencingBlocked', host: 'm9', member: 'zookeeper-9' }])
  })

  test('is not fenced while one of them needs it, or does not say: that one is named', () => {
    const users = [
      { name: 'ZookeeperCluster zk' },
      { name: 'SparkCluster a', against: 'it is not available without it' },
    ]
    const decision = decided({ ...failover, fence: { users } })
    expect([runs(decision), decision.plan]).toEqual([[], undefined])
    expect(decision.problems.map(({ code }) => code)).toEqual(['FenceWaits', 'FencingBlocked'])
    expect(decision.problems[0]?.message).toContain('SparkCluster a: it is not available')
  })

  test('is told and left without a fence', () => {
    const { plan, problems } = decide(
      input(three, { assessment: assessmentOf(three), facts: { ...fleet(three), m9: lost('m9') }, repairs: [blocked] }),
    )
    expect([plan, problems.map(({ code }) => code)]).toEqual([undefined, ['FencingBlocked']])
  })
})
