import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../test/lab/machine/sh.ts'

export interface CommandCost {
  readonly code: number
  readonly output: string
  readonly wallMs: number
  /** User and system time of the command and of all its descendants that it waited for. */
  readonly cpuMs: number
}

/** Runs a command and takes its time and its cost, as bash's `time` counts them. */
export async function cpuOfCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandCost> {
  const timed = 'TIMEFORMAT=$\'\\n%R %U %S\'; time "$@" 2>&1'
  const outcome = await run(['bash', '-c', timed, '-', ...argv], { env })
  const [real = NaN, user = NaN, system = NaN] = (outcome.stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number)
  if (Number.isNaN(real + user + system)) throw new Error(`bash's time said: ${outcome.stderr}`)
  return { code: outcome.code, output: outcome.stdout, wallMs: real * 1000, cpuMs: (user + system) * 1000 }
}

/** CPU time of a living process so far, in ms, in steps of 10 ms; 0 when it is gone. */
export function cpuOfProcess(pid: number): number {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return 0
  const fields = readFileSync(file, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const hierarchies = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup']

/** CPU time of everything that runs on the lab's hosts, in ms; undefined where the kernel does not count it by group. */
export function cpuOfHosts(lab: string): number | undefined {
  for (const hierarchy of hierarchies) {
    const group = join(hierarchy, 'ironherd-lab', lab)
    if (!existsSync(join(group, 'cpu.stat'))) continue
    const usages = readdirSync(group, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => /^usage_usec (\d+)$/m.exec(readFileSync(join(group, entry.name, 'cpu.stat'), 'utf8'))?.[1])
    return usages.reduce((sum, usage) => sum + Number(usage ?? 0), 0) / 1000
  }
  return undefined
}
