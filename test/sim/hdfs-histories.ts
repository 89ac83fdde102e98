import type { Step } from '../../src/model/step.ts'
import { approvePlans } from './approver.ts'
import { deed } from './hdfs-deeds.ts'
import { switchOn } from './image.ts'
import { Random } from './random.ts'
import { clientWrites, imageFor, isReady } from './run.ts'
import type { Point } from './script.ts'
import { type Mutant, type Shape, World } from './world.ts'

/** What of HDFS is in question: a verb, of which `Purge` and `Departure` are the two that others than repairs ask for. */
export const historyVerbs = [
  'FormatNameNode',
  'BootstrapStandby',
  'FormatFailover',
  'SeedJournal',
  'InitializeSharedEdits',
  'FailOver',
  'MoveAside',
  'Departure',
  'Purge',
] as const

export type HistoryVerb = (typeof historyVerbs)[number]

/** What happened to an HDFS, and what ironherd may make of it. */
export interface HdfsHistory {
  readonly verb: HistoryVerb
  /** It is somebody's good right: nothing of it is refused. */
  readonly legitimate?: true
  /** In a few words. */
  readonly what: string
  /** `bare`: machines on which only an ensemble stands; `standing`: the file system was in use; `simple`: so was one of one NameNode. */
  readonly begin: 'bare' | 'standing' | 'simple'
  /** `Block`: nobody takes over from whom no method has proven off. */
  readonly fencing?: 'Block'
  /**
   * `WHEN: WORDS` (hdfs-deeds.ts), in their order: `first` before the object is applied, `ready` once everything is, `active` once somebody
   * is, `before VERB`, `in VERB` and `after VERB` at that step, `+N` N seconds later.
   */
  readonly deeds: readonly string[]
  /** `Ready`, or the reason that is told while nothing is done. */
  readonly end: string
  /** How often the verb passes its guards after the last deed; 0 where it is refused. */
  readonly times?: number
  /** Deeds after which it goes on to Ready. */
  readonly then?: readonly string[]
}

export interface Played {
  /** What is not as the history says; ''. */
  readonly wrong: string
  readonly events: readonly string[]
}

const limits = { readyMs: 20 * 60_000, refusedMs: 100_000 } as const

/** Plays it to its end; `mutant`: with a bug planted. */
export async function play(history: HdfsHistory, mutant?: Mutant): Promise<Played> {
  const { begin, deeds, end, fencing = 'QjmOnly', then, times, verb } = history
  const plain: Shape = { voters: 3, workers: 0, keepsHosts: true, spares: 1, policy: 'Automatic' }
  const shape: Shape = { ...plain, hdfs: { fencing, ...(begin === 'simple' ? { simple: true } : {}) } }
  const image = await imageFor(begin === 'bare' ? plain : shape)
  const world = new World(1, shape, mutant, image.at + 3_600_000)
  const { clock, oracles } = world
  clock.install()
  try {
    switchOn(world, image)
    clientWrites(world)
    if (begin === 'simple') approvePlans(world, new Random(1), () => true)
    const player = new Player(world, verb)
    const wrong = await player.follow(deeds)
    if (wrong !== '') return player.ended(wrong)
    const refused = end === 'Ready' ? '' : await player.isRefused(end, times ?? 0)
    if (refused !== '') return player.ended(refused)
    if (end !== 'Ready' && then === undefined) return player.ended('')
    const undone = await player.follow(then ?? [])
    if (undone !== '') return player.ended(undone)
    const found = await player.isReady()
    const executed = player.executed
    if (found === '' && end === 'Ready' && times !== undefined && executed !== times)
      return player.ended(`${verb} was done ${executed} times, and not ${times}`)
    return player.ended(found)
  } finally {
    clock.uninstall()
    oracles.violations.length = 0
  }
}

class Player {
  readonly #world: World
  readonly #verb: HistoryVerb
  /** Steps that passed their guards. */
  executed = 0
  #waiting: { readonly when: string; readonly act: () => void } | undefined
  #begun = false

