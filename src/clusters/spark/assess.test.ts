import { describe, expect, test } from 'vitest'
import {
  deadUnit,
  expanded,
  factsOf,
  fileWith,
  http,
  inputOf,
  now,
  rawSpec,
  refusedHttp,
  runningUnit,
  type Seen,
  silentHttp,
} from '../../../test/unit/spark/fixture.ts'
import { spark } from './kind.ts'

const expansion = expanded()
const longAgo = now - 3_600_000
const workerId = (number: number) => `worker-20261121015932-10.9.0.${number}-7078`

function listed(number: number, state = 'ALIVE', id = workerId(number), lastheartbeat = now - 5000): object {
  return { id, host: `10.9.0.${number}`, port: 7078, state, lastheartbeat }
}
const allListed = [listed(4), listed(5), listed(6)]

function masterSays(number: number, status: string, workers: readonly object[] = []): string {
  return JSON.stringify({ url: `spark://10.9.0.${number}:7077`, status, workers })
}

/** A master that has led for an hour, unless said otherwise. */
function leader(
  number = 1,
  workers: readonly object[] = allListed,
  log = `${longAgo + 9000} Recovery complete - go\n`,
): Seen {
  return { unit: runningUnit(longAgo), probes: [http(masterSays(number, 'ALIVE', workers)), fileWith(log)] }
}
const standby = (number: number): Seen => ({
  unit: runningUnit(longAgo),
  probes: [http(masterSays(number, 'STANDBY')), fileWith('')],
})
function worker(number: number, master = 1, startedAt = longAgo): Seen {
  const body = JSON.stringify({ id: workerId(number), masterurl: master === 0 ? '' : `spark://10.9.0.${master}:7077` })
  return { unit: runningUnit(startedAt), probes: [http(body)] }
}
const healthy: Readonly<Record<string, Seen>> = {
  'spark-master-m1': leader(),
  'spark-master-m2': standby(2),
  'spark-worker-w1': worker(4),
  'spark-worker-w2': worker(5),
  'spark-worker-w3': worker(6),
}

function look(change: Readonly<Record<string, Seen | undefined>>, given = expansion) {
  const seen = Object.fromEntries(
    Object.entries({ ...healthy, ...change }).flatMap(([id, one]) => (one === undefined ? [] : [[id, one] as const])),
  )
  const facts = factsOf(given, seen)
  const assessment = spark.assess(given, facts, now)
  const repairs = spark.repairs(given, facts, assessment, now)
  return {
    ...assessment,
    repairs,
    verdicts: Object.fromEntries(Object.entries(assessment.health).map(([id, { verdict }]) => [id, verdict])),
    causes: repairs.map(({ member, cause }) => [member, cause]),
  }
}

describe('a healthy cluster', () => {
  test('serves, has one leader, and needs no repair', () => {
    const { verdicts, leader: leads, available, causes } = look({})
    expect(new Set(Object.values(verdicts))).toEqual(new Set(['serving']))
    expect([leads, available.ok, available.reason, causes]).toEqual(['spark-master-m1', true, 'LeaderServing', []])
  })
})

describe('no worker is to blame while nobody leads', () => {
  test('all masters stand by', () => {
    const seen = look({ 'spark-master-m1': standby(1) })
    expect(seen.verdicts['spark-worker-w1']).toBe('waiting')
    expect([seen.available.reason, seen.causes]).toEqual(['NoLeader', []])
  })

  test('the leader is dead and the other one has not taken over', () => {
    const seen = look({ 'spark-master-m1': { unit: deadUnit } })
    expect(seen.verdicts).toMatchObject({ 'spark-master-m1': 'stopped', 'spark-worker-w1': 'waiting' })
    expect(seen.causes).toEqual([])
  })

  test('the host of the leader was not seen: nothing is said to be broken, and nothing is restarted', () => {
    const seen = look({ 'spark-master-m1': undefined })
    expect(seen.verdicts).toMatchObject({ 'spark-master-m1': 'unknown', 'spark-worker-w1': 'unknown' })
    expect([seen.available.ok, seen.causes]).toEqual([false, []])
  })

  test('two masters lead: not available, and no restart makes it better', () => {
    const seen = look({ 'spark-master-m2': leader(2) })
    expect([seen.available.reason, seen.leader, seen.causes]).toEqual(['TwoLeaders', undefined, []])
    expect(seen.verdicts['spark-worker-w1']).toBe('waiting')
  })
})

