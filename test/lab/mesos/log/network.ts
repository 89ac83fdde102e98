import { randomUUID } from 'node:crypto'
import { abortable } from './abortable.ts'
import type { Transport } from './transport.ts'
import { type Asked, networkProcess, replicaProcess } from './wire.ts'

/** All replicas that are known, the own one always among them. */
export class Network {
  readonly #transport: Transport
  readonly #own: string
  #members: ReadonlySet<string>
  #asked = 0
  /** A late answer to the same request number of a process before this one must not count. */
  readonly #run = randomUUID()
  readonly #waiting = new Map<string, (answer: unknown) => void>()
  readonly #watchers = new Set<() => void>()

  constructor(transport: Transport, answers: readonly string[]) {
    this.#transport = transport
    this.#own = `${replicaProcess}@${transport.address}`
    this.#members = new Set([this.#own])
    for (const name of answers) {
      transport.receive(networkProcess, name, (_from, body) => this.#received(body as Asked))
    }
  }

  get size(): number {
    return this.#members.size
  }

  become(pids: readonly string[]): void {
    this.#members = new Set([this.#own, ...pids])
    for (const changed of this.#watchers) changed()
  }

  /** Waits for as many members; rejects once `signal` is aborted. */
  async atLeast(size: number, signal: AbortSignal): Promise<void> {
    while (this.size < size) await this.#change(signal)
  }

  /**
   * Asks every member, and settles on the first judgement that `judge` makes from the answers, which come one by one
   * and never twice. Undefined when all have answered without one; with an answer missing, it waits for `signal`.
   */
  async ask<Answer, Judgement>(
    message: string,
    body: object,
    judge: (answer: Answer) => Judgement | undefined,
    signal: AbortSignal,
  ): Promise<Judgement | undefined> {
    const open = new Set<string>()
    try {
      return await abortable<Judgement | undefined>(signal, (resolve) => {
        for (const member of this.#members) {
          this.#asked += 1
          const id = `${this.#run}/${this.#asked}`
          open.add(id)
          this.#waiting.set(id, (answer) => {
            open.delete(id)
            const judgement = judge(answer as Answer)
            if (judgement !== undefined || open.size === 0) resolve(judgement)
          })
          this.#transport.send(`__req_res__(${this.#asked})`, member, message, { ...body, id })
        }
      })
    } finally {
      for (const id of open) this.#waiting.delete(id)
    }
  }

  /** To all but the own one. */
  tell(message: string, body: object): void {
    for (const member of this.#members) {
      if (member !== this.#own) this.#transport.send(networkProcess, member, message, body)
    }
  }

  #received(answer: Asked): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    waiting?.(answer)
  }

  async #change(signal: AbortSignal): Promise<void> {
    let changed = (): void => undefined
    try {
      await abortable<void>(signal, (resolve) => {
        changed = resolve
        this.#watchers.add(changed)
      })
    } finally {
      this.#watchers.delete(changed)
    }
  }
}
