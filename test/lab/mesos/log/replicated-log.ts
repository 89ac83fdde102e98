import { info } from '../common/log.ts'
import { abortable } from './abortable.ts'
import type { Clock } from './clock.ts'
import { Coordinator } from './coordinator.ts'
import { Network } from './network.ts'
import { recover } from './recover.ts'
import { Replica } from './replica.ts'
import type { Storage } from './storage.ts'
import type { Transport } from './transport.ts'
import { messages } from './wire.ts'

interface LogOptions {
  readonly storage: Storage
  readonly transport: Transport
  readonly clock: Clock
  readonly quorum: number
  readonly autoInitialize: boolean
  /** A failed check, or what the disk says: nothing good comes of this log any more. */
  readonly failed: (error: unknown) => void
}

/** The log of one master: a replica for all masters, and a writer of one text where this master leads. */
export class ReplicatedLog {
  readonly network: Network
  readonly replica: Replica
  readonly #coordinator: Coordinator
  readonly #clock: Clock
  readonly #failed: (error: unknown) => void
  readonly #closed = new AbortController()
  readonly #recovery: Promise<void>
  #truncating: Promise<unknown> = Promise.resolve()

  constructor({ storage, transport, clock, quorum, autoInitialize, failed }: LogOptions) {
    this.replica = new Replica(storage, transport)
    this.replica.logRecovered()
    this.network = new Network(transport, [messages.recovered, messages.promised, messages.written])
    const ensemble = { replica: this.replica, network: this.network, clock, quorum }
    this.#coordinator = new Coordinator(ensemble)
    this.#clock = clock
    this.#failed = failed
    this.#recovery = recover(ensemble, autoInitialize, this.#closed.signal)
    this.#recovery.catch((error: unknown) => this.#fail(error))
  }

  get isRecovered(): boolean {
    return this.replica.status === 'VOTING'
  }

  /** Becomes the writer, however many attempts that takes, and gives the text; undefined in a new log. */
  async fetch(signal: AbortSignal): Promise<string | undefined> {
    await abortable<void>(signal, (resolve) => {
      this.#recovery.then(resolve, () => undefined)
    })
    const end = await this.#startWriter(signal)
    info('log.cpp:570', `Writer started with ending position ${end}`)
    const texts = this.replica.learned().flatMap(({ content }) => (content.type === 'APPEND' ? [content.bytes] : []))
    return texts.at(-1)
  }

  /** False when another master writes by now; whether the text counts is then not known. */
  async store(text: string, signal: AbortSignal): Promise<boolean> {
    await abortable<void>(signal, (resolve) => {
      this.#truncating.then(
        () => resolve(),
        () => undefined,
      )
    })
    const position = await this.#coordinator.append(text, signal)
    if (position === undefined) return false
    this.#truncating = this.#coordinator.truncate(position, this.#closed.signal)
    this.#truncating.catch((error: unknown) => this.#fail(error))
    return true
  }

  demote(): void {
    this.#coordinator.demote()
  }

  close(): void {
    this.#closed.abort(new Error('The log is closed'))
  }

  async #startWriter(signal: AbortSignal): Promise<number> {
    for (;;) {
      info('log.cpp:554', 'Attempting to start the writer')
      const end = await this.#coordinator.elect(signal)
      if (end !== undefined) return end
      info('log.cpp:566', 'Could not start the writer, but can be retried')
      // Mesos does not wait, and goes through thousands of proposals (c-failures/13): too much for a machine of tests.
      await this.#clock.sleep(20, signal)
    }
  }

  #fail(error: unknown): void {
    if (!this.#closed.signal.aborted) this.#failed(error)
  }
}
