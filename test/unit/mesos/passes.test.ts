import { describe, expect, test } from 'vitest'
import { known } from '../../../src/model/fact.ts'
import type { Member } from '../../../src/model/member.ts'
import type { Decision } from '../../../src/model/step.ts'
import { identityQuestion } from '../../../src/planner/identity.ts'
import { loadedQuestion, userQuestion } from '../../../src/planner/questions.ts'
import { type Changes, fileAnswer } from '../builders.ts'
import { expanded, formed, metricsOf, rawSpec, standingOf, withAgents, withMasters } from './fixture.ts'
import { agent, follower, leader, type Machine, saying, stopped, wellSet } from './machines.ts'
import { pass } from './pass.ts'

function runs({ run }: Decision): readonly string[] {
  return (run?.steps ?? []).map(({ action, host }) => `${host} ${action.verb}`)
}

function codes({ problems }: Decision): readonly string[] {
  return [...new Set(problems.map(({ code }) => code))]
}

const never: Machine = { unit: 'stopped' }
const missing: Machine = { unit: 'missing' }
const nobody = { m1: missing, m2: missing, m3: missing, w1: missing, w2: missing, w3: missing }
const unrecorded = (member: Member): Changes => [[identityQuestion(member), { state: 'absent' }]]

/** The process was started with other files. */
const stale = (member: Member): Changes => [[loadedQuestion(member), known(fileAnswer(''))]]
const root = (member: Member): Changes =>
  member.user.name === 'root'
    ? [[userQuestion(member.user), known({ uid: 0, group: 'root', home: '/root', shell: '' })]]
    : []

describe('from bare hosts to a cluster', () => {
  const fresh = expanded()

  test('first everything is put there, and no master is started', () => {
    const first = runs(pass(fresh, { bare: true, machines: nobody, changes: root }))
    expect(first).toContain('m1 InstallArchive')
    expect(first.filter((step) => /^m\d (StartUnit|MarkFirstStart)/.test(step))).toEqual([])
  })

  test('then the first start is allowed on all hosts of masters, and none is started yet', () => {
    const second = runs(pass(fresh, { machines: { ...wellSet, m1: never, m2: never, m3: never }, changes: unrecorded }))
    expect(second.filter((step) => step.startsWith('m'))).toEqual(
      ['m1', 'm2', 'm3'].map((host) => `${host} MarkFirstStart`),
    )
  })

  test('then all of them are started in one pass, since less than all make no registry', () => {
    const allowed: Machine = { unit: 'stopped', allowed: true }
    const third = runs(
      pass(fresh, { machines: { ...wellSet, m1: allowed, m2: allowed, m3: allowed }, changes: unrecorded }),
    )
    expect(third.filter((step) => step.endsWith('StartUnit'))).toEqual(
      ['m1', 'm2', 'm3'].map((host) => `${host} StartUnit`),
    )
  })

  test('with a host of a master out of sight nothing is begun anywhere', () => {
    const out = pass(fresh, { bare: true, changes: root, machines: { ...nobody, m3: { unreachable: true } } })
    expect([runs(out), codes(out)]).toEqual([[], ['FirstStartRefused', 'Unreachable']])
  })

  test('when a leader has its registry the word of the first start goes, then the records tell; nobody is restarted', () => {
    const heard = expanded(rawSpec, { standing: standingOf(fresh.members), heard: { formed: 'true' } })
    const before = new Map(fresh.members.map((member) => [member.id, member]))
    const asBefore = (member: Member): Changes => {
      const old = before.get(member.id) ?? member
      const record = JSON.stringify({ object: 'MesosCluster/data/main', member: old.id, ...old.identity })
      return [
        [identityQuestion(member), known(fileAnswer(record, { mode: '600', group: 'root' }))],
        ...old.files
          .filter(({ path }) => path.endsWith('start.env'))
          .map(
            (file) => [{ ask: 'file', path: file.path }, known(fileAnswer(file.content, { group: 'mesos' }))] as const,
          ),
      ]
    }
    expect(runs(pass(heard, { changes: asBefore })).filter((step) => step.startsWith('m'))).toEqual(
      ['m1', 'm2', 'm3'].map((host) => `${host} WriteFile`),
    )
    const recorded = pass(heard, { changes: (member) => asBefore(member).slice(0, 1) })
    const written = (recorded.run?.steps ?? []).flatMap(({ action }) =>
      action.verb === 'WriteFile' && action.file.content.includes('"formed":"true"') ? [action.file.path] : [],
    )
    expect(written).toHaveLength(3)
  })
})

