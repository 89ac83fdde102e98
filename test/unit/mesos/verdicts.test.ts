import { describe, expect, test } from 'vitest'
import { mesos } from '../../../src/clusters/mesos/kind.ts'
import type { Assessment } from '../../../src/model/health.ts'
import type { HttpAnswer } from '../../../src/model/question.ts'
import { expanded, flagsOf, formed, metricsOf, noLeader, now, recorded, refusedHttp, silentHttp } from './fixture.ts'
import { agent, factsOf, follower, leader, type Machine, saying, stopped, wellSet } from './machines.ts'

const cluster = formed()

function assessed(machines: Readonly<Record<string, Machine>> = {}, expansion = cluster): Assessment {
  return mesos.assess(expansion, factsOf(expansion, { ...wellSet, ...machines }), now)
}

function verdicts({ health }: Assessment): string {
  return Object.values(health)
    .map(({ verdict }) => verdict)
    .join(' ')
}

function of(assessment: Assessment, id: string) {
  return assessment.health[id] ?? { verdict: '', evidence: '', role: '' }
}

function answered(body: string, status = 200): HttpAnswer {
  return { outcome: 'answered', status, body }
}

const metrics = '/metrics/snapshot'

describe('a cluster as it was recorded', () => {
  const well = assessed()

  test('serves: one leads, two follow and vote, and the leader lists each agent', () => {
    expect(verdicts(well)).toBe('serving serving serving serving serving serving')
    expect(Object.values(well.health).map(({ role }) => role)).toEqual([
      'follower',
      'leader',
      'follower',
      'agent',
      'agent',
      'agent',
    ])
    expect([well.leader, well.available, well.shortfalls, well.holds]).toEqual([
      'mesos-master-m2',
      {
        ok: true,
        reason: 'LeaderServing',
        message: '3 of 3 agents are registered with mesos-master-m2; 3 of 3 masters vote',
      },
      [],
      {},
    ])
    expect(well.quorum).toMatchObject({ voters: 3, serving: 3, margin: 1 })
  })

  test('is told by its figures, in the status as in the metrics', () => {
    expect(well.own).toEqual({
      mesos: {
        formed: true,
        quorum: 2,
        mastersVoting: 3,
        registryBytes: 720,
        agents: { active: 3, recovered: 0, unreachable: 0 },
      },
    })
    expect(well.figures).toEqual({
      ironherd_mesos_masters_elected: 1,
      ironherd_mesos_masters_voting: 3,
      ironherd_mesos_agents_active: 3,
      ironherd_mesos_agents_recovered: 0,
      ironherd_mesos_agents_unreachable: 0,
      ironherd_mesos_tasks_running: 0,
      ironherd_mesos_registry_bytes: 720,
    })
  })

  test('has its word for whether it ever had a registry', () => {
    const fresh = expanded()
    expect(mesos.hear?.(fresh, factsOf(fresh, wellSet))).toEqual({ formed: 'true' })
    expect(mesos.hear?.(fresh, factsOf(fresh, { ...wellSet, m2: follower }))).toEqual({})
    expect(mesos.hear?.(cluster, factsOf(cluster, {}))).toEqual({ formed: 'true' })
  })
})

