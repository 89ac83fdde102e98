// Asks everybody at about one time: the services on their hosts, sshd from outside, kubectl, and the gauges last.
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { namespace } from '../world/manifests.ts'
import type { World } from '../world/world.ts'
import { type Judgement, judge, type Listed, passesOf, type Reading, type ServiceSays } from './gauges.ts'
import { parseSamples, scrape } from './metrics.ts'

export interface Watch {
  /** Reads on until two more passes have ended over both clusters, then judges; what could not be read counts, too. */
  end(): Promise<Judgement>
  /** Reads no more; may be called again. */
  stop(): Promise<void>
}

const clusters = ['zookeepercluster', 'sparkcluster'] as const
const pauseMs = 1000

/** Reads again and again from now on, beside whatever the caller does. */
export function watchGauges(world: World): Watch {
  const readings: Reading[] = []
  const failures: string[] = []
  const stopping = { now: false }
  const reading = (async () => {
    while (!stopping.now) {
      try {
        readings.push(await readAll(world))
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error))
      }
      await sleep(pauseMs)
    }
  })()
  async function stop(): Promise<void> {
    stopping.now = true
    await reading
  }
  async function end(): Promise<Judgement> {
    const index = Math.max(0, readings.length - 1)
    // Bounded: passes that do not come any more are themselves a fault.
    const limit = Date.now() + 90_000
    const enough = (): boolean => {
      const [from, last] = [readings[index], readings.at(-1)]
      return (
        from !== undefined &&
        last !== undefined &&
        clusters.every((name) => passesOf(last, name) - passesOf(from, name) >= 3)
      )
    }
    while (!enough() && Date.now() < limit) await sleep(250)
    const timedOut = enough() ? [] : ['no three passes ended within 90 s']
    await stop()
    const { compared, disagreements } = judge(readings)
    const unread = failures.length === 0 ? [] : [`${String(failures.length)} readings failed: ${failures[0] ?? ''}`]
    return { compared, disagreements: [...disagreements, ...timedOut, ...unread] }
  }
  return { end, stop }
}

async function readAll(world: World): Promise<Reading> {
  const asked = await Promise.all(
    world.lab.hosts.map(async (host) => {
      const [services, greets] = await Promise.all([
        host.isRunning().then((running) => (running ? answers(world, host.name) : '')),
        greeted(host.address),
      ])
      return { name: host.name, services, greets }
    }),
  )
  const { stdout, code, stderr } = await world.lab.kube.kubectl([
    'get',
    `${clusters.join()},host`,
    '-n',
    namespace,
    '-o',
    'json',
  ])
  if (code !== 0) throw new Error(stderr)
  const { items } = JSON.parse(stdout) as { readonly items: readonly Listed[] }
  return {
    services: servicesFrom(new Map(asked.map(({ name, services }) => [name, services]))),
    sshd: Object.fromEntries(asked.map(({ name, greets }) => [name, greets])),
    objects: items,
    samples: parseSamples(await scrape(world)),
    at: Date.now(),
  }
}

/** True when a server on port 22 says that it speaks SSH. */
function greeted(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 2000 })
    const end = (greets: boolean): void => {
      socket.destroy()
      resolve(greets)
    }
    socket.once('data', (data) => end(data.toString('latin1').startsWith('SSH-')))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
  })
}

/** Where the examples, with everything switched on, put whom; and how each is asked. */
const daemons = [
  { part: 'zookeeper', hosts: ['m1', 'm2', 'm3'], ask: (at: string) => talk(at, 2181, 'printf srvr >&3 && cat <&3') },
  { part: 'master', hosts: ['m1', 'm2'], ask: (at: string) => `curl -s -m 2 http://${at}:8080/json/` },
  { part: 'worker', hosts: ['m4', 'm5', 'm6'], ask: (at: string) => `curl -s -m 2 http://${at}:8081/json/` },
  { part: 'shuffle', hosts: ['m4', 'm5', 'm6'], ask: (at: string) => talk(at, 7337, 'echo open') },
  { part: 'history', hosts: ['m3'], ask: (at: string) => `curl -s -m 2 http://${at}:18080/api/v1/version` },
] as const

type Part = (typeof daemons)[number]['part']

function talk(address: string, port: number, what: string): string {
  return `timeout 2 bash -c 'exec 3<>/dev/tcp/${address}/${String(port)} && ${what}' 2>/dev/null`
}

/** Every answer behind a line with its daemon; whoever is silent for 2 s has said nothing. */
async function answers(world: World, name: string): Promise<string> {
  const host = world.lab.host(name)
  const questions = daemons.filter(({ hosts }) => hosts.some((each) => each === name))
  const script = questions.map(({ part, ask }) => `echo "@@ ${part}"; ${ask(host.address)}; echo`).join('\n')
  // A host that goes down meanwhile says nothing more.
  return host.exec(script, { timeoutMs: 20_000 }).then(
    ({ stdout }) => stdout,
    () => '',
  )
}

interface MasterSays {
  readonly url: string
  readonly status: string
  readonly workers: readonly { readonly id: string; readonly state: string }[]
}

/** By host, what its daemons answered; a host that is off has answered ''. */
export function servicesFrom(said: ReadonlyMap<string, string>): Readonly<Record<string, ServiceSays>> {
  const answer = (host: string, part: Part): string =>
    said
      .get(host)
      ?.split('@@ ')
      .find((each) => each.startsWith(`${part}\n`))
      ?.slice(part.length)
      .trim() ?? ''
  const leading = daemons[1].hosts
    .map((host) => json<MasterSays>(answer(host, 'master')))
    .filter((says) => says?.status === 'ALIVE')
  const leader = leading.length === 1 ? leading[0] : undefined
  const says = (host: string, part: Part): Pick<ServiceSays, 'serving' | 'role'> => {
    const body = answer(host, part)
    switch (part) {
      case 'zookeeper': {
        const mode = /^Mode: (leader|follower|standalone)$/m.exec(body)?.[1]
        return mode === undefined ? { serving: false } : { serving: true, role: mode }
      }
      case 'master': {
        const status = json<MasterSays>(body)?.status
        if (status === 'ALIVE') return { serving: true, role: 'leader' }
        return status === 'STANDBY' ? { serving: true, role: 'standby' } : { serving: false }
      }
      case 'worker': {
        const own = json<{ readonly id: string; readonly masterurl: string }>(body)
        const listed = leader?.workers.some(({ id, state }) => id === own?.id && state === 'ALIVE') ?? false
        return listed && own?.masterurl === leader?.url ? { serving: true, role: 'worker' } : { serving: false }
      }
      case 'shuffle':
        return body === 'open' ? { serving: true, role: 'shuffle' } : { serving: false }
      case 'history':
        return json<{ readonly spark: string }>(body)?.spark === undefined
          ? { serving: false }
          : { serving: true, role: 'history' }
    }
  }
  return Object.fromEntries(
    daemons.flatMap(({ part, hosts }) =>
      hosts.map((host): readonly [string, ServiceSays] =>
        part === 'zookeeper'
          ? [`zookeeper-${host.slice(1)}`, { cluster: 'zk', host, ...says(host, part) }]
          : [`spark-${part}-${host}`, { cluster: 'analytics', host, ...says(host, part) }],
      ),
    ),
  )
}

function json<T>(body: string | undefined): T | undefined {
  try {
    return body === undefined ? undefined : (JSON.parse(body) as T)
  } catch {
    return undefined
  }
}
