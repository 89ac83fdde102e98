import { describe, expect, test } from 'vitest'
import { expanded, minimal } from './cluster.ts'
import { seen } from './judged.ts'
import { type Daemon, livingWorld } from './machines.ts'

const hours = (count: number): number => count * 3_600_000
const up: Daemon = { uptimeMs: hours(30) }

function standing(standby: Daemon, active: Daemon, hdfsSite: Readonly<Record<string, string>> = {}) {
  const expansion = expanded({ ...minimal, hdfsSite })
  return seen(expansion, livingWorld(expansion, { 'namenode-nn1': active, 'namenode-nn2': standby }))
}

describe('the checkpoints of a NameNode that stands by', () => {
  test('are missed when the active got none for three periods: that is told, and it is restarted', () => {
    const { assessment, of } = standing(up, { ...up, checkpointMs: hours(4) })
    expect(assessment.shortfalls.join()).toMatch(
      /hdfs-namenode-nn2 has made no checkpoint since .*, by hdfs-namenode-nn1/,
    )
    expect(of('namenode-nn2')).toMatchObject([{ cause: 'HdfsCheckpointStale', verbs: 'RestartUnit' }])
    expect(of('namenode-nn1')).toEqual([])
  })

  test.each<readonly [string, Daemon, Daemon, Readonly<Record<string, string>>]>([
    ['it has just come', { uptimeMs: 60_000 }, { ...up, checkpointMs: hours(4) }, {}],
    ['the active has just come', up, { checkpointMs: hours(4) }, {}],
    ['two periods have passed', up, { ...up, checkpointMs: hours(2.9) }, {}],
    ['its period is a day', up, { ...up, checkpointMs: hours(4) }, { 'dfs.namenode.checkpoint.period': '1d' }],
    ['both stand by', up, { ...up, says: 'standby', checkpointMs: hours(4) }, {}],
  ])('are not missed when %s', (_, standby, active, hdfsSite) => {
    const { assessment, of } = standing(standby, active, hdfsSite)
    expect(assessment.shortfalls.join()).not.toMatch(/checkpoint/)
    expect(of('namenode-nn2').filter(({ cause }) => cause === 'HdfsCheckpointStale')).toEqual([])
  })
})