describe('a master', () => {
  const one = (machine: Machine) => of(assessed({ m1: machine }), 'mesos-master-m1')

  test('that is up and elected without a quorum has no registry, whatever /state says (recording 04)', () => {
    const survivor = saying(leader, {
      '/registrar(1)/registry': answered('{}'),
      '/slaves': answered('{"slaves":[],"recovered_slaves":[]}'),
    })
    const alone = assessed({ m1: stopped, m2: stopped, m3: survivor })
    expect(of(alone, 'mesos-master-m3')).toMatchObject({ verdict: 'starting', role: 'leader' })
    expect(alone.available.reason).toBe('Recovering')
    expect(of(alone, 'mesos-agent-w1').verdict).toBe('waiting')
    expect(alone.leader).toBeUndefined()
  })

  test('that leads on after both others have gone ends at its next write, and that is told (recording 03)', () => {
    const alone = assessed({ m1: stopped, m3: stopped })
    expect(alone.available).toMatchObject({ ok: false, reason: 'NoQuorum' })
    expect(alone.quorum?.margin).toBe(-1)
  })

  test('whose copy of the registry is empty does not vote, though its process is well (recordings 05, 06)', () => {
    const wiped = saying(follower, {
      [metrics]: metricsOf('nonleader-GET-metrics_snapshot', { 'registrar/log/recovered': 0 }),
    })
    expect(one(wiped)).toMatchObject({ verdict: 'unhealthy', role: 'follower' })
    expect(one({ ...wiped, uptimeMs: 20_000 }).verdict).toBe('starting')
    expect(assessed({ m1: wiped }).quorum).toMatchObject({ serving: 2, margin: 0 })
  })

  test('with another quorum is believed in nothing else (recordings 07, 08)', () => {
    const other = saying(follower, { '/flags': flagsOf('nonleader-GET-flags', { quorum: '1' }) })
    expect(one(other)).toMatchObject({ verdict: 'unhealthy', role: '' })
    expect(one(other).evidence).toContain('says quorum 1, declared is 2')
    expect(assessed({ m1: other }).quorum).toMatchObject({ serving: 2 })
    const all = { m1: other, m2: saying(leader, { '/flags': flagsOf('leader-GET-flags', { quorum: '1' }) }), m3: other }
    expect(assessed(all).leader).toBeUndefined()
  })

  test('of another path of ZooKeeper is of another cluster; other servers of the ensemble are none', () => {
    const zk = (text: string) => saying(follower, { '/flags': flagsOf('nonleader-GET-flags', { zk: text }) })
    expect(one(zk('zk://127.0.0.1:2181/other')).verdict).toBe('unhealthy')
    expect(one(zk('zk://127.0.0.9:2181/mesos')).verdict).toBe('serving')
  })

  test('that knows no leader waits, and its vote counts (recordings 20 to 23)', () => {
    const waiting = saying(follower, { '/slaves': noLeader })
    const out = assessed({ m1: waiting, m2: waiting, m3: waiting })
    expect(verdicts(out)).toBe('waiting waiting waiting waiting waiting waiting')
    expect([out.available.reason, out.quorum?.serving]).toEqual(['NoLeader', 3])
  })

  test('without ZooKeeper waits whatever its copy is, and nobody is restarted for new files', () => {
    const dry = formed(undefined, { available: false })
    const empty = saying(follower, {
      [metrics]: metricsOf('nonleader-GET-metrics_snapshot', { 'registrar/log/recovered': 0 }),
      '/slaves': noLeader,
    })
    const out = assessed({ m1: empty, m2: empty, m3: stopped }, dry)
    expect(verdicts(out)).toBe('waiting waiting stopped waiting waiting waiting')
    expect(out.available.reason).toBe('UpstreamNotReady')
    expect(Object.keys(out.holds ?? {})).toHaveLength(6)
  })

  test('that is stopped short, or dead, does not answer', () => {
    expect(one(saying(follower, { [metrics]: silentHttp })).verdict).toBe('unhealthy')
    expect(one(saying(follower, { [metrics]: refusedHttp })).verdict).toBe('unhealthy')
    expect(one({ ...saying(follower, { [metrics]: refusedHttp }), uptimeMs: 5000 }).verdict).toBe('starting')
    expect(one(stopped).verdict).toBe('stopped')
    expect(one({ unreachable: true }).verdict).toBe('unknown')
  })

  test('that says more than can be read whole is unknown, and not mute', () => {
    const cut = answered(`{"a":1,${' '.repeat(1_048_576)}`)
    expect(one(saying(follower, { [metrics]: cut })).verdict).toBe('unknown')
    const long = saying(leader, { '/registrar(1)/registry': cut })
    expect(of(assessed({ m2: long }), 'mesos-master-m2').verdict).toBe('serving')
  })

  test.each(['master/elected', 'registrar/log/recovered'])('of a version without %s is unknown, not a no', (key) => {
    const older = saying(follower, { [metrics]: metricsOf('nonleader-GET-metrics_snapshot', { [key]: undefined }) })
    expect(one(older).verdict).toBe('unknown')
  })

  test('beside another that leads is told; which of them is right is not', () => {
    const two = assessed({ m1: leader })
    expect([two.available.reason, two.leader]).toEqual(['TwoLeaders', undefined])
    expect(two.figures?.ironherd_mesos_masters_elected).toBe(2)
  })

  test('that nobody declared and that takes part in the registry is a shortfall', () => {
    const four = metricsOf('leader-GET-metrics_snapshot', { 'registrar/log/ensemble_size': 4 })
    expect(assessed({ m2: saying(leader, { [metrics]: four }) }).shortfalls[0]).toContain('4 copies')
  })
})

