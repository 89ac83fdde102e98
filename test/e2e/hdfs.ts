// HDFS as its users meet it, through a client of its own on a host, and what the hosts' disks say of it.
import type { World } from '../world/world.ts'

const shell = `home=$(ls -d /opt/ironherd/hadoop-* | sort -V | tail -n 1)
config=$(ls -d /etc/ironherd/ironherd-*-hdfs-datanode-* | head -n 1)
hdfs() { runuser -u hdfs -- env HADOOP_CLIENT_OPTS='-Xmx96m -XX:+UseSerialGC -XX:TieredStopAtLevel=1' "$home/bin/hdfs" --config "$config" "$@"; }
cd /tmp`

/** Runs bash with `hdfs`, the client with the configuration of the host's DataNode; throws when it fails. */
export async function withHdfs(world: World, host: string, script: string, limitMs = 120_000): Promise<string> {
  const { code, stderr, stdout } = await world.lab.host(host).exec(`${shell}\n${script}`, { timeoutMs: limitMs })
  if (code !== 0) throw new Error(`${host}: ${script}: exit ${String(code)} ${stderr.slice(-1500)}`)
  return stdout
}

/** Writes `count` files whose content is their number, many times; resolves to what they must hold. */
export async function plantFiles(world: World, host: string, count: number): Promise<string> {
  const script = `set -e
rm -rf planted; mkdir planted
for i in $(seq ${String(count)}); do seq -f "file $i line %.0f" 2000 >planted/$i; done
chown -R hdfs planted
hdfs dfs -put planted /planted
cd planted && sha256sum -- * | sort -k 2 | sha256sum`
  return (await withHdfs(world, host, script)).trim()
}

/** What the files hold now, as another host reads them. */
export async function readFiles(world: World, host: string): Promise<string> {
  const script = `set -e
rm -rf read; mkdir read; chown hdfs read
hdfs dfs -get /planted read/planted
cd read/planted && sha256sum -- * | sort -k 2 | sha256sum`
  return (await withHdfs(world, host, script)).trim()
}

/** What `dfsadmin -printTopology` prints: addresses of DataNodes by their racks, both sorted. */
export function topologyIn(printed: string): Readonly<Record<string, readonly string[]>> {
  const racks: Record<string, string[]> = {}
  let rack = ''
  for (const line of printed.split('\n')) {
    const [, name] = /^Rack: (\S+)/.exec(line) ?? []
    if (name !== undefined) rack = name
    const [, address] = /^\s+([0-9.]+):\d+/.exec(line) ?? []
    if (address !== undefined) racks[rack] = [...(racks[rack] ?? []), address].sort()
  }
  return racks
}

/** What all disks say of who they are of. */
export interface OnDisk {
  /** `host path` of every VERSION file. */
  readonly versions: readonly string[]
  readonly clusterIds: readonly string[]
  readonly namespaceIds: readonly string[]
  readonly blockPools: readonly string[]
  /** Promised to a writer, by host of a journal. */
  readonly epochs: Readonly<Record<string, number>>
  /** `host path` of what was moved aside. */
  readonly aside: readonly string[]
}

const onDiskScript = `find /data/dfs -name VERSION -not -path '*.aside-*' | while IFS= read -r f; do sed "s|^|V $f |" "$f"; done
find /data/dfs -name last-promised-epoch -not -path '*.aside-*' | while IFS= read -r f; do echo "E $f $(cat "$f")"; done
find /data/dfs -maxdepth 4 -name '*.aside-*' -printf 'A %p x\\n' 2>/dev/null; true`

/** Reads VERSION files and promised epochs of all hosts below /data/dfs, where the example keeps everything. */
export async function onDisk(world: World): Promise<OnDisk> {
  const lines = (
    await Promise.all(
      world.lab.hosts.map(async (host) => {
        const { stdout } = await host.exec(onDiskScript, { timeoutMs: 30_000 })
        return stdout.split('\n').map((line) => [host.name, ...line.split(' ')] as const)
      }),
    )
  ).flat()
  const keyed = lines.filter(([, what]) => what === 'V').map(([, , , pair = '']) => pair.split('='))
  const all = (key: string): readonly string[] =>
    [...new Set(keyed.flatMap(([name, value = '']) => (name === key ? [value] : [])))].sort()
  const places = (kind: string): readonly string[] =>
    [...new Set(lines.filter(([, what]) => what === kind).map(([host, , path = '']) => `${host} ${path}`))].sort()
  return {
    versions: places('V'),
    clusterIds: all('clusterID'),
    namespaceIds: all('namespaceID'),
    blockPools: all('blockpoolID'),
    epochs: Object.fromEntries(
      lines.flatMap(([host, what, , epoch]) => (what === 'E' ? [[host, Number(epoch)] as const] : [])),
    ),
    aside: places('A'),
  }
}

/** The NameNode (its id) that says that it is active; undefined: none does, or two do. */
export async function activeNameNode(world: World): Promise<string | undefined> {
  const said = await Promise.all(
    ['m1', 'm2'].map(async (name, index) => {
      const host = world.lab.host(name)
      if (!(await host.isRunning())) return []
      const url = `http://${host.address}:9870/jmx?qry=Hadoop:service=NameNode,name=NameNodeStatus`
      const { stdout } = await host.exec(`curl -s -m 3 '${url}'; true`)
      return /"State"\s*:\s*"active"/.test(stdout) ? [`nn${String(index + 1)}`] : []
    }),
  )
  const active = said.flat()
  return active.length === 1 ? active[0] : undefined
}

/** Host of a NameNode of the example. */
export function hostOf(nameNode: string): string {
  return nameNode === 'nn1' ? 'm1' : 'm2'
}
