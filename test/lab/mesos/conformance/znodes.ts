import { ZooKeeperClient } from '../common/zookeeper/client.ts'
import type { Cluster } from './cluster.ts'
import { differing } from './compare.ts'
import { normaliser } from './normal.ts'
import { readRecording } from './recordings.ts'
import { type Result, resultOf } from './result.ts'

interface Znode {
  readonly path: string
  readonly ephemeral: boolean
  /** Of text that is JSON, its value. */
  readonly content: unknown
}

/** The listing number `at` of a recording of b-zookeeper, beside what the cluster's ZooKeeper holds now. */
export async function playZnodes(cluster: Cluster, name: string, at: number, leader: number): Promise<Result> {
  const listing =
    readRecording('b-zookeeper', `${name}.txt`)
      .split(/^# .*UTC$/m)
      .slice(1)[at] ?? ''
  const [recorded, seen] = [recordedIn(listing), await zookeeperTree(cluster)]
  const found = differing(kinds(recorded, lowestOf(recorded)), kinds(seen, 1 + leader), 'znodes')
  return resultOf(`b-zookeeper/${name}`, recorded.length * 3, found)
}

/** Paths without their sequence numbers, which hang on who came first, with what they hold, in order. */
function kinds(znodes: readonly Znode[], leader: number) {
  const normal = normaliser({ leader, folders: [], anyAgent: false })
  const plain = znodes.map(({ path, ephemeral, content }) => {
    const text = normal(JSON.stringify(content)).replaceAll(/"ip":\d+/g, '"ip":"<number>"')
    return `${path.replace(/\d{10}$/, '<sequence>')} ${ephemeral ? 'ephemeral' : 'lasting'} ${text}`
  })
  return plain.sort()
}

function recordedIn(listing: string): readonly Znode[] {
  return listing.split(/^(?=\/)/m).flatMap((part) => {
    const [, path, owner] = /^(\/\S+) .*ephemeralOwner=(0x\w+)/.exec(part) ?? []
    if (path === undefined || owner === undefined) return []
    const data = /^ {4}data: (.*)$/m.exec(part)?.[1]
    const raw = /^ {4}raw .*: b'(.*)'$/m.exec(part)?.[1]
    const content: unknown = data === undefined ? (raw ?? '') : JSON.parse(data)
    return [{ path, ephemeral: owner !== '0x0', content }]
  })
}

/** The last number of the address of the master whose sequence number is the lowest. */
function lowestOf(znodes: readonly Znode[]): number {
  const first = znodes.filter(({ path }) => path.includes('json.info_')).sort((a, b) => (a.path < b.path ? -1 : 1))[0]
  const { hostname } = first?.content as { readonly hostname: string }
  return Number(hostname.split('.').at(-1))
}

/** Everything below /mesos. */
export function zookeeperTree(cluster: Cluster): Promise<readonly Znode[]> {
  return withZooKeeper(cluster, (client) => below(client, '/mesos'))
}

export async function withZooKeeper<T>(cluster: Cluster, work: (client: ZooKeeperClient) => Promise<T>): Promise<T> {
  const { promise: connected, resolve } = Promise.withResolvers<void>()
  const nothing = () => undefined
  const events = { connected: () => resolve(), connecting: nothing, expired: nothing, watched: nothing }
  const client = new ZooKeeperClient(`${cluster.ip(1)}:2181`, 10_000, undefined, events)
  await connected
  try {
    return await work(client)
  } finally {
    client.close()
  }
}

async function below(client: ZooKeeperClient, path: string): Promise<readonly Znode[]> {
  const { data, ephemeral } = await client.node(path)
  const text = data.toString('utf8')
  const content: unknown = text.startsWith('{') ? JSON.parse(text) : text
  const children = await client.childrenWatched(path)
  const nested = await Promise.all(children.sort().map((child) => below(client, `${path}/${child}`)))
  return [{ path, ephemeral, content }, ...nested.flat()]
}
