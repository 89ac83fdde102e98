import { describe, expect, it } from 'vitest'
import { claimsOf, judge, type Listed, type Reading, type ServiceSays } from '../../e2e/gauges.ts'
import type { Sample } from '../../e2e/metrics.ts'
import { servicesFrom } from '../../e2e/readings.ts'

// One ensemble of two and its two hosts, at which wrong gauges are planted.

type Seen = 'up' | 'down' | 'unknown'

interface Moment {
  readonly passes: number
  /** s. */
  readonly at?: number
  readonly gauges?: readonly [Seen, Seen]
  readonly shown?: readonly [Seen, Seen]
  readonly serving?: readonly [boolean, boolean]
  readonly sshd?: boolean
  readonly ready?: string
  readonly more?: (samples: readonly Sample[]) => readonly Sample[]
}

const sample = (name: string, value: number, labels: Readonly<Record<string, string>>): Sample => ({
  name,
  value,
  labels,
})

function reading(moment: Moment): Reading {
  const { passes, gauges = ['up', 'up'], sshd = true } = moment
  const { shown = gauges, serving = [gauges[0] === 'up', gauges[1] === 'up'], ready = 'True' } = moment
  const labels = { kind: 'ZookeeperCluster', cluster: 'zk' }
  const healthy = gauges.filter((seen) => seen === 'up').length
  const members = gauges.flatMap((seen, index) => {
    const each = { ...labels, member: `zookeeper-${String(index + 1)}`, host: `m${String(index + 1)}` }
    if (seen === 'unknown') return [sample('ironherd_member_known', 0, each)]
    const role = index === 0 ? 'leader' : 'follower'
    return [
      sample('ironherd_member_known', 1, each),
      sample('ironherd_member_up', seen === 'up' ? 1 : 0, each),
      ...(seen === 'up' ? [sample('ironherd_member_role', 1, { ...each, role })] : []),
    ]
  })
  const samples = [
    ...members,
    sample('ironherd_cluster_members_desired', 2, labels),
    sample('ironherd_cluster_members_healthy', healthy, labels),
    sample('ironherd_plan_steps', 0, labels),
    ...['True', 'False'].map((status) =>
      sample('ironherd_cluster_condition', status === 'True' ? 1 : 0, { ...labels, type: 'Ready', status }),
    ),
    ...['m1', 'm2'].flatMap((host) => [
      sample('ironherd_host_reachable', 1, { host }),
      sample('ironherd_host_clock_skew_seconds', 0.1, { host }),
    ]),
    ...['zookeepercluster', 'sparkcluster'].map((controller) =>
      sample('controller_runtime_reconcile_total', passes, { controller, result: 'requeue_after' }),
    ),
    sample('controller_runtime_reconcile_total', passes * 2, { controller: 'host', result: 'requeue_after' }),
  ]
  const unhealthy = shown.flatMap((verdict, index) =>
    verdict === 'up'
      ? []
      : [
          {
            member: `zookeeper-${String(index + 1)}`,
            verdict: verdict === 'down' ? 'stopped' : 'unknown',
            evidence: '',
          },
        ],
  )
  const services = Object.fromEntries(
    serving.map((each, index): readonly [string, ServiceSays] => [
      `zookeeper-${String(index + 1)}`,
      {
        cluster: 'zk',
        host: `m${String(index + 1)}`,
        serving: each,
        ...(each ? { role: index === 0 ? 'leader' : 'follower' } : {}),
      },
    ]),
  )
  return {
    at: (moment.at ?? passes * 3) * 1000,
    services,
    sshd: { m1: sshd, m2: true },
    samples: moment.more?.(samples) ?? samples,
    objects: [
      shownObject('ZookeeperCluster', 'zk', 'Ready', ready, {
        members: { desired: 2, healthy: 2 - unhealthy.length },
        unhealthy,
        ...(shown[0] === 'up' ? { leader: 'zookeeper-1' } : {}),
      }),
      shownObject('Host', 'm1', 'Reachable', 'True', {}),
      shownObject('Host', 'm2', 'Reachable', 'True', {}),
    ],
  }
}

