import { availableParallelism, freemem, loadavg, totalmem } from 'node:os'
import type { Libprocess } from './process.ts'

/** What libprocess tells of the host: `/system/stats.json`, and `/logging/toggle`, which says the verbosity. */
export function serveSystem(process: Libprocess, realm?: string): void {
  process.route('/system/stats.json', () => ({ status: 200, json: hostStatistics() }), realm)
  process.route('/logging/toggle', () => ({ status: 200, text: '0\n' }), realm)
}

export function hostStatistics(): Readonly<Record<string, number>> {
  const [one = 0, five = 0, fifteen = 0] = loadavg()
  return {
    avg_load_15min: fifteen,
    avg_load_1min: one,
    avg_load_5min: five,
    cpus_total: availableParallelism(),
    mem_free_bytes: freemem(),
    mem_total_bytes: totalmem(),
  }
}
