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
  /** Done before each time and not measured. */
  readonly before?: () => Promise<void>
  /** Does the work once, completely, and throws when the outcome is not the one that all of them come to. */
  readonly once: () => Promise<Cost>
  /** Takes part in every so many rounds; default 1. */
  readonly every?: number
}

/** What a daemon does again and again was done a moment ago, and not a minute ago, before others had their turn. */
export function warm(name: string, once: () => Promise<Cost>): Contender {
  return { name, before: async () => void (await once()), once }
}

/** How long to go on. */
export interface Bounds {
  readonly rounds: number
  /** No round begins after so long, ms: the table says how many there were. */
  readonly forMs: number
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
    /** Name of the lab whose hosts are watched; undefined: there are no hosts. */
    readonly lab?: string
    readonly bounds: Bounds
    readonly warmUp: number
    readonly log: (line: string) => void
  },
): Promise<readonly Sample[]> {
  const { bounds, lab, log, warmUp } = options
  const { rounds } = bounds
  const hostsCpu = (): number | undefined => (lab === undefined ? undefined : cpuOfHosts(lab))
  for (const contender of contenders) {
    for (let time = 0; time < warmUp; time++) {
      log(`warming up: ${contender.name}`)
      await contender.before?.()
      await contender.once()
    }
  }
  const samples: Sample[] = []
  const began = performance.now()
  for (let round = 1; round <= rounds && performance.now() - began < bounds.forMs; round++) {
    const order = contenders
      .map((_, at) => contenders[(at + round) % contenders.length])
      .filter((each) => each !== undefined)
      .filter(({ every = 1 }) => (round - 1) % every === 0)
    for (const contender of order) {
      await contender.before?.()
      await sleep(lab === undefined ? 0 : 300)
      const before = hostsCpu()
      const cost = await contender.once()
      const after = hostsCpu()
      const hostsCpuMs = before === undefined || after === undefined ? undefined : after - before
      samples.push({ round, contender: contender.name, ...cost, hostsCpuMs })
      log(
        `round ${round} of ${rounds}: ${contender.name} ${cost.wallMs.toFixed(1)} ms, CPU ${cost.cpuMs.toFixed(1)} ms`,
      )
    }
  }
  return samples
}

export function toCsv(samples: readonly Sample[]): string {
  const rows = samples.map((sample) =>
    [
      sample.round,
      // A name may hold a comma.
      JSON.stringify(sample.contender),
      sample.wallMs.toFixed(3),
      sample.cpuMs.toFixed(3),
      sample.hostsCpuMs?.toFixed(3) ?? '',
    ].join(','),
  )
  return `round,contender,wall_ms,controller_cpu_ms,hosts_cpu_ms\n${rows.join('\n')}\n`
}