describe('recovery after a failover', () => {
  const recovering = (secondsAgo: number): Seen => ({
    unit: runningUnit(longAgo),
    probes: [
      http(masterSays(1, 'RECOVERING', [listed(4, 'UNKNOWN')])),
      fileWith(`${now - secondsAgo * 1000} I have been elected leader! New state: RECOVERING\n`),
    ],
  })

  test('is waited for until its deadline, as long as spark.worker.timeout and a margin', () => {
    const seen = look({ 'spark-master-m1': recovering(85) })
    expect([seen.verdicts['spark-master-m1'], seen.verdicts['spark-worker-w1']]).toEqual(['starting', 'waiting'])
    expect([seen.available.reason, seen.causes]).toEqual(['Recovering', []])
  })

  test('is stuck after that', () => {
    const seen = look({ 'spark-master-m1': recovering(95) })
    expect(seen.verdicts['spark-master-m1']).toBe('unhealthy')
    expect(seen.causes).toEqual([['spark-master-m1', 'SparkRecoveryStuck']])
  })

  test('is never called stuck when nothing tells since when it lasts', () => {
    const silent = { ...recovering(95), probes: [recovering(0).probes?.[0], fileWith('')] }
    expect(look({ 'spark-master-m1': silent }).verdicts['spark-master-m1']).toBe('starting')
  })
})

describe('a worker that the leader does not have', () => {
  const unlisted = [listed(5), listed(6)]

  test('is given 90 s from the turn of the leader', () => {
    const searching = { 'spark-worker-w1': worker(4, 0) }
    const early = look({ ...searching, 'spark-master-m1': leader(1, unlisted, `${now - 60_000} Recovery complete\n`) })
    const late = look({ ...searching, 'spark-master-m1': leader(1, unlisted, `${now - 95_000} Recovery complete\n`) })
    expect([early.verdicts['spark-worker-w1'], early.causes]).toEqual(['starting', []])
    expect(late.verdicts['spark-worker-w1']).toBe('unhealthy')
    expect(late.causes).toEqual([['spark-worker-w1', 'SparkWorkerUnregistered']])
  })

  test('and that takes itself for registered is forgotten, which two heartbeats show', () => {
    const at = (secondsAgo: number) =>
      look({ 'spark-master-m1': leader(1, unlisted, `${now - secondsAgo * 1000} Recovery complete\n`) })
    expect([at(25).verdicts['spark-worker-w1'], at(25).causes]).toEqual(['starting', []])
    expect(at(35).causes).toEqual([['spark-worker-w1', 'SparkWorkerUnregistered']])
  })

  test('is restarted past budget and breaker only when it says that it runs no executor', () => {
    const body = (executors: object) =>
      http(JSON.stringify({ id: workerId(4), masterurl: 'spark://10.9.0.1:7077', ...executors }))
    const disruptive = (executors: object) =>
      look({
        'spark-master-m1': leader(1, unlisted),
        'spark-worker-w1': { unit: runningUnit(longAgo), probes: [body(executors)] },
      }).repairs.map((repair) => repair.disruptive)
    expect(disruptive({ executors: [] })).toEqual([false])
    expect(disruptive({ executors: [{ id: 0 }] })).toEqual([true])
    expect(disruptive({})).toEqual([true])
  })

  test('is given 90 s from its own start', () => {
    const seen = look({ 'spark-master-m1': leader(1, unlisted), 'spark-worker-w1': worker(4, 0, now - 30_000) })
    expect([seen.verdicts['spark-worker-w1'], seen.causes]).toEqual(['starting', []])
  })

  test('waits when nothing tells since when the leader leads', () => {
    const seen = look({ 'spark-master-m1': leader(1, unlisted, '') })
    expect([seen.verdicts['spark-worker-w1'], seen.causes]).toEqual(['waiting', []])
  })

  test('is not served by an entry of the process before it', () => {
    const old = leader(1, [listed(4, 'ALIVE', 'worker-old-10.9.0.4-7078', now - 10_000), listed(5), listed(6)])
    const seen = look({ 'spark-master-m1': old })
    expect([seen.verdicts['spark-worker-w1'], seen.causes]).toEqual(['starting', []])
  })

  test('is DEAD to the leader since its last heartbeat and the timeout', () => {
    const dead = (ago: number) => leader(1, [listed(4, 'DEAD', workerId(4), now - ago), listed(5), listed(6)])
    expect(look({ 'spark-master-m1': dead(100_000) }).verdicts['spark-worker-w1']).toBe('starting')
    expect(look({ 'spark-master-m1': dead(200_000) }).causes).toEqual([['spark-worker-w1', 'SparkWorkerUnregistered']])
  })

  test('names the master that led before, while the new one hears it: that is the moment of a failover', () => {
    const seen = look({ 'spark-worker-w1': worker(4, 2) })
    expect([seen.verdicts['spark-worker-w1'], seen.causes]).toEqual(['starting', []])
  })
})

