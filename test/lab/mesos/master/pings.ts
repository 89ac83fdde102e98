import { info } from '../common/log.ts'
import type { Pid } from '../common/pid.ts'
import type { Libprocess } from '../common/process.ts'
import type { PingSlave } from '../messages.ts'
import type { Counters } from './counters.ts'
import type { Limiter } from './limiter.ts'

interface Observed {
  readonly id: string
  readonly pid: Pid
  readonly observer: string
  connected: boolean
  pinged: boolean
  missed: number
  /** A removal waits for the limiter. */
  scheduled: boolean
  timer: NodeJS.Timeout | undefined
}

export interface PingOptions {
  readonly timeoutMs: number
  readonly maxTimeouts: number
  readonly limiter: Limiter
}

/**
 * Pings agents, and says which did not answer `maxTimeouts` times in a row (c-failures/50). Each agent has an observer
 * process of its own, whose name counts up from 1.
 */
export class Pings {
  readonly #process: Libprocess
  readonly #counters: Counters
  readonly #options: PingOptions
  readonly #observed = new Map<string, Observed>()
  readonly #lost: (agentId: string) => void
  #observers = 0

  constructor(process: Libprocess, counters: Counters, options: PingOptions, lost: (agentId: string) => void) {
    this.#process = process
    this.#counters = counters
    this.#options = options
    this.#lost = lost
  }

  start(id: string, pid: Pid): void {
    this.stop(id)
    const observer = `slave-observer(${++this.#observers})`
    const observed: Observed = {
      id,
      pid,
      observer,
      connected: true,
      pinged: false,
      missed: 0,
      scheduled: false,
      timer: undefined,
    }
    this.#observed.set(id, observed)
    this.#process.receive(observer, 'mesos.internal.PongSlaveMessage', () => this.#pong(observed))
    this.#ping(observed)
  }

  setConnected(id: string, connected: boolean): void {
    const observed = this.#observed.get(id)
    if (observed !== undefined) observed.connected = connected
  }

  stop(id: string): void {
    clearTimeout(this.#observed.get(id)?.timer)
    this.#observed.delete(id)
  }

  #ping(observed: Observed): void {
    const ping: PingSlave = { connected: observed.connected }
    this.#process.send(observed.observer, observed.pid, 'mesos.internal.PingSlaveMessage', ping)
    observed.pinged = true
    observed.timer = setTimeout(() => this.#timeout(observed), this.#options.timeoutMs)
  }

  #pong(observed: Observed): void {
    observed.missed = 0
    observed.pinged = false
    if (observed.scheduled && this.#observed.get(observed.id) === observed) {
      observed.scheduled = false
      this.#counters.add('master/slave_unreachable_canceled')
      info('master.cpp:230', `Canceling transition of agent ${observed.id} to UNREACHABLE because a pong was received!`)
    }
  }

  #timeout(observed: Observed): void {
    if (observed.pinged && ++observed.missed >= this.#options.maxTimeouts && !observed.scheduled)
      void this.#giveUp(observed)
    this.#ping(observed)
  }

  async #giveUp(observed: Observed): Promise<void> {
    observed.scheduled = true
    this.#counters.add('master/slave_unreachable_scheduled')
    const reason = 'because of health check timeout'
    info('master.cpp:262', `Scheduling transition of agent ${observed.id} to UNREACHABLE ${reason}`)
    await this.#options.limiter.acquire()
    if (!observed.scheduled || this.#observed.get(observed.id) !== observed) return
    this.#counters.add('master/slave_unreachable_completed')
    this.#lost(observed.id)
  }
}
