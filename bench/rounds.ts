import { setTimeout as sleep } from 'node:timers/promises'
import { cpuOfHosts } from './cpu.ts'

export interface Cost {
  readonly wallMs: number
  /** On the machine that manages the hosts. */
  readonly cpuMs: number
}

/** One way to do the work that is compared. */
export interface Contender {
  readonly name: string
  /** Does the work once, completely, and throws when the outcome is not "nothing to do". */
  readonly once: () => Promise<Cost>
}

export interface Sample extends Cost {
  /** From 1. */
  readonly round: number
  readonly contender: string
  /** Of all hosts together, what the services on them use anyway included; undefined where it cannot be measured. */
  readonly hostsCpuMs: number | undefined
}

/**
 * Every contender once per round, in turn first and last, so that whatever else the machine does meets all of them.
 * Before the first round each is run `warmUp` times unmeasured.
 */
export async function runRounds(
  contenders: readonly Contender[],
  options: {
    readonly lab: string
    readonly rounds: number
    readonly warmUp: number
    readonly log: (line: string) => void
  },
): Promise<readonly Sample[]> {
  for (const contender of contenders) {
    options.log(`warming up: ${contender.name}`)
    for (let time = 0; time < options.warmUp; time++) await contender.once()
  }
  const samples: Sample[] = []
  for (let round = 1; round <= options.rounds; round++) {
    const order = contenders
      .map((_, at) => contenders[(at + round) % contenders.length])
      .filter((each) => each !== undefined)
    for (const contender of order) {
      await sleep(500)
      const before = cpuOfHosts(options.lab)
      const cost = await contender.once()
      const after = cpuOfHosts(options.lab)
      const hostsCpuMs = before === undefined || after === undefined ? undefined : after - before
      samples.push({ round, contender: contender.name, ...cost, hostsCpuMs })
      options.log(
        `round ${round} of ${options.rounds}: ${contender.name} ${cost.wallMs.toFixed(1)} ms, CPU ${cost.cpuMs.toFixed(1)} ms`,
      )
    }
  }
  return samples
}

export function toCsv(samples: readonly Sample[]): string {
  const rows = samples.map((sample) =>
    [
      sample.round,
      sample.contender,
      sample.wallMs.toFixed(3),
      sample.cpuMs.toFixed(3),
      sample.hostsCpuMs?.toFixed(3) ?? '',
    ].join(','),
  )
  return `round,contender,wall_ms,controller_cpu_ms,hosts_cpu_ms\n${rows.join('\n')}\n`
}
