import type { Hands, Looker } from '../../src/model/engine.ts'
import { known, unknown } from '../../src/model/fact.ts'
import { VirtualClock } from '../../test/sim/clock.ts'
import { Daemon } from '../../test/sim/daemon.ts'
import { digestOf } from '../../test/sim/digest.ts'
import { simulatedHands } from '../../test/sim/hands.ts'
import { lookAt } from '../../test/sim/look.ts'
import { Machine } from '../../test/sim/machine.ts'
import type { Launch } from '../../test/sim/process.ts'
import { Random } from '../../test/sim/random.ts'
import { Spark } from '../../test/sim/spark.ts'
import { Ensemble } from '../../test/sim/zookeeper.ts'
import { MemoryStore } from '../../test/unit/control/world.ts'
import { clusters, engine } from '../ironherd/parts.ts'

/** Machines of one site: three run ZooKeeper, two of these a Spark master, all but the first a Spark worker. */
export const machinesPerSite = 20

/** What a site's machines know and do. Its clock stands still but while something is done there. */
export interface Site {
  readonly machines: ReadonlyMap<string, Machine>
  readonly clock: VirtualClock
  readonly store: MemoryStore
  readonly hands: Hands
}

const settleMs = 20 * 60_000

/** A ZooKeeper ensemble and a Spark cluster on 20 machines, installed by ironherd in virtual time until all is at rest. */
export async function settledSite(number: number): Promise<Site> {
  const site = makeSite(number)
  const { clock, machines, store } = site
  const looker: Looker = {
    look: async (target, questions) => {
      await clock.sleep(5)
      const machine = machines.get(target.name)
      if (machine === undefined) return unknown('Unreachable', `${target.name}: no such machine`)
      return known(lookAt(machine, questions))
    },
  }
  clock.install()
  const daemon = new Daemon({
    clock,
    random: new Random(number),
    store,
    engine,
    clusters,
    epoch: 1,
    keepsHosts: false,
    looker: () => looker,
    hands: () => site.hands,
    canary: () => ({ run: () => Promise.resolve({ ok: true, detail: 'not simulated here', durationMs: 1 }) }),
    onError: (key, error) => {
      throw new Error(`${key}: ${String(error)}`)
    },
    onSuperseded: () => {
      throw new Error('nobody else leads')
    },
    onPass: () => undefined,
  })
  try {
    const until = clock.now + settleMs
    while (!isSettled(store)) {
      if (clock.now > until) throw new Error(`site ${number} does not settle: ${saidBy(store)}`)
      await clock.run(clock.now + 5_000)
    }
    // What waits for a grace period after Ready.
    await clock.run(clock.now + 60_000)
  } finally {
    daemon.kill(false)
    clock.uninstall()
  }
  return site
}

function makeSite(number: number): Site {
  const clock = new VirtualClock()
  const random = new Random(number)
  const ensemble = new Ensemble(clock, random.fork())
  const spark = new Spark(clock, random.fork(), () => ensemble)
  ensemble.onChange = () => spark.changed()
  const launch: Launch = (machine, unit, exit) =>
    unit.command.includes('org.apache.zookeeper.server.quorum.QuorumPeerMain')
      ? ensemble.start(machine, unit)
      : spark.start(machine, unit, exit)
  const names = Array.from({ length: machinesPerSite }, (_, at) => `s${number}m${at + 1}`)
  const address = (at: number) => `10.${number >> 8}.${number & 255}.${at + 1}`
  const machines = new Map(names.map((name, at) => [name, new Machine(name, address(at), clock, 0, launch)]))
  for (const machine of machines.values()) {
    machine.systemd.onChange = () => {
      ensemble.changed()
      spark.changed()
    }
  }
  const store = new MemoryStore()
  for (const [name, spec] of Object.entries(hostSpecs(machines))) store.apply('Host', name, spec)
  store.secrets.set('a/ssh', { key: 'private' })
  store.apply('ZookeeperCluster', `zk${number}`, zookeeperSpec(names.slice(0, 3)))
  store.apply('SparkCluster', `spark${number}`, sparkSpec(number, names.slice(0, 2), names.slice(1)))
  const hands = simulatedHands({
    clock,
    services: [ensemble, spark],
    machineOf: (host) => machines.get(host),
    running: () => Promise.resolve(),
    latencyMs: () => 5,
    delayMs: () => 0,
    losesAnswer: () => false,
    scriptDies: () => false,
    sent: () => undefined,
    point: () => undefined,
  })
  return { machines, clock, store, hands }
}

function hostSpecs(machines: ReadonlyMap<string, Machine>): Readonly<Record<string, object>> {
  const sshOf = (name: string) => ({
    user: 'root',
    privateKeySecretRef: { name: 'ssh', key: 'key' },
    hostKeys: [`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5${Buffer.from(name).toString('base64')}`],
  })
  return Object.fromEntries([...machines.values()].map(({ address, name }) => [name, { address, ssh: sshOf(name) }]))
}

function softwareOf(product: string, version: string): object {
  const sha512 = digestOf(`${product} ${version}`).repeat(2)
  return { version, software: { archive: { url: `http://files.example/${product}-${version}.tar.gz`, sha512 } } }
}

function zookeeperSpec(hosts: readonly string[]): object {
  const members = hosts.map((host, at) => ({ id: at + 1, host }))
  return { ...softwareOf('zookeeper', '3.8.4'), members, dataDir: { mount: '/data', path: 'zookeeper' } }
}

function sparkSpec(number: number, masters: readonly string[], workers: readonly string[]): object {
  const workDir = { mount: '/data', path: 'spark/work' }
  return {
    ...softwareOf('spark', '3.5.7'),
    standalone: {
      recovery: { zookeeperRef: { name: `zk${number}` }, path: '/spark' },
      masters: { hosts: masters, jvm: { heap: '256m' } },
      workerGroups: [{ name: 'w', hosts: workers, cores: 2, memory: '1g', workDir }],
    },
  }
}

type Conditions = readonly { readonly type: string; readonly status: string; readonly message: string }[]

function conditionsOf(store: MemoryStore, kind: string): readonly Conditions[] {
  return store.list(kind).map(({ status }) => (status as { conditions?: Conditions } | undefined)?.conditions ?? [])
}

function isSettled(store: MemoryStore): boolean {
  const holds = (kind: string, types: readonly string[]) =>
    conditionsOf(store, kind).every((conditions) =>
      types.every((type) => conditions.some((one) => one.type === type && one.status === 'True')),
    )
  return holds('ZookeeperCluster', ['Ready', 'UpToDate']) && holds('SparkCluster', ['Ready', 'UpToDate'])
}

function saidBy(store: MemoryStore): string {
  const all = [...conditionsOf(store, 'ZookeeperCluster'), ...conditionsOf(store, 'SparkCluster')].flat()
  return all.map(({ message, status, type }) => `${type} ${status}: ${message}`).join('\n')
}
