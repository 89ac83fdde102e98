import { unknown } from '../../src/model/fact.ts'
import type { HostFacts } from '../../src/model/facts.ts'
import type { Daemon } from './daemon.ts'
import type { Fault, Happened } from './fault.ts'
import { faults, type Theme } from './faults.ts'
import { hdfsFaults } from './faults-hdfs.ts'
import type { Machine } from './machine.ts'
import { meddle } from './meddling.ts'
import { memberChanges, restHost } from './people-hdfs-members.ts'
import type { Random } from './random.ts'
import type { Moment, Point } from './script.ts'
import type { Disturbance, World } from './world.ts'

const moments: readonly Moment[] = ['before', 'intent', 'effect', 'after']

/** Everything that goes wrong in a run, drawn from its seed, until it is told to end. */
export class Chaos implements Disturbance {
  readonly #world: World
  readonly #random: Random
  readonly #ends = new Set<() => void>()
  #active = true
  /** The daemon dies when it comes to so many points more, at that moment of a step. */
  #crash: { left: number; readonly moment: Moment } | undefined
  /** Old looks by host, newest last. */
  readonly #looks = new Map<string, HostFacts[]>()
  #stale = 0
  #partial = 0
  #dropped = 0
  #lost = 0

  readonly #theme: Theme
  #late = 0

  constructor(world: World, random: Random, theme: Theme) {
    this.#theme = theme
    this.#world = world
    this.#random = random
    world.disturbance = this
  }

