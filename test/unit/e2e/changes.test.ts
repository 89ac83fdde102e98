import { describe, expect, it } from 'vitest'
import { allChanges } from '../../e2e/changes.ts'
import { changeHeader, changeRow, jobText, planPages } from '../../e2e/changes-table.ts'

const plan = {
  name: 'zookeepercluster-zk',
  status: {
    hash: 'ab'.repeat(32),
    shortHash: 'abababababab',
    stepCount: 3,
    risk: 'restart',
    quorum: { marginBefore: 1, marginAfter: 0 },
    stages: ['server 5 is added on m5'],
    steps: [
      {
        host: 'm1',
        member: 'zookeeper-1',
        verb: 'WriteFile',
        target: '/etc/x',
        risk: 'none' as const,
        reason: 'older',
      },
      {
        host: 'm1',
        member: 'zookeeper-1',
        verb: 'RestartUnit',
        target: 'u',
        risk: 'restart' as const,
        reason: 'older',
      },
    ],
  },
}

const cells = (row: string): readonly string[] => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''))

describe('the changes', () => {
  it('have a name of their own each, so that a row says which it was', () => {
    const names = allChanges.map(({ name }) => name)
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  })

  it('leave a job running through all but versions of Spark and the ends of a cluster', () => {
    const without = allChanges.filter(({ job }) => job !== 'through').map(({ name }) => name)
    expect(without.filter((name) => !/^Spark: (3|deleted|applied)|^ZooKeeper: (deleted|applied)/.test(name))).toEqual(
      [],
    )
  })
})

describe('a row of the table', () => {
  const row = changeRow('a change', {
    tookMs: 20_150,
    client: { longestMs: 940, writes: 301 },
    plans: [plan],
    steps: ['1 m1 zookeeper-1 WriteFile', '2 m1 zookeeper-1 RestartUnit', '3 m6 spark-worker-m6 DrainUnit'],
    job: 'none',
  })

  it('has a cell for each column', () => {
    const [head = ''] = changeHeader.split('\n')
    expect(cells(row)).toHaveLength(cells(head).length)
  })

  it('says what was shown, with the rest counted, and what was done', () => {
    expect(cells(row).slice(1)).toEqual([
      '20.1',
      '0.9',
      '301',
      '`abababababab` zookeeper-1 restart (m1); 2 more steps, then server 5 is added on m5',
      '3',
      'zookeeper-1 restart (m1); spark-worker-m6 drain',
      'none',
    ])
  })

  it('has no times of a client where the ensemble itself went', () => {
    expect(cells(changeRow('end', { tookMs: 0, plans: [], steps: [], job: 'none' })).slice(2, 6)).toEqual([
      '–',
      '–',
      'none',
      '0',
    ])
  })
})

describe('what is told of a job', () => {
  it('names the executors that were lost, and the workers that did not stay as they were', () => {
    const result = { correct: true, rounds: 9, kept: 2, executors: 3, lost: ['2:decommissioned'], output: '' }
    expect(jobText('through', result, ['m6 ALIVE (1 cores in use) → DECOMMISSIONED (0 cores in use)'])).toBe(
      'right (9 rounds), 2 of 3 executors the same processes; lost: 2:decommissioned; workers by the leader: m6 ALIVE (1 cores in use) → DECOMMISSIONED (0 cores in use)',
    )
    expect(jobText('around', undefined, [])).toBe('one before, one after: right')
  })
})

describe('the page of a plan', () => {
  it('lists every step with its risk and its reason', () => {
    expect(planPages('a change', [plan]).join('\n')).toContain('* m1 zookeeper-1: RestartUnit `u` (restart): older')
    expect(planPages('a change', [])).toEqual([])
  })
})
