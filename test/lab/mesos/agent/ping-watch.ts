import { info } from '../common/log.ts'
import { formatDuration } from '../common/quantities.ts'

/** Notices when the master's pings stop. */
export class PingWatch {
  /** Until a master says otherwise: 15 s, five times. */
  timeoutMs = 75_000
  readonly #missed: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(missed: () => void) {
    this.#missed = missed
  }

  /** The count begins anew. */
  expect(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      info('slave.cpp:6708', `No pings from master received within ${formatDuration(this.timeoutMs)}`)
      this.#missed()
    }, this.timeoutMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
