import { scalar } from '../master/resources.ts'
import { allocated, type Executor } from './model.ts'
import { treeOf } from './processes.ts'

const mebibyte = 2 ** 20
const pageBytes = 4096
const ticksPerSecond = 100

/** What `/containers` and `/monitor/statistics` tell of one: limits from its resources, use from /proc. */
export function statisticsOf(executor: Executor): Readonly<Record<string, number>> {
  const resources = allocated(executor)
  const memory = scalar(resources, 'mem') * mebibyte
  const processes = executor.forkedPid === undefined ? [] : treeOf(executor.forkedPid)
  const total = (amount: (one: (typeof processes)[number]) => number): number =>
    processes.reduce((all, one) => all + amount(one), 0)
  return {
    cpus_soft_limit: scalar(resources, 'cpus'),
    cpus_system_time_secs: total((one) => one.systemTicks) / ticksPerSecond,
    cpus_user_time_secs: total((one) => one.userTicks) / ticksPerSecond,
    mem_limit_bytes: memory,
    mem_rss_bytes: total((one) => one.residentPages) * pageBytes,
    mem_soft_limit_bytes: memory,
    timestamp: Date.now() / 1000,
  }
}
