import type { Fault } from './fault.ts'
import type { World } from './world.ts'

interface Group {
  readonly hosts: string[]
  jvm?: unknown
}

interface Files {
  readonly dataNodeGroups: readonly Group[]
  readonly nameNodes: { jvm?: unknown; readonly members: readonly NamePlace[] }
  /** Undefined: it is simple. */
  readonly journalNodes: { jvm?: unknown; hosts: readonly string[] } | undefined
  hdfsSite: Record<string, string>
}

interface NamePlace {
  readonly id: string
  host: string
}

export function filesOf({ wanted }: World): Files | undefined {
  return wanted.hdfs as Files | undefined
}

/** Hosts on which a DataNode is to be, as the spec names them now. */
export function dataHostsOf(world: World): readonly string[] {
  return filesOf(world)?.dataNodeGroups.flatMap(({ hosts }) => hosts) ?? []
}

/** Hosts of JournalNodes and of NameNodes, as the spec names them now. */
export function journalHostsOf(world: World): readonly string[] {
  return filesOf(world)?.journalNodes?.hosts ?? []
}

export function nameHostsOf(world: World): readonly string[] {
  return filesOf(world)?.nameNodes.members.map(({ host }) => host) ?? []
}

/** Every daemon that is declared was started at least once. */
export function isLiving(world: World): boolean {
  // Of one that was only allowed to start ironherd leaves what it has prepared, when it goes again (docs/simulation.md).
  const ends = world.shape.hdfs?.changes === true ? '.json' : ''
  const started = (host: string, role: string) =>
    [...world.machine(host).files.keys()].some(
      (path) => path.includes(`/members/ironherd-a-files-hdfs-${role}-`) && path.endsWith(ends),
    )
  return (
    world.hdfs.born && !world.deleted.has('HdfsCluster') && dataHostsOf(world).every((at) => started(at, 'datanode'))
  )
}

/** A setting that is rolled through all daemons, or through those of one role. */
export const changeFilesSetting: Fault = (world, random) => {
  const files = filesOf(world)
  const [group] = files?.dataNodeGroups ?? []
  if (files === undefined || group === undefined) return undefined
  const role = random.pick(['all', 'namenodes', 'journalnodes', 'datanodes'])
  const heap = random.pick(['256m', '300m'])
  if (role === 'all') files.hdfsSite = { ...files.hdfsSite, 'dfs.client.retry.max.attempts': random.pick(['5', '7']) }
  if (role === 'namenodes') files.nameNodes.jvm = { heap }
  if (role === 'journalnodes' && files.journalNodes !== undefined) files.journalNodes.jvm = { heap }
  if (role === 'datanodes') group.jvm = { heap }
  world.apply()
  return { told: `a setting of ${role} of the file system is changed` }
}

/** A DataNode more, or one less while a block can have all its copies without it. */
export const changeDataNodes: Fault = (world, random) => {
  const [group] = filesOf(world)?.dataNodeGroups ?? []
  if (group === undefined || !world.shape.keepsHosts || !isLiving(world)) return undefined
  const idle = [...world.machines.values()].filter(({ gone, name }) => !gone && !group.hosts.includes(name))
  const copies = Number(filesOf(world)?.hdfsSite['dfs.replication'])
  const comes = idle.length > 0 && (group.hosts.length <= copies || random.chance(0.5))
  if (!comes && group.hosts.length <= copies) return undefined
  const gone = random.whole(0, group.hosts.length - 1)
  const hosts = comes ? [...group.hosts, random.pick(idle).name] : group.hosts.filter((_, at) => at !== gone)
  putDataNodes(world, hosts)
  return { told: `DataNodes are to be on ${hosts.join(', ')}` }
}

export function putDataNodes(world: World, hosts: readonly string[]): void {
  const [group] = filesOf(world)?.dataNodeGroups ?? []
  group?.hosts.splice(0, group.hosts.length, ...hosts)
  world.structural = true
  world.apply()
}