describe('a cluster that lives', () => {
  const cluster = formed()

  test('and stands as declared is left alone', () => {
    expect(pass(cluster)).toEqual({ problems: [], held: [] })
  })

  test('has followers restarted first, one at a time, and the leader last', () => {
    const first = pass(cluster, { changes: stale })
    expect(runs(first)).toEqual(['m1 RestartUnit'])
    const last = pass(cluster, { changes: (member) => (member.host === 'm2' ? stale(member) : []) })
    expect([runs(last), last.run?.steps[0]?.risk]).toEqual([['m2 RestartUnit'], 'leaderChange'])
  })

  test('has no master restarted while another one does not vote', () => {
    const behind = saying(follower, {
      '/metrics/snapshot': metricsOf('nonleader-GET-metrics_snapshot', { 'registrar/log/recovered': 0 }),
    })
    const machines = { ...wellSet, m1: { ...behind, uptimeMs: 5000 } }
    const decision = pass(cluster, { machines, changes: (member) => (member.host === 'm2' ? stale(member) : []) })
    expect(runs(decision)).toEqual([])
  })

  test('has agents restarted after the masters, by their budget', () => {
    const old = (member: Member) => (member.host.startsWith('w') ? stale(member) : [])
    expect(runs(pass(cluster, { changes: old }))).toEqual(['w1 RestartUnit'])
    const starting: Machine = { ...follower, http: {}, uptimeMs: 5000 }
    const held = pass(cluster, { changes: old, machines: { ...wellSet, m1: starting } })
    expect([runs(held), held.held[0]]).toEqual([[], 'mesos-agent-w1 waits: mesos-master-m1 is starting'])
  })

  test('has an agent started though no master serves, and without ZooKeeper: its executors wait for it', () => {
    const machines = { m1: stopped, m2: stopped, m3: stopped, w1: never, w2: agent, w3: agent }
    const dry = formed(rawSpec, { available: false })
    expect(runs(pass(dry, { machines }))).toEqual(['w1 StartUnit'])
  })

  test('has a master whose copy is gone started when the others can fill it, and not before', () => {
    const emptied: Machine = { unit: 'stopped', allowed: true }
    expect(runs(pass(cluster, { machines: { ...wellSet, m1: emptied } }))).toEqual(['m1 StartUnit'])
    const both = pass(cluster, { machines: { ...wellSet, m1: emptied, m3: stopped } })
    expect(runs(both)).toEqual(['m3 StartUnit'])
    expect(codes(both)).toEqual(['RejoinRefused'])
  })

  test('is kept alive as it stands while its set of masters, or the identity of an agent, is to change', () => {
    const before = expanded(rawSpec, { heard: { formed: 'true' } })
    const standing = standingOf(before.members)
    const old = new Map(before.members.map((member) => [member.id, member]))
    const recorded = (member: Member): Changes => {
      const stood = old.get(member.id)
      if (stood === undefined) return [[identityQuestion(member), { state: 'absent' }]]
      const record = JSON.stringify({ object: 'MesosCluster/data/main', member: stood.id, ...stood.identity })
      return [[identityQuestion(member), known(fileAnswer(record, { mode: '600', group: 'root' }))]]
    }
    const five = expanded(withMasters({ hosts: ['m1', 'm2', 'm3', 'm4', 'm5'] }), { standing })
    const machines = { ...wellSet, m3: stopped, m4: never, m5: never }
    const grown = pass(five, { machines, changes: recorded })
    expect([runs(grown), codes(grown)]).toEqual([['m3 StartUnit'], ['MembershipChangeUnsupported']])
    const other = pass(expanded(withAgents({ attributes: { rack: 'r9', zone: 'z1' } }), { standing }), {
      changes: recorded,
    })
    expect([runs(other), codes(other)]).toEqual([[], ['MembershipChangeUnsupported']])
  })

  test('has its second leader last: a set of one is restarted all the same', () => {
    const one = formed(withMasters({ hosts: ['m2'] }))
    const alone = saying(leader, {
      '/metrics/snapshot': metricsOf('leader-GET-metrics_snapshot', { 'registrar/log/ensemble_size': 1 }),
      '/flags': { outcome: 'answered', status: 200, body: '{"flags":{"quorum":"1"}}' },
    })
    const decision = pass(one, {
      machines: { ...wellSet, m2: alone },
      changes: (member) => (member.host === 'm2' ? stale(member) : []),
    })
    expect([runs(decision), decision.run?.steps[0]?.risk]).toEqual([['m2 RestartUnit'], 'outage'])
  })
})