describe('an agent', () => {
  const one = (machine: Machine, others: Readonly<Record<string, Machine>> = {}) =>
    of(assessed({ ...others, w1: machine }), 'mesos-agent-w1')
  const lists = (change: (list: { slaves: { pid: string; active: boolean; deactivated: boolean }[] }) => void) => {
    const list = JSON.parse(recorded('leader-GET-slaves').body) as Parameters<typeof change>[0]
    change(list)
    return { m2: saying(leader, { '/slaves': answered(JSON.stringify(list)) }) }
  }
  const unregistered = saying(agent, { [metrics]: metricsOf('agent-GET-metrics_snapshot', { 'slave/registered': 0 }) })
  const gone = lists((list) => list.slaves.splice(0, 3))

  test('that has not come back since a failover has ten minutes (recording 57)', () => {
    const recovered = recorded('leader-with-recovered-agent-GET-slaves').body.replaceAll('127.0.8.', '127.0.0.')
    const after = assessed({ m2: saying(leader, { '/slaves': answered(recovered) }), w3: stopped, w1: agent })
    expect(of(after, 'mesos-agent-w1').verdict).toBe('serving')
    expect(of(after, 'mesos-agent-w3').verdict).toBe('stopped')
    const back = assessed({ m2: saying(leader, { '/slaves': answered(recovered) }), w3: unregistered })
    expect(of(back, 'mesos-agent-w3').verdict).toBe('starting')
    expect(back.own?.['mesos']?.['agents']).toMatchObject({ recovered: 1 })
    expect(back.shortfalls).toHaveLength(1)
  })

  test('that is not registered is unhealthy when it has had its time, by its own word or the leader’s', () => {
    expect(one(unregistered).verdict).toBe('unhealthy')
    expect(one({ ...unregistered, uptimeMs: 30_000 }).verdict).toBe('starting')
    expect(one(agent, gone).verdict).toBe('unhealthy')
    const lost = lists((list) => list.slaves.forEach((slave) => Object.assign(slave, { active: false })))
    expect(one(agent, lost).verdict).toBe('unhealthy')
  })

  test('that an operator took out of service waits for the operator (recording 54)', () => {
    const out = lists((list) =>
      list.slaves.forEach((slave) => Object.assign(slave, { active: false, deactivated: true })),
    )
    expect(one(agent, out).verdict).toBe('waiting')
  })

  test('is unknown while the list of the leader cannot be read whole', () => {
    const cut = `${recorded('leader-GET-slaves').body.slice(0, -1)}${' '.repeat(1_048_576)}`
    const seen = { m2: saying(leader, { '/slaves': answered(cut) }) }
    expect(one(agent, seen).verdict).toBe('unknown')
    expect(assessed(seen).own?.['mesos']?.['agents']).toEqual({ active: 3, unreachable: 0 })
    expect(assessed(seen).available).toMatchObject({
      ok: true,
      message: '3 of 3 agents are registered with mesos-master-m2, by its own count; 3 of 3 masters vote',
    })
  })

  test('is unknown while nobody knows whether somebody leads', () => {
    expect(one(agent, { m2: { unreachable: true } }).verdict).toBe('unknown')
    expect(one(agent, { m2: stopped }).verdict).toBe('waiting')
  })

  test('of another cluster, or another agent, is not the one that is meant', () => {
    const flags = (change: object) => answered(JSON.stringify({ flags: { ip: '127.0.0.12', ...change } }))
    expect(one(saying(agent, { '/flags': flags({ master: 'zk://127.0.0.1:2181/other' }) })).verdict).toBe('unhealthy')
    expect(one(saying(agent, { '/flags': flags({ hostname: 'other' }) })).verdict).toBe('unhealthy')
    expect(one(saying(agent, { '/flags': flags({ attributes: 'rack:r9' }) })).verdict).toBe('serving')
  })

  test('does not answer, says nothing of its registration, or cannot be seen', () => {
    expect(one(saying(agent, { [metrics]: silentHttp })).verdict).toBe('unhealthy')
    expect(one({ ...saying(agent, { [metrics]: refusedHttp }), uptimeMs: 5000 }).verdict).toBe('starting')
    const older = metricsOf('agent-GET-metrics_snapshot', { 'slave/registered': undefined })
    expect(one(saying(agent, { [metrics]: older })).verdict).toBe('unknown')
    expect(one({ unreachable: true }).verdict).toBe('unknown')
  })
})

