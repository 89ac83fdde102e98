import { describe, expect, test } from 'vitest'
import {
  assessmentOf,
  expansionOf,
  fleet,
  input,
  machine,
  member,
  members,
  stale,
  stopped,
} from '../../test/unit/builders.ts'
import { absent } from '../model/fact.ts'
import type { HostFacts } from '../model/facts.ts'
import type { Telling } from '../model/health.ts'
import type { DecideInput } from '../model/planning.ts'
import type { Decision } from '../model/step.ts'
import { decide } from './decide.ts'

const three = members(3)
const fourth = member(4)
const at = { address: '10.0.0.1', port: 2181, version: '10' } as const
const tells: Telling = {
  member: 'zookeeper-1',
  host: 'm1',
  action: { verb: 'ReconfigEnsemble', ...at, servers: ['server.1=x'], secret: { name: 's', key: 'k' } },
  reason: 'the ensemble works by servers 1, 2, 3, 4',
  risk: 'none',
  guards: [{ guard: 'SameList', ...at, servers: ['server.2=x'] }],
}

interface Scene {
  readonly telling?: Telling
  readonly hosts?: Readonly<Record<string, HostFacts>>
  readonly more?: Partial<DecideInput>
}

/** A fourth is to leave, and the ensemble is to be told of it first. */
function decided({ telling = tells, hosts = {}, more = {} }: Scene): Decision {
  const otherwise = { 'zookeeper-4': 'it votes' }
  return decide(
    input(three, {
      expansion: expansionOf(three, { leaving: [{ member: { ...fourth, files: [] } }] }),
      assessment: { ...assessmentOf(three), tells: telling, otherwise },
      facts: fleet([...three, fourth], hosts),
      ...more,
    }),
  )
}

const runs = (decision: Decision) => (decision.run?.steps ?? []).map(({ action, host }) => `${host} ${action.verb}`)
const plans = (decision: Decision) =>
  (decision.plan?.waves ?? []).flatMap(({ steps }) => steps.map(({ action, host }) => `${host} ${action.verb}`))

describe('what a running service is told', () => {
  test('is a wave of its own, with its guard, and comes before anybody leaves', () => {
    const { run } = decided({})
    expect(run).toMatchObject({
      disruptive: true,
      steps: [{ host: 'm1', member: 'zookeeper-1', guards: tells.guards }],
    })
  })

  test('waits, in the plan, for what the service says', () => {
    const decision = decided({ telling: { ...tells, waits: 'until all serve' } })
    expect([runs(decision), decision.held[0]]).toEqual([[], 'until all serve'])
    expect(plans(decision)).toContain('m1 ReconfigEnsemble')
  })

  test('comes when the files of all are as declared, before anybody is restarted', () => {
    const hosts = { m2: machine([member(2)], { changes: stale(member(2)) }) }
    expect(runs(decided({ hosts }))).toEqual(['m1 ReconfigEnsemble'])
    expect(runs(decided({ hosts, telling: { ...tells, waits: 'until all serve' } }))).toEqual(['m2 RestartUnit'])
    const directory = { ask: 'directory', path: '/etc/ironherd/ironherd-default-zk-zookeeper-3' } as const
    const writing = decided({ hosts: { m3: machine([member(3)], { changes: [[directory, absent]] }) } })
    expect(runs(writing)).toEqual(['m3 EnsureDirectory'])
    expect(writing.held.join()).toContain('when the files of all are as declared')
  })

  test('comes before a restart with which the service goes, unless it has just failed', () => {
    const hosts = { m2: machine([member(2)], { changes: stale(member(2)) }) }
    const telling = { ...tells, waits: 'until all serve' }
    const quorum = { voters: 3, serving: 3, majority: 2, margin: 0, pair: true } as const
    const assessment = { ...assessmentOf(three), tells: telling, quorum }
    expect(runs(decided({ hosts, more: { assessment } }))).toEqual([])
    expect(runs(decided({ hosts, more: { assessment, resting: ['zookeeper-1'] } }))).toEqual(['m2 RestartUnit'])
    // Who does not serve takes nothing along.
    const down = { ...assessmentOf(three, { 'zookeeper-2': 'unhealthy' }), tells: telling, quorum }
    expect(runs(decided({ hosts, more: { assessment: down } }))).toEqual(['m2 RestartUnit'])
  })

  test('is not told again while it has just failed', () => {
    expect(runs(decided({ more: { resting: ['zookeeper-1'] } }))).toEqual([])
  })
})

describe('the record of one that says that it works otherwise', () => {
  const changed = member(2, { identity: { ...member(2).identity, ensemble: '1=m1,2=m2' } })
  const all = three.map((one) => (one.id === changed.id ? changed : one))
  const says = { 'zookeeper-2': 'it works by servers 1, 2, 3' }
  const records = (otherwise: Readonly<Record<string, string>>, m2: HostFacts, verdict?: 'stopped') =>
    runs(
      decide(
        input(all, {
          facts: fleet(all, { m2 }),
          assessment: { ...assessmentOf(all, verdict === undefined ? {} : { 'zookeeper-2': verdict }), otherwise },
        }),
      ),
    )

  test('is not written anew', () => {
    expect(records({}, machine([member(2)]))).toEqual(['m2 WriteFile'])
    expect(records(says, machine([member(2)]))).toEqual([])
  })

  test('nor by a start: by its file it begins only, and takes over the list of whoever leads', () => {
    const down = machine([member(2)], { changes: stopped(member(2)) })
    expect(records({}, down, 'stopped')).toEqual(['m2 WriteFile', 'm2 StartUnit'])
    expect(records(says, down, 'stopped')).toEqual(['m2 StartUnit'])
  })
})