  constructor(world: World, verb: HistoryVerb) {
    this.#world = world
    this.#verb = verb
    world.disturbance = {
      look: (_daemon, _machine, facts) => facts,
      losesAnswer: () => false,
      delayMs: () => 0,
      point: (point) => this.#point(point),
    }
  }

  /** '' or the deed whose moment never came. */
  async follow(deeds: readonly string[]): Promise<string> {
    for (const line of deeds) {
      const [when = '', what = ''] = line.split(': ')
      if (when !== 'first') this.#begin()
      if (!(await this.#until(when, () => this.#do(what.split(' '))))) return `"${line}" never came: ${this.#told()}`
    }
    this.#begin()
    return ''
  }

  async isRefused(reason: string, times: number): Promise<string> {
    const { clock } = this.#world
    await clock.run(clock.now + limits.refusedMs, () => this.#hasFailed())
    if (this.#hasFailed()) return this.#violations()
    if (this.executed !== times) return `${this.#verb} was done ${this.executed} times, and not ${times}`
    return this.#told().includes(reason) ? '' : `${reason} is not told: ${this.#told()}`
  }

  async isReady(): Promise<string> {
    const { clock } = this.#world
    // A Ready of before must be over.
    await clock.run(clock.now + 25_000, () => this.#hasFailed())
    await clock.run(clock.now + limits.readyMs, () => isReady(this.#world) || this.#hasFailed())
    if (this.#hasFailed()) return this.#violations()
    return isReady(this.#world) ? '' : `not Ready: ${this.#told()}`
  }

  ended(wrong: string): Played {
    return { wrong, events: this.#world.history.last(40) }
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    this.#world.startDaemon()
    this.#world.apply()
  }

  async #until(when: string, act: () => void): Promise<boolean> {
    const { clock } = this.#world
    const seconds = /^\+(\d+)$/.exec(when)?.[1]
    if (seconds !== undefined) await clock.run(clock.now + Number(seconds) * 1000)
    else if (when === 'ready') {
      await clock.run(clock.now + 6_000)
      await clock.run(clock.now + limits.readyMs, () => isReady(this.#world))
      if (!isReady(this.#world)) return false
    } else if (when === 'active') {
      await clock.run(clock.now + limits.readyMs, () => this.#world.hdfs.active?.serves === true)
      if (this.#world.hdfs.active?.serves !== true) return false
    } else if (when !== 'first') {
      this.#waiting = { when, act }
      await clock.run(clock.now + limits.readyMs, () => this.#waiting === undefined)
      return this.#waiting === undefined
    }
    act()
    return true
  }

  #do(words: readonly string[]): void {
    this.#world.say(() => `! ${words.join(' ')}`)
    this.executed = 0
    deed(this.#world, words)
  }

  #point({ moment, step }: Point): void {
    const { action } = step
    const waiting = this.#waiting
    const now = { before: 'before', after: 'after', intent: 'in', effect: '' }[moment]
    if (waiting !== undefined && waiting.when === `${now} ${action.verb}`) {
      this.#waiting = undefined
      waiting.act()
    }
    if (moment === 'intent' && this.#isOf(step)) this.executed++
  }

  #isOf({ action: { verb }, member }: Step): boolean {
    switch (this.#verb) {
      case 'Departure':
        return verb === 'StopUnit' && member.includes('datanode')
      case 'Purge':
        return verb === 'MoveAside' && this.#world.deleted.has('HdfsCluster')
      default:
        return verb === this.#verb
    }
  }

  #told(): string {
    return ['Ready', 'Available', 'Progressing', 'Degraded', 'UpToDate']
      .map((type) => `${type} ${this.#world.condition('HdfsCluster', 'files', type)}`)
      .join('; ')
  }

  #hasFailed(): boolean {
    return this.#world.oracles.violations.length > 0
  }

  #violations(): string {
    return this.#world.oracles.violations.map(({ oracle, why }) => `${oracle}: ${why}`).join('; ')
  }
}