test('agents are not restarted for new files while a master is on its way', () => {
  const starting = { ...saying(follower, { [metrics]: refusedHttp }), uptimeMs: 5000 }
  expect(assessed({ m1: starting }).holds).toEqual({
    'mesos-agent-w1': 'mesos-master-m1 is starting',
    'mesos-agent-w2': 'mesos-master-m1 is starting',
    'mesos-agent-w3': 'mesos-master-m1 is starting',
  })
})

describe('a daemon that has ended', () => {
  const ended = (lines: readonly string[]) =>
    of(assessed({ w1: { unit: 'stopped', lines } }), 'mesos-agent-w1').evidence.split('; its last words: ')[1]

  test('is asked for its last words, and only then', () => {
    const machines = { ...wellSet, m1: stopped, w1: { unit: 'stopped' } as const }
    expect(mesos.inquire?.(cluster, factsOf(cluster, machines), now)).toEqual({
      m1: [{ ask: 'log', unit: 'ironherd-data-main-mesos-master-m1.service' }],
      w1: [{ ask: 'log', unit: 'ironherd-data-main-mesos-agent-w1.service' }],
    })
    expect(mesos.inquire?.(cluster, factsOf(cluster, wellSet), now)).toEqual({})
  })

  test('says why: what it found, whose order it followed, or which flag it does not know', () => {
    const found =
      'E20261120 10:45:41.184000  6355 slave.cpp:8366] EXIT with status 1: Failed to perform recovery: Incompatible agent info detected. '
    expect(ended(['I20261120 10:45:41.1 6355 main.cpp:243] Build: x', found, '----', 'Old agent info:'])).toBe(
      'EXIT with status 1: Failed to perform recovery: Incompatible agent info detected.',
    )
    const gone = "Agent asked to shut down by master@127.0.5.2:5050 because 'Agent has been marked gone'"
    expect(
      ended([`I20261120 10:49:02.956532 11228 slave.cpp:1041] ${gone}`, 'I20261120 10:49:02.96 1 x.cpp:1] bye']),
    ).toBe(gone)
    expect(ended(["Failed to load unknown flag 'nosuch'", '', 'See `mesos-agent --help`'])).toBe(
      "Failed to load unknown flag 'nosuch'",
    )
    const failed =
      'F20261120 10:49:27.950783 11786 process.cpp:1124] Failed to initialize: Failed to bind on 127.0.4.12:5051: Address already in use'
    expect(ended([failed, '*** Check failure stack trace: ***'])).toContain('Address already in use')
    expect(ended(['I20261120 10:49:02.96 1 x.cpp:1] all is well'])).toBeUndefined()
  })
})