function shownObject(kind: string, name: string, type: string, status: string, more: object): Listed {
  const condition = { type, status: status as 'True', reason: 'R', message: '', lastTransitionTime: '' }
  return {
    kind,
    metadata: { name, generation: 1, uid: 'u1', resourceVersion: '1' },
    spec: {},
    status: { conditions: [condition], ...more },
  }
}

/** The same moment over so many passes, one reading each. */
function lasting(passes: number, moment: Omit<Moment, 'passes' | 'at'>, from = 0): readonly Reading[] {
  return Array.from({ length: passes + 1 }, (_, index) => reading({ ...moment, passes: from + index }))
}

const wrong = (readings: readonly Reading[]): string => judge(readings).disagreements.join('\n')

const replaced =
  (name: string, value: number, labels: Readonly<Record<string, string>> = {}) =>
  (samples: readonly Sample[]): readonly Sample[] =>
    samples.map((each) =>
      each.name === name && Object.entries(labels).every(([key, is]) => each.labels[key] === is)
        ? { ...each, value }
        : each,
    )

describe('comparing gauges with kubectl and with the services', () => {
  it('finds nothing where all say the same, however long, and says how much it compared', () => {
    const judged = judge([...lasting(5, {}), ...lasting(5, { gauges: ['up', 'down'] }, 6)])
    expect(judged.disagreements).toEqual([])
    expect(judged.compared).toBe(12 * claimsOf(reading({ passes: 0 })).length - 6)
  })

  it('catches a member that is called up while its own port is silent', () => {
    expect(wrong(lasting(3, { serving: [true, false] }))).toContain(
      'zookeeper-2 by its own answer: the gauge says up, not down, for 9 s and 3 passes',
    )
  })

  it('catches a member that is called down while it serves', () => {
    expect(wrong(lasting(3, { gauges: ['up', 'down'], serving: [true, true] }))).toContain(
      'zookeeper-2 by its own answer',
    )
  })

  it.each([
    ['healthy', 'ironherd_cluster_members_healthy'],
    ['desired', 'ironherd_cluster_members_desired'],
    ['steps', 'ironherd_plan_steps'],
  ])('catches a wrong number: %s', (what, metric) => {
    expect(wrong(lasting(3, { more: replaced(metric, 7) }))).toBe(
      `ZookeeperCluster zk ${what}, by kubectl: the gauge says 7, not ${what === 'steps' ? '0' : '2'}, for 9 s and 3 passes`,
    )
  })

  it('catches a condition that the gauge has otherwise', () => {
    expect(wrong(lasting(3, { ready: 'False' }))).toContain('zk Ready, by kubectl: the gauge says True, not False')
  })

  it('catches a role that the server does not have', () => {
    const swapped = (samples: readonly Sample[]): readonly Sample[] =>
      samples.map((each) =>
        each.name === 'ironherd_member_role'
          ? { ...each, labels: { ...each.labels, role: each.labels['role'] === 'leader' ? 'follower' : 'leader' } }
          : each,
      )
    const said = wrong(lasting(3, { more: swapped }))
    expect(said).toContain('zookeeper-1 role: the gauge says follower, not leader')
    expect(said).toContain('zk leader, by kubectl: the gauge says zookeeper-2, not zookeeper-1')
  })

  it('catches a member that is called up though its host is out of reach', () => {
    expect(wrong(lasting(3, { sshd: false, serving: [true, true] }))).toContain(
      'zookeeper-1 out of sight: the gauge says up, not unknown',
    )
  })

  it('catches an unknown member whose old series still stand', () => {
    const half = replaced('ironherd_member_known', 0, { member: 'zookeeper-1' })
    expect(wrong(lasting(3, { sshd: false, more: half }))).toContain('known=0 up=1 with 1 series')
  })

  it('catches a host that is called reachable, by its sshd and by kubectl, and one that lost its skew', () => {
    expect(wrong(lasting(3, { sshd: false }))).toContain('Host m1 reachable, by its sshd: the gauge says 1, not 0')
    const unreachable = replaced('ironherd_host_reachable', 0, { host: 'm2' })
    const said = wrong(lasting(3, { more: unreachable }))
    expect(said).toContain('Host m2 reachable, by kubectl: the gauge says 0, not 1')
    expect(said).toContain('Host m2 clock skew: the gauge says 1, not 0')
  })

  it('catches a member that has no series at all', () => {
    const without = (samples: readonly Sample[]): readonly Sample[] =>
      samples.filter(({ labels }) => labels['member'] !== 'zookeeper-2')
    expect(wrong(lasting(3, { more: without }))).toContain('zk known members, by kubectl: the gauge says 1, not 2')
  })

  it('gives a gauge two complete passes, and the one that was under way', () => {
    expect(wrong(lasting(2, { serving: [true, false] }))).toBe('')
    expect(wrong([...lasting(2, { serving: [true, false] }), ...lasting(5, {}, 2)])).toBe('')
  })

  it('counts time by passes, since one pass may wait long for a dead host', () => {
    const moments = [0, 5, 10, 15, 20].map((at) => reading({ passes: at === 20 ? 1 : 0, at, serving: [true, false] }))
    expect(wrong(moments)).toBe('')
  })

  it('begins anew when the truth changes or the gauge was right in between', () => {
    expect(
      wrong([
        ...lasting(2, { serving: [true, false] }),
        ...lasting(0, {}, 3),
        ...lasting(2, { serving: [true, false] }, 4),
      ]),
    ).toBe('')
    const flips = [0, 1, 2, 3, 4, 5].map((passes) =>
      reading({
        passes,
        gauges: ['up', 'up'],
        shown: ['up', passes % 2 === 0 ? 'down' : 'unknown'],
        serving: [true, true],
      }),
    )
    expect(wrong(flips)).not.toContain('zookeeper-2, by kubectl')
  })

  it('lets ironherd wait before it connects again, but not for ever', () => {
    const unseen = { gauges: ['unknown', 'up'], shown: ['unknown', 'up'], serving: [true, true] } as const
    const judged = (seconds: number): string =>
      wrong([0, 1, 2, 3, 4].map((n) => reading({ ...unseen, passes: n, at: (seconds * n) / 4 })))
    expect(judged(29)).toBe('')
    expect(judged(31)).toContain('zookeeper-1 by its own answer: the gauge says unknown, not up')
  })

  it('tells a lasting disagreement once', () => {
    expect(judge(lasting(9, { more: replaced('ironherd_plan_steps', 3) })).disagreements).toHaveLength(1)
  })
})