describe('daemons that do not answer', () => {
  test('a worker that the leader still hears is left alone; one that it does not hear is restarted', () => {
    const mute: Seen = { unit: runningUnit(longAgo), probes: [silentHttp] }
    expect(look({ 'spark-worker-w1': mute }).causes).toEqual([])
    const lost = leader(1, [listed(4, 'DEAD'), listed(5), listed(6)])
    expect(look({ 'spark-worker-w1': mute, 'spark-master-m1': lost }).causes).toEqual([
      ['spark-worker-w1', 'SparkWorkerUnresponsive'],
    ])
  })

  test('a silent master is restarted only once another one leads', () => {
    const mute: Seen = { unit: runningUnit(longAgo), probes: [silentHttp] }
    expect(look({ 'spark-master-m1': mute }).causes).toEqual([])
    expect(look({ 'spark-master-m2': mute }).causes).toEqual([['spark-master-m2', 'SparkMasterUnresponsive']])
  })

  test('a master that nobody listens for is restarted, but not while it boots', () => {
    const deaf = (startedAt: number): Seen => ({ unit: runningUnit(startedAt), probes: [refusedHttp] })
    expect(look({ 'spark-master-m1': deaf(longAgo) }).causes).toEqual([['spark-master-m1', 'SparkMasterUnresponsive']])
    expect(look({ 'spark-master-m1': deaf(now - 20_000) }).verdicts['spark-master-m1']).toBe('starting')
  })

  test('masters wait without a word while ZooKeeper does not serve', () => {
    const mute: Seen = { unit: runningUnit(longAgo), probes: [silentHttp] }
    const seen = look({ 'spark-master-m1': mute, 'spark-master-m2': mute }, expanded(rawSpec, false))
    expect([seen.verdicts['spark-master-m1'], seen.available.reason, seen.causes]).toEqual([
      'waiting',
      'UpstreamNotReady',
      [],
    ])
  })

  test('a master of another address on the port is not taken for ours', () => {
    const other: Seen = { unit: runningUnit(longAgo), probes: [http(masterSays(9, 'ALIVE')), fileWith('')] }
    const seen = look({ 'spark-master-m1': other })
    expect([seen.verdicts['spark-master-m1'], seen.available.ok]).toEqual(['unhealthy', false])
  })
})

describe('shuffle service and history server', () => {
  const more = expanded({
    ...rawSpec,
    standalone: { ...rawSpec.standalone, shuffleService: {} },
    historyServer: { host: 'm3', eventLogDir: 'file:///srv/events' },
  })
  const unitName = more.members.find(({ id }) => id === 'spark-shuffle-w1')?.unit.name ?? ''
  const listener = (unit: string) => ({ pid: 7, command: 'java', unit })

  test('serve when they are seen to, and are restarted when they run in vain', () => {
    const good = look(
      {
        'spark-shuffle-w1': { unit: runningUnit(longAgo), probes: [listener(unitName)] },
        'spark-history-m3': { unit: runningUnit(longAgo), probes: [http('{"spark":"3.5.7"}')] },
      },
      more,
    )
    expect(good.verdicts).toMatchObject({ 'spark-shuffle-w1': 'serving', 'spark-history-m3': 'serving' })
    const bad = look(
      {
        'spark-shuffle-w1': { unit: runningUnit(longAgo), probes: [listener('other.service')] },
        'spark-history-m3': { unit: runningUnit(longAgo), probes: [refusedHttp] },
      },
      more,
    )
    expect(bad.causes).toEqual([
      ['spark-shuffle-w1', 'SparkShuffleServiceSilent'],
      ['spark-history-m3', 'SparkHistoryServerUnresponsive'],
    ])
    expect(bad.available.ok).toBe(true)
  })
})

test('a master that is not declared any more leads on until another does: the workers are with it, and are not restarted at will', () => {
  const standing = ['m1', 'm2', 'm3'].map((host) => ({
    host,
    stem: `ironherd-default-analytics-spark-master-${host}`,
    record: { member: `spark-master-${host}`, role: 'spark-master', group: 'masters' },
    seen: true,
  }))
  const result = spark.expand({ ...inputOf(rawSpec), standing })
  if ('problems' in result) throw new Error(result.problems.map(({ message }) => message).join())
  expect(result.leaving.map(({ member }) => member.id)).toEqual(['spark-master-m3'])
  const everybody = { ...result, members: [...result.members, ...result.leaving.map(({ member }) => member)] }
  const seen = { ...healthy, 'spark-master-m1': standby(1), 'spark-master-m3': leader(3) }
  const facts = factsOf(everybody, {
    ...seen,
    ...Object.fromEntries([4, 5, 6].map((number) => [`spark-worker-w${number - 3}`, worker(number, 3)])),
  })
  const { health, leader: leads } = spark.assess(result, facts, now)
  expect([leads, health['spark-worker-w1']?.verdict]).toEqual(['spark-master-m3', 'serving'])
})
