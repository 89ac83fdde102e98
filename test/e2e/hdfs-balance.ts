// The balancer on DataNodes of which one alone holds what a client on its own host has written.
import type { Shown, World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import { withHdfs } from './hdfs.ts'
import type { HdfsChange } from './hdfs-changes.ts'

/** Of the disk: of what a DataNode has of that, on one of three, it is further from the mean than the threshold, 1 %. */
const share = 0.0225

interface Balance {
  readonly state?: string
  readonly request?: string
}

function balanceIn({ status }: Shown): Balance {
  return (status as { readonly hdfs?: { readonly balance?: Balance } }).hdfs?.balance ?? {}
}

/** MiB that a host of a DataNode holds. */
async function heldMiB(world: World, host: string): Promise<number> {
  const { stdout } = await world.lab.host(host).exec('du -sm /data/dfs/dn | cut -f1')
  return Number(stdout)
}

async function roomMiB(world: World): Promise<number> {
  const { stdout } = await world.lab.host('m4').exec('df -Pm /data | tail -n 1')
  return Number(stdout.split(/\s+/)[1])
}

export const balanced: HdfsChange = {
  name: 'HDFS: the balancer, when one DataNode is fuller than the others',
  // All hosts of the lab are on one disk, and the balancer goes by what is not free, whoever has it (BalancingPolicy.Node): what is
  // others' is no more than what is left to them.
  given: (standing) => withSpec(standing, ['dataNodeGroups', 0, 'reservedMiB'], 40_960),
  to: (standing) => standing,
  async act(world, standing) {
    const writtenMiB = Math.ceil(share * (await roomMiB(world)))
    const write = `head -c ${String(writtenMiB)}M /dev/zero | hdfs dfs -D dfs.replication=1 -put -f - /skewed`
    await withHdfs(world, 'm4', write, 600_000)
    const before = await Promise.all(['m4', 'm5', 'm6'].map((host) => heldMiB(world, host)))
    await world.apply([
      withSpec(standing, ['balance'], { request: 'after-m4', bandwidthMiB: 100, thresholdPercent: 1 }),
    ])
    const isOver = (shown: Shown): boolean => !['Waiting', 'Running', undefined].includes(balanceIn(shown).state)
    const ended = await world.until('hdfscluster', 'files', 'balanced', isOver, 600_000)
    const after = await Promise.all(['m4', 'm5', 'm6'].map((host) => heldMiB(world, host)))
    console.log(
      `MiB on m4, m5, m6: ${before.join(', ')}, then ${after.join(', ')}: ${JSON.stringify(balanceIn(ended))}`,
    )
    await withHdfs(world, 'm4', 'hdfs dfs -rm -skipTrash /skewed')
    if (balanceIn(ended).state !== 'Balanced') throw new Error(`it ended as ${JSON.stringify(balanceIn(ended))}`)
    const gained = [1, 2].reduce((sum, index) => sum + (after[index] ?? 0) - (before[index] ?? 0), 0)
    if (gained < 256) throw new Error(`m4, m5 and m6 held ${before.join(', ')} MiB, and then ${after.join(', ')}`)
  },
  check(_world, steps) {
    const runs = steps.filter((line) => line.endsWith(' Balance'))
    if (runs.length !== 1) throw new Error(`it was begun ${String(runs.length)} times`)
  },
}
