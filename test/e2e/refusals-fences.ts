// What keeps a host from being fenced, and a fence that proves nothing: a server is to move away from m3, which runs on out of reach.
import { exampleManifests, type Manifest } from '../world/manifests.ts'
import { conditionOf, type World } from '../world/world.ts'
import { named, withSpec } from './edited.ts'
import type { Situation } from './refusal.ts'

const readyMs = 180_000

/** `zk`: the manifest of the ensemble that serves on m1 to m3; `solo`: one server of which nothing stands yet. */
export function fenceRefusals(world: World, zk: Manifest, solo: Manifest): readonly Situation[] {
  const on = { kind: zk.kind, name: zk.metadata.name }
  const m3 = exampleManifests('hosts', world.lab).find(({ metadata }) => metadata.name === 'm3') ?? zk
  const elsewhere = [
    { id: 1, host: 'm1' },
    { id: 2, host: 'm2' },
    { id: 3, host: 'm5' },
  ]
  const beside = withSpec(named(solo, 'beside'), ['members'], [{ id: 1, host: 'm3' }])
  const common = {
    on,
    given: async () => {
      await world.lab.host('m3').partition('controller')
      const lost = (shown: Parameters<typeof conditionOf>[0]) => conditionOf(shown, 'Reachable')?.status === 'False'
      await world.until('host', 'm3', 'out of reach', lost, 90_000)
    },
    then: () => world.apply([withSpec(zk, ['members'], elsewhere)]),
    undo: async () => {
      await world.apply([zk])
      await world.lab.host('m3').heal()
      await world.apply([m3])
      await world.untilReady(on.kind, on.name, readyMs)
    },
    meanwhile: {
      what: 'the server that is to take over is made ready on m5, and stands in the files of the others; nobody is started or restarted',
      changes: /^m[125]:( ran |\/)/,
    },
    limitMs: 90_000,
  }
  const fenced = (command: readonly string[]) => withSpec(m3, ['fence'], { host: 'm1', command, afterSeconds: 5 })
  return [
    {
      ...common,
      name: 'a fence that fails',
      reason: 'FenceFailed',
      applies: [],
      then: async () => {
        await world.apply([fenced(['/bin/sh', '-c', 'echo no answer from its power supply; exit 3'])])
        await common.then()
      },
      says: /m3 is not proven off, so zookeeper-3 is not taken over: its fence on m1: exit 3: no answer from its power supply.*spec\.fence/,
    },
    {
      ...common,
      name: 'a fence of a host on which another cluster is still declared',
      reason: 'FenceWaits',
      applies: [withSpec(beside, ['paused'], true)],
      then: async () => {
        await world.apply([fenced(['/bin/true'])])
        await common.then()
      },
      says: /m3 is not fenced: ZookeeperCluster beside still declares something there/,
    },
  ]
}
