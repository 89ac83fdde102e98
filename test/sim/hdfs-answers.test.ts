import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { beansOf } from '../../src/services/hdfs-common/jmx.ts'
import { runPlan } from './run.ts'

const recorded = (name: string) => readFileSync(new URL(`../cases/hdfs/answers/${name}`, import.meta.url), 'utf8')

/** Bean and attribute → type of the value, of those that are in both. */
function shapeOf(body: string): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(beansOf(body) ?? {}).flatMap(([bean, values]) =>
      Object.entries(values).map(([key, value]) => [`${bean} ${key}`, typeof value] as const),
    ),
  )
}

test('what simulated daemons say has the beans, attributes and types of what real ones were recorded to say', async () => {
  const said: (readonly [what: string, simulated: string, recording: string])[] = []
  await runPlan('first start of HDFS', (world) => ({
    look: (_daemon, _machine, facts) => {
      const { active, dataNodes, journals } = world.hdfs
      const [node] = dataNodes
      const journal = journals.find((one) => one.lastTxid > 0)
      if (said.length > 0 || active === undefined || node?.up !== true || journal === undefined) return facts
      for (const [what, simulated, recording] of [
        ['NameNode', active.http('/jmx?qry=Hadoop:service=NameNode,name=NameNode*').body, 'namenode-active-3.4.2.json'],
        [
          'file system',
          active.http('/jmx?qry=Hadoop:service=NameNode,name=FSNamesystem*').body,
          'fsnamesystem-active-3.4.2.json',
        ],
        ['journal', journal.http('/jmx').body, 'journalnode-in-use-3.4.2.json'],
        ['DataNode', node.http().body, 'datanode-3.4.2.json'],
      ] as const)
        said.push([what, simulated, recorded(recording)])
      return facts
    },
    losesAnswer: () => false,
    delayMs: () => 0,
    point: () => undefined,
  }))
  expect(said.map(([what]) => what)).toEqual(['NameNode', 'file system', 'journal', 'DataNode'])
  for (const [what, simulated, recording] of said) {
    const real = shapeOf(recording)
    const other = [...shapeOf(simulated)].filter(([key, type]) => real.get(key) !== type)
    expect(other, what).toEqual([])
  }
})
