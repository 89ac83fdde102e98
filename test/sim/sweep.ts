import { unknown } from '../../src/model/fact.ts'
import type { HostFacts } from '../../src/model/facts.ts'
import type { Daemon } from './daemon.ts'
import type { Machine } from './machine.ts'
import { type Result, runPlan } from './run.ts'
import type { Moment, Point } from './script.ts'
import type { Disturbance, World } from './world.ts'

/** One thing that goes wrong, once, at a place that is named by its number in the undisturbed run. */
export type Plan =
  | { readonly what: 'nothing' }
  /** The daemon dies there; `scripts`: what it had sent dies with it, or runs on. */
  | { readonly what: 'crash'; readonly at: number; readonly moment: Moment; readonly scripts: 'die' | 'go on' }
  /** A tool of Hadoop is killed so many ms after it was begun. */
  | { readonly what: 'tool killed'; readonly verb: string; readonly at: number }
  /** The first look at that host is told once more in place of this one, or this one is lost. */
  | { readonly what: 'old look' | 'lost look' | 'lost answer'; readonly at: number }

/** What is to be done meanwhile: a first start from bare machines, or a change of a living ensemble. */
export type Work =
  | 'first start'
  | 'first start of HDFS'
  | 'rolling change'
  | 'a server moves'
  | 'a server moves, and the others are told'

const restartMs = 3_000

class Once implements Disturbance {
  readonly #world: World
  readonly #plan: Plan
  readonly #first = new Map<string, HostFacts>()
  readonly verbs: string[] = []
  steps = 0
  looks = 0
  answers = 0
  #cut = false

  constructor(world: World, plan: Plan) {
    this.#world = world
    this.#plan = plan
  }

  look(_daemon: Daemon, machine: Machine, facts: HostFacts): HostFacts {
    const { name } = machine
    const at = this.looks++
    const first = this.#first.get(name) ?? facts
    this.#first.set(name, first)
    if (!('at' in this.#plan) || this.#plan.at !== at) return facts
    if (this.#plan.what === 'old look') return first
    return this.#plan.what === 'lost look' ? unknown('ConnectionLost', `${name}: the connection was lost`) : facts
  }

  losesAnswer(): boolean {
    return this.#plan.what === 'lost answer' && this.#plan.at === this.answers++
  }

  delayMs(): number {
    return 0
  }

  point({ context, machine, moment, step: { action } }: Point): void {
    const plan = this.#plan
    if (moment === 'before') {
      this.steps++
      this.verbs.push(action.verb)
    }
    if (
      plan.what === 'tool killed' &&
      moment === 'intent' &&
      plan.verb === action.verb &&
      'tool' in action &&
      !this.#cut
    ) {
      this.#cut = true
      this.#world.clock.after(plan.at, () => machine.systemd.kill(action.tool.unit))
    }
    if (plan.what !== 'crash' || moment !== plan.moment || this.steps !== plan.at + 1) return
    const { clock, leader } = this.#world
    if (leader === undefined || leader.epoch !== context.authority.epoch) return
    this.steps++
    leader.kill(plan.scripts === 'die')
    clock.after(restartMs, () => this.#world.startDaemon())
  }
}

type Counted = Pick<Once, 'answers' | 'looks' | 'steps' | 'verbs'>

const crashes = (['before', 'intent', 'effect', 'after'] as const).flatMap((moment) =>
  (['die', 'go on'] as const).map((scripts) => ({ what: 'crash', moment, scripts }) as const),
)

/** Everything at every place. */
function plansFor({ answers, looks, steps }: Counted): readonly Plan[] {
  const plans: Plan[] = []
  for (let at = 0; at < steps; at++) for (const crash of crashes) plans.push({ ...crash, at })
  for (let at = 0; at < looks; at++) plans.push({ what: 'old look', at }, { what: 'lost look', at })
  for (let at = 0; at < answers; at++) plans.push({ what: 'lost answer', at })
  return plans
}

const tools = new Set(['FormatNameNode', 'BootstrapStandby', 'FormatFailover'])
const decides = /^(MarkFirstStart|StartUnit)$/

/**
 * Ten daemons are prepared by hundreds of steps that are alike: of these each eighth is crashed at, in turn at each moment; of ten
 * marks and ten starts each in half of the ways; tools in every way, and each is killed every 400 ms of its life.
 */
function plansForFiles({ looks, verbs }: Counted): readonly Plan[] {
  const plans: Plan[] = []
  let count = 0
  verbs.forEach((verb, at) => {
    if (tools.has(verb)) for (const crash of crashes) plans.push({ ...crash, at })
    else if (decides.test(verb)) {
      const turn = count++ % 2
      for (const crash of crashes.filter((_, way) => way % 2 === turn)) plans.push({ ...crash, at })
    } else if (at % 8 === 0)
      for (const crash of crashes.slice((at / 8) % 8, ((at / 8) % 8) + 1)) plans.push({ ...crash, at })
  })
  for (const verb of tools) for (let at = 100; at < 4_700; at += 400) plans.push({ what: 'tool killed', verb, at })
  for (let at = 0; at < looks; at += 3) plans.push({ what: 'old look', at }, { what: 'lost look', at: at + 1 })
  return plans
}

export interface Sweep {
  readonly plans: number
  readonly failed: readonly string[]
}

/** Every plan for that work: a crash at every step, every look told again and lost, every answer lost. */
export async function sweep(work: Work, only: (at: number) => boolean = () => true): Promise<Sweep> {
  const failed: string[] = []
  const one = async (plan: Plan): Promise<Once> => {
    let once: Once | undefined
    const { violations }: Result = await runPlan(work, (world) => {
      once = new Once(world, plan)
      return once
    })
    const [violation] = violations
    if (violation !== undefined) failed.push(`${JSON.stringify(plan)}: ${violation.oracle}: ${violation.why}`)
    if (once === undefined) throw new Error('the run never began')
    return once
  }
  const undisturbed = await one({ what: 'nothing' })
  const plans = work === 'first start of HDFS' ? plansForFiles(undisturbed) : plansFor(undisturbed)
  for (const [at, plan] of plans.entries()) if (only(at)) await one(plan)
  return { plans: plans.length, failed }
}