describe('what the services themselves say', () => {
  const master = (status: string, workers: readonly object[] = []): string =>
    `@@ master\n${JSON.stringify({ url: 'spark://a:7077', status, workers })}\n`
  const worker = (id: string): string =>
    `@@ worker\n${JSON.stringify({ id, masterurl: 'spark://a:7077' })}\n@@ shuffle\nopen\n`

  it('is taken from their answers, a worker from the leader that lists it', () => {
    const said = servicesFrom(
      new Map([
        ['m1', `@@ zookeeper\nZookeeper version: 3\nMode: leader\n@@ master\n`],
        [
          'm2',
          `@@ zookeeper\nnot currently serving\n${master('ALIVE', [
            { id: 'w4', state: 'ALIVE' },
            { id: 'w5', state: 'DEAD' },
          ])}`,
        ],
        ['m3', `@@ zookeeper\nMode: follower\n@@ history\n{"spark":"3.5.7"}\n`],
        ['m4', worker('w4')],
        ['m5', worker('w5')],
        ['m6', ''],
      ]),
    )
    expect(
      Object.entries(said).map(([member, { serving, role }]) => `${member} ${String(serving)} ${role ?? '-'}`),
    ).toEqual([
      'zookeeper-1 true leader',
      'zookeeper-2 false -',
      'zookeeper-3 true follower',
      'spark-master-m1 false -',
      'spark-master-m2 true leader',
      'spark-worker-m4 true worker',
      'spark-worker-m5 false -',
      'spark-worker-m6 false -',
      'spark-shuffle-m4 true shuffle',
      'spark-shuffle-m5 true shuffle',
      'spark-shuffle-m6 false -',
      'spark-history-m3 true history',
    ])
  })

  it('makes no worker serve a leader that recovers', () => {
    const said = servicesFrom(
      new Map([
        ['m1', master('RECOVERING', [{ id: 'w4', state: 'ALIVE' }])],
        ['m4', worker('w4')],
      ]),
    )
    expect(said['spark-worker-m4']?.serving).toBe(false)
    expect(said['spark-master-m1']?.serving).toBe(false)
  })
})
