import { info } from '../common/log.ts'
import { catchUp } from './catch-up.ts'
import { CheckFailed } from './check.ts'
import { type Ensemble, learn, promiseImplicitly, write } from './consensus.ts'
import type { Content } from './wire.ts'

/** The one who writes. There may be others who believe the same: only one of them gets a quorum for a position. */
export class Coordinator {
  readonly #ensemble: Ensemble
  #proposal = 0
  /** Where the next write goes; undefined while not elected. */
  #next: number | undefined

  constructor(ensemble: Ensemble) {
    this.#ensemble = ensemble
  }

  get isElected(): boolean {
    return this.#next !== undefined
  }

  /**
   * One attempt. Gives the last position of the log, all before and at which the own replica then knows, or undefined
   * where a quorum refused. With too few replicas it waits for them.
   */
  async elect(signal: AbortSignal): Promise<number | undefined> {
    const { replica } = this.#ensemble
    this.#next = undefined
    this.#proposal = Math.max(this.#proposal, replica.promised) + 1
    const promised = await promiseImplicitly(this.#ensemble, this.#proposal, signal)
    if (promised.type === 'REJECT') this.#proposal = Math.max(this.#proposal, promised.proposal)
    if (promised.type !== 'ACCEPT') return undefined
    info('coordinator.cpp:238', 'Coordinator attempting to fill missing positions')
    const missing = replica.missing(replica.begin, promised.end)
    await catchUp(this.#ensemble, this.#proposal + 1, missing, signal)
    this.#next = promised.end + 1
    return promised.end
  }

  append(bytes: string, signal: AbortSignal): Promise<number | undefined> {
    return this.#write({ type: 'APPEND', bytes }, signal)
  }

  truncate(to: number, signal: AbortSignal): Promise<number | undefined> {
    return this.#write({ type: 'TRUNCATE', to }, signal)
  }

  demote(): void {
    this.#next = undefined
  }

  /** Undefined when a quorum follows another by now; whether the write counts is then not known. */
  async #write(content: Content, signal: AbortSignal): Promise<number | undefined> {
    const position = this.#next
    if (position === undefined) return undefined
    // A write that does not come to its end must not be followed by another at the same position.
    this.#next = undefined
    info('coordinator.cpp:348', `Coordinator attempting to write ${content.type} action at position ${position}`)
    const action = { position, promised: this.#proposal, performed: this.#proposal, content }
    const written = await write(this.#ensemble, action, signal)
    if (written.type !== 'ACCEPT') return undefined
    learn(this.#ensemble, action)
    // So ends a leader whose own disk is full (c-failures/15).
    if (this.#ensemble.replica.isMissing(position)) throw new CheckFailed('coordinator.cpp', 'Check failed: !missing ')
    this.#next = position + 1
    return position
  }
}
