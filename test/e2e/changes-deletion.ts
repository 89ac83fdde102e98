// Deletion under each policy, and what comes back when the object is applied again.
import type { World } from '../world/world.ts'
import type { Change } from './changes.ts'
import { changedUnits, type UnitRecord, unitRecords } from './records.ts'
import { type Standing, type Which, withSpark, withZk } from './standing.ts'

type Policy = 'Retain' | 'Stop' | 'Purge'

function policies(zk: Policy, spark: Policy): (standing: Standing) => Standing {
  return (standing) => withZk(withSpark(standing, ['deletionPolicy'], spark), ['deletionPolicy'], zk)
}

function gone(...which: readonly Which[]): (standing: Standing) => Standing {
  return (standing) => ({ ...standing, gone: which })
}

/** Every process is the one that it was. */
async function nothingChanged(world: World, before: readonly UnitRecord[]): Promise<void> {
  const changed = changedUnits(before, await unitRecords(world.lab))
  if (changed.length > 0) throw new Error(`not the processes that they were: ${changed.join(', ')}`)
}

async function noneRuns(world: World, part: string): Promise<void> {
  const running = (await unitRecords(world.lab)).filter(({ pid, unit }) => pid > 0 && unit.includes(part))
  if (running.length > 0) throw new Error(`still run: ${running.map(({ host, unit }) => `${host} ${unit}`).join(', ')}`)
}

/** On every host that is on: what `command` prints. */
async function everywhere(world: World, command: string): Promise<string> {
  const said = world.lab.hosts.map(async (host) =>
    (await host.isRunning()) ? (await host.exec(`${command}; true`)).stdout.trim() : '',
  )
  return (await Promise.all(said)).filter((text) => text !== '').join('\n')
}

async function purged(world: World, cluster: string): Promise<void> {
  await noneRuns(world, `-${cluster}-`)
  const left = await everywhere(
    world,
    `ls -d /usr/local/lib/systemd/system/*-${cluster}-* /etc/ironherd/*-${cluster}-* 2>/dev/null`,
  )
  if (left !== '') throw new Error(`purged, and there is still: ${left}`)
}

/** What a client wrote is in the data of a server that serves now. */
async function dataIsKept(world: World): Promise<void> {
  const aside = await everywhere(world, 'ls -d /data/zookeeper.aside-* 2>/dev/null')
  const kept = await everywhere(world, 'grep -c /writer /data/zookeeper/version-2/* 2>/dev/null | grep -v ":0$"')
  if (kept === '') throw new Error(`no server's data names what the client wrote; moved aside: ${aside}`)
}

/** Deleted and applied again while they serve. */
export const partings: readonly Change[] = [
  {
    name: 'Both deleted under Retain',
    given: policies('Retain', 'Retain'),
    to: gone('zk', 'spark'),
    job: 'through',
    check: nothingChanged,
  },
  {
    name: 'Both applied again after Retain',
    given: (standing) => gone('zk', 'spark')(policies('Retain', 'Retain')(standing)),
    to: gone(),
    job: 'through',
    check: nothingChanged,
  },
  {
    name: 'Spark: deleted under Stop',
    given: policies('Retain', 'Stop'),
    to: gone('spark'),
    check: (world) => noneRuns(world, 'spark'),
  },
  {
    name: 'Spark: applied again after Stop',
    given: (standing) => gone('spark')(policies('Retain', 'Stop')(standing)),
    to: gone(),
    job: 'after',
  },
]

/** The end of both. */
export const deletions: readonly Change[] = [
  {
    name: 'Spark: deleted under Purge',
    given: policies('Stop', 'Purge'),
    to: gone('spark'),
    check: (world) => purged(world, 'analytics'),
  },
  {
    name: 'ZooKeeper: deleted under Stop',
    given: (standing) => gone('spark')(policies('Stop', 'Purge')(standing)),
    to: gone('zk', 'spark'),
    withoutEnsemble: true,
    check: (world) => noneRuns(world, 'zookeeper'),
  },
  {
    name: 'ZooKeeper: applied again after Stop',
    given: (standing) => gone('zk', 'spark')(policies('Stop', 'Purge')(standing)),
    to: gone('spark'),
    withoutEnsemble: true,
    check: dataIsKept,
  },
  {
    name: 'ZooKeeper: deleted under Purge',
    given: (standing) => gone('spark')(policies('Purge', 'Purge')(standing)),
    to: gone('zk', 'spark'),
    withoutEnsemble: true,
    async check(world) {
      await purged(world, 'zk')
      const aside = await everywhere(world, 'ls -d /data/zookeeper.aside-*/version-2')
      if (aside === '') throw new Error('no data was moved aside')
    },
  },
]
