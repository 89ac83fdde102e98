import { describe, expect, test } from 'vitest'
import {
  factsOf,
  fileWith,
  http,
  inputOf,
  now,
  onTwo,
  rawSpec,
  runningUnit,
  type Seen,
} from '../../../test/unit/spark/fixture.ts'
import type { Expansion, StandingMember } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import { spark } from './kind.ts'

const longAgo = now - 3_600_000
const id = 'worker-20261121015932-10.9.0.6-7078'

function withDrain(raw: typeof rawSpec | typeof onTwo, drain: object): unknown {
  const { standalone } = raw
  return {
    ...raw,
    standalone: { ...standalone, workerGroups: standalone.workerGroups.map((group) => ({ ...group, drain })) },
  }
}

function expandedWith(raw: unknown, standing: readonly StandingMember[] = []): Expansion {
  const result = spark.expand({ ...inputOf(raw), standing })
  if ('problems' in result) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result
}

function workerOf(expansion: Expansion, host: string): Member {
  const found = [...expansion.members, ...expansion.leaving.map(({ member }) => member)].find(
    (member) => member.id === `spark-worker-${host}`,
  )
  if (found === undefined) throw new Error(`no worker on ${host}`)
  return found
}

/** The worker of w3 as its machine remembers it. */
function standing(record: Readonly<Record<string, string>> = {}): StandingMember {
  const { identity } = workerOf(expandedWith(rawSpec), 'w3')
  const full = { object: 'SparkCluster/data/analytics', member: 'spark-worker-w3', ...identity, ...record }
  return { host: 'w3', stem: 'ironherd-data-analytics-spark-worker-w3', record: full, seen: true }
}

function drainOf(listed: string | undefined, executors: number, record?: Readonly<Record<string, string>>) {
  const expansion = expandedWith(onTwo, [standing(record)])
  const master = JSON.stringify({
    url: 'spark://10.9.0.1:7077',
    status: 'ALIVE',
    workers: listed === undefined ? [] : [{ id, host: '10.9.0.6', port: 7078, state: listed, lastheartbeat: now }],
  })
  const says = JSON.stringify({
    id,
    masterurl: 'spark://10.9.0.1:7077',
    executors: Array.from({ length: executors }, () => ({})),
  })
  const seen: Record<string, Seen> = {
    'spark-master-m1': {
      unit: runningUnit(longAgo),
      probes: [http(master), fileWith(`${String(longAgo + 9000)} Recovery complete - go\n`)],
    },
    'spark-worker-w3': { unit: runningUnit(longAgo), probes: [http(says)] },
  }
  const all = { ...expansion, members: [...expansion.members, ...expansion.leaving.map(({ member }) => member)] }
  return spark.assess(expansion, factsOf(all, seen), now).drains?.['spark-worker-w3']
}

describe('a worker that is not declared any more', () => {
  test.each([
    ['ALIVE', 2, 'busy'],
    ['DECOMMISSIONED', 2, 'draining'],
    ['DECOMMISSIONED', 0, 'drained'],
  ] as const)('that the leader lists %s, with %i executors, is %s', (state, executors, expected) => {
    expect(drainOf(state, executors)).toMatchObject({ state: expected })
  })

  test.each(['DEAD', undefined])('that the leader lists as %s has nothing to be waited for', (state) => {
    expect(drainOf(state, 1)).toBeUndefined()
  })

  test('that was started without decommissioning is not told: the signal would end it', () => {
    expect(drainOf('ALIVE', 2, { drain: '0' })).toBeUndefined()
    expect(drainOf('ALIVE', 2, { drain: '' })).toBeUndefined()
  })

  test('is waited for as long as its record says, since its group may be gone', () => {
    const { leaving } = expandedWith(onTwo, [standing({ drain: '45' })])
    expect(leaving.map(({ member }) => member.drain)).toEqual([{ timeoutMs: 45_000, onRestart: false }])
  })
})

describe('decommissioning', () => {
  test.each([
    [{}, '120'],
    [{ timeoutSeconds: 30 }, '30'],
    [{ timeoutSeconds: 0 }, '0'],
  ])('with %j is recorded as %s, and enabled accordingly', (drain, expected) => {
    const worker = workerOf(expandedWith(withDrain(rawSpec, drain)), 'w1')
    expect(worker.identity['drain']).toBe(expected)
    const text = worker.files.map(({ content }) => content).join('\n')
    expect(text.includes('spark.decommission.enabled=true')).toBe(expected !== '0')
  })

  test('before a restart goes by the process that runs, and is not asked for by default', () => {
    const rule = (drain: object, record?: Readonly<Record<string, string>>) =>
      workerOf(expandedWith(withDrain(rawSpec, drain), record === undefined ? [] : [standing(record)]), 'w3').drain
    expect(rule({ timeoutSeconds: 30, onRestart: true })).toBeUndefined()
    expect(rule({ timeoutSeconds: 30, onRestart: true }, { drain: '0' })).toBeUndefined()
    expect(rule({ timeoutSeconds: 30, onRestart: true }, { drain: '120' })).toEqual({
      timeoutMs: 30_000,
      onRestart: true,
    })
    expect(rule({}, { drain: '120' })).toEqual({ timeoutMs: 120_000, onRestart: false })
  })
})
