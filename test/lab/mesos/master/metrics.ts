import type { Resource, TaskState } from '../shapes.ts'
import { isActive, now } from './cluster.ts'
import type { Master } from './context.ts'
import { idleQueueNames, operationNames } from './metric-names.ts'
import { usedOn } from './offers.ts'
import { scalar, sum } from './resources.ts'

const kinds = ['cpus', 'gpus', 'mem', 'disk'] as const

const tasksInState: Readonly<Record<string, TaskState>> = {
  tasks_staging: 'TASK_STAGING',
  tasks_starting: 'TASK_STARTING',
  tasks_running: 'TASK_RUNNING',
  tasks_killing: 'TASK_KILLING',
}

/** Every gauge of a-http/leader-GET-metrics_snapshot.txt; the counters come with their names from `metric-names.ts`. */
export function addGauges(master: Master): void {
  const { metrics, cluster, leadership } = master
  const gauge = (name: string, value: () => number): void => metrics.gauge(`master/${name}`, value)
  for (const name of [...operationNames, ...idleQueueNames]) metrics.gauge(name, () => 0)
  gauge('elected', () => (leadership.electedTime === undefined ? 0 : 1))
  gauge('uptime_secs', () => now() - master.startTime)
  gauge('outstanding_offers', () => cluster.offers.size)
  addAgents(master, gauge)
  addFrameworks(master, gauge)
  for (const [name, state] of Object.entries(tasksInState)) gauge(name, () => countTasks(master, state))
  gauge('tasks_unreachable', () =>
    [...cluster.frameworks.values()].reduce((total, framework) => total + framework.unreachableTasks.length, 0),
  )
  for (const kind of kinds) addResource(master, gauge, kind)
}

type Gauge = (name: string, value: () => number) => void

function addAgents({ cluster }: Master, gauge: Gauge): void {
  const agents = () => [...cluster.agents.values()]
  gauge('slaves_active', () => agents().filter(isActive).length)
  gauge('slaves_inactive', () => agents().filter((agent) => !isActive(agent)).length)
  gauge('slaves_connected', () => agents().filter(({ connected }) => connected).length)
  gauge('slaves_disconnected', () => agents().filter(({ connected }) => !connected).length)
  gauge('slaves_unreachable', () => cluster.unreachable.size)
}

function addFrameworks({ cluster }: Master, gauge: Gauge): void {
  const connected = () => [...cluster.frameworks.values()].filter(({ stream }) => stream !== undefined).length
  gauge('frameworks_active', connected)
  gauge('frameworks_connected', connected)
  gauge('frameworks_inactive', () => cluster.frameworks.size - connected())
  gauge('frameworks_disconnected', () => cluster.frameworks.size - connected())
}

/** No agent of the lab has revocable resources. */
function addResource(master: Master, gauge: Gauge, kind: (typeof kinds)[number]): void {
  const { cluster, metrics } = master
  const agents = () => [...cluster.agents.values()]
  const total = () => scalar(sum(agents().map(({ info }) => info.resources)), kind)
  const used = () => scalar(sum(agents().map(usedOn)), kind)
  const offered = () =>
    scalar(sum([...cluster.offers.values()].map((offer): readonly Resource[] => offer.resources)), kind)
  gauge(`${kind}_total`, total)
  gauge(`${kind}_used`, used)
  gauge(`${kind}_percent`, () => (total() === 0 ? 0 : used() / total()))
  for (const what of ['total', 'used', 'percent']) gauge(`${kind}_revocable_${what}`, () => 0)
  if (kind === 'gpus') return
  metrics.gauge(`allocator/mesos/resources/${kind}/total`, total)
  metrics.gauge(`allocator/mesos/resources/${kind}/offered_or_allocated`, () => used() + offered())
}

function countTasks({ cluster }: Master, state: TaskState): number {
  const tasks = [...cluster.agents.values()].flatMap((agent) => [...agent.tasks.values()])
  return tasks.filter((task) => task.state === state).length
}