  /** Faults, each after a time of its own, and as often as drawn several at once. `meanMs`: between two. */
  begin(meanMs: number): void {
    const next = () => {
      if (!this.#active) return
      this.#one()
      this.#world.clock.after(this.#random.between(0.1, 2) * meanMs, next)
    }
    this.#world.clock.after(this.#random.between(0, meanMs), next)
    if (this.#world.shape.hdfs?.changes === true) this.#firstChange()
  }

  /** What such a run is about, as soon as it can be asked for. */
  #firstChange(): void {
    if (!this.#active) return
    const happened = this.#weighted(memberChanges)(this.#world, this.#random)
    this.#happened(happened)
    if (happened === undefined) this.#world.clock.after(5_000, () => this.#firstChange())
  }

  get active(): boolean {
    return this.#active
  }

  /** Everything that lasts is taken back, and nothing new begins. */
  end(): void {
    this.#active = false
    this.#crash = undefined
    for (const end of [...this.#ends]) end()
    this.#world.say(() => 'the faults end')
    const { leader } = this.#world
    if (leader === undefined) this.#world.startDaemon()
  }

  look(daemon: Daemon, machine: Machine, facts: HostFacts): HostFacts {
    const { name } = machine
    const before = this.#looks.get(name) ?? []
    // Some from the very beginning, and the last ones.
    this.#looks.set(name, [...before.slice(0, 10), ...before.slice(10).slice(-20), facts])
    if (!this.#active) return facts
    if (this.#dropped > 0) {
      this.#dropped--
      this.#world.say(() => `a look at ${name} is lost`)
      return unknown('ConnectionLost', `${name}: the connection was lost`)
    }
    if (this.#stale > 0 && before.length > 0) {
      this.#stale--
      const old = this.#random.pick(before)
      // A process that has acted there waits for a look that began after that (src/control/looks.ts).
      if (old.state === 'known' && old.value.lookedAt < (daemon.actedAt.get(name) ?? 0)) return facts
      this.#world.say(() => `an old look at ${name} is told once more`)
      return old
    }
    if (this.#partial > 0 && facts.state === 'known') {
      this.#partial--
      this.#world.say(() => `a look at ${name} sees a part only`)
      const { answers } = facts.value
      const keys = Object.keys(answers).filter(() => this.#random.chance(0.2))
      const blind = Object.fromEntries(keys.map((key) => [key, unknown('ProbeFailed', `${name}: ${key}: it failed`)]))
      return { state: 'known', value: { ...facts.value, answers: { ...answers, ...blind } } }
    }
    return facts
  }

  /** What was sent while the network stood still arrives when it goes on, whoever leads then. */
  delayMs(): number {
    if (!this.#active || this.#late === 0) return 0
    this.#late--
    const ms = this.#random.between(2_000, 30_000)
    this.#world.say(() => `a script is on its way for ${Math.round(ms / 1000)} s`)
    return ms
  }

  losesAnswer(): boolean {
    if (!this.#active || this.#lost === 0) return false
    this.#lost--
    this.#world.say(() => 'an answer is lost')
    return true
  }

  point(point: Point): void {
    if (this.#active && point.moment === 'before') {
      const often = this.#theme === 'hands' ? 6 : 1
      for (const happened of meddle(this.#world, this.#random, point, often)) this.#happened(happened)
    }
    if (!this.#active || this.#crash === undefined || point.moment !== this.#crash.moment) return
    if (--this.#crash.left > 0) return
    this.#crash = undefined
    const { leader } = this.#world
    if (leader === undefined || leader.epoch !== point.context.authority.epoch) return
    this.#killDaemon(`${point.moment} of ${point.step.action.verb} on ${point.machine.name}`)
  }

  #killDaemon(when: string): void {
    const { leader, clock } = this.#world
    if (leader === undefined) return
    const scriptsDie = this.#random.chance(0.5)
    this.#world.say(
      () => `ironherd ${leader.epoch} is killed (${when}), its scripts ${scriptsDie ? 'with it' : 'run on'}`,
    )
    leader.kill(scriptsDie)
    clock.after(this.#random.between(100, 20_000), () => {
      if (this.#world.leader === undefined) this.#world.startDaemon()
    })
  }

  /** Stopped, deposed, and continued: of two processes the older one must not act any more. */
  #twoDaemons(): void {
    const { leader, clock } = this.#world
    if (leader === undefined) return
    this.#world.say(() => `ironherd ${leader.epoch} is stopped`)
    leader.stop()
    const takesOver = this.#random.chance(0.8)
    if (takesOver) clock.after(15_000, () => void this.#world.startDaemon())
    this.#lasting(this.#random.between(takesOver ? 15_500 : 2_000, takesOver ? 60_000 : 14_000), () => {
      this.#world.say(() => `ironherd ${leader.epoch} is continued`)
      leader.continue()
      // It learns from the Lease soon.
      if (takesOver) clock.after(2_000, () => leader.kill(false))
    })
  }

  #one(): void {
    const random = this.#random
    const often = (theme: Theme, ms: number) => (this.#theme === theme ? 4 * ms : ms)
    const others: readonly (readonly [number, () => void])[] = [
      [often('daemons', 1), () => (this.#crash = { left: random.whole(1, 12), moment: random.pick(moments) })],
      [1, () => this.#killDaemon('between two steps')],
      [often('daemons', 1), () => this.#twoDaemons()],
      [often('daemons', 1), () => this.#late++],
      [often('disk', 1), () => (this.#stale += random.whole(1, 3))],
      [often('first', 1), () => (this.#stale += random.whole(1, 3))],
      [1, () => (this.#partial += random.whole(1, 6))],
      [1, () => (this.#dropped += random.whole(1, 3))],
      [1, () => this.#lost++],
      [9, () => this.#fault(this.#draw())],
    ]
    this.#weighted(others)()
  }

  #draw(): Fault {
    const { hdfs } = this.#world.shape
    if (hdfs !== undefined && this.#random.chance(0.4))
      return this.#weighted(hdfs.changes === true ? [...hdfsFaults, ...memberChanges, [1, restHost]] : hdfsFaults)
    return this.#weighted(
      faults.map(
        ([weight, fault, ...chiefly]) => [chiefly.includes(this.#theme) ? 10 * weight : weight, fault] as const,
      ),
    )
  }

  #weighted<T>(from: readonly (readonly [number, T])[]): T {
    let at = this.#random.next() * from.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, drawn] of from) {
      at -= weight
      if (at < 0) return drawn
    }
    throw new RangeError('nothing was drawn')
  }

  #fault(fault: Fault): void {
    this.#happened(fault(this.#world, this.#random))
  }

  #happened(happened: Happened | undefined): void {
    if (happened === undefined) return
    const { told, end } = happened
    this.#world.say(() => `! ${told}`)
    if (end === undefined) return
    this.#lasting(this.#random.pick([8_000, 30_000, 90_000]) * this.#random.between(0.5, 1.5), () => {
      this.#world.say(() => `! no more: ${told}`)
      end()
    })
  }

  #lasting(ms: number, end: () => void): void {
    const once = () => {
      if (this.#ends.delete(once)) end()
    }
    this.#ends.add(once)
    this.#world.clock.after(ms, once)
  }
}
