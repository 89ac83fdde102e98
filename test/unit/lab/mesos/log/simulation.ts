import { reasonOf } from '../../../../lab/mesos/log/abortable.ts'
import type { Clock } from '../../../../lab/mesos/log/clock.ts'
import type { Ensemble } from '../../../../lab/mesos/log/consensus.ts'
import { apply, type Contents, type Entry, empty } from '../../../../lab/mesos/log/contents.ts'
import { Network } from '../../../../lab/mesos/log/network.ts'
import { Replica } from '../../../../lab/mesos/log/replica.ts'
import type { Storage } from '../../../../lab/mesos/log/storage.ts'
import type { Transport } from '../../../../lab/mesos/log/transport.ts'
import { messages, replicaProcess, type Status } from '../../../../lab/mesos/log/wire.ts'

interface Letter {
  readonly from: string
  readonly to: string
  readonly message: string
  readonly text: string
}

interface Timer {
  readonly at: number
  readonly fire: () => void
}

interface Faults {
  /** Shares of all messages, from 0 to 1. */
  readonly lost: number
  readonly repeated: number
  /** A node that hears only itself, and is heard by nobody else. */
  readonly cut?: string
  /** What a node says to itself arrives before anything else, as it does within one process. */
  readonly ownFirst?: boolean
}

const reliable: Faults = { lost: 0, repeated: 0 }

/** One master as far as the log knows it. */
export interface Node {
  readonly address: string
  readonly ensemble: Ensemble
  /** Aborted when it is killed. */
  readonly life: AbortController
}

/**
 * Any number of replicas in one process, with disks that outlive them and messages that arrive in any order, twice or
 * never. Time passes only while no message is under way. `random` gives numbers from 0 to less than 1.
 */
export class Simulation {
  readonly #random: () => number
  readonly #quorum: number
  readonly #disks = new Map<string, Contents>()
  readonly #handlers = new Map<string, (from: string, body: unknown) => void>()
  readonly nodes = new Map<string, Node>()
  #letters: Letter[] = []
  #timers: Timer[] = []
  #now = 0
  faults = reliable

  constructor(quorum: number, random: () => number) {
    this.#quorum = quorum
    this.#random = random
  }

  /** Starts a node on the disk that it had, or on an empty one. All running nodes know it at once. */
  start(address: string, status?: Status): Node {
    const contents = this.#disks.get(address) ?? empty()
    if (status !== undefined) contents.status = status
    this.#disks.set(address, contents)
    const transport = this.#transport(address)
    const replica = new Replica(memory(contents), transport)
    const network = new Network(transport, [messages.recovered, messages.promised, messages.written])
    const ensemble = { replica, network, clock: this.#clock(), quorum: this.#quorum }
    const node = { address, ensemble, life: new AbortController() }
    this.nodes.set(address, node)
    this.#meet()
    return node
  }

  kill(address: string): void {
    this.nodes.get(address)?.life.abort(new Error(`${address} was killed`))
    this.nodes.delete(address)
    for (const key of this.#handlers.keys()) if (key.includes(`@${address} `)) this.#handlers.delete(key)
    this.#meet()
  }

  /** With what it had sent and what was on its way to it: the connections of a dead process end with it. */
  wipe(address: string): void {
    this.kill(address)
    this.#disks.delete(address)
    this.#letters = this.#letters.filter(({ from, to }) => !`${from} ${to} `.includes(`@${address} `))
  }

  disk(address: string): Contents | undefined {
    return this.#disks.get(address)
  }

  /** Until nothing is left that could happen by itself within `ms`, or `enough` says so; at most 100000 events. */
  async run(ms = 1000, enough: () => boolean = () => false): Promise<void> {
    const end = this.#now + ms
    for (let event = 0; event < 100_000; event += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      if (enough() || !this.#step(end)) return
    }
    throw new Error('The simulation does not come to rest')
  }

  /** Runs until `promise` settles; throws where it never would. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let over = false
    const end = promise.finally(() => {
      over = true
    })
    end.catch(() => undefined)
    await this.run(600_000, () => over)
    if (!over) throw new Error('It waits for ever')
    return end
  }

  #step(end: number): boolean {
    if (this.#letters.length > 0) {
      this.#deliver()
      return true
    }
    const next = this.#timers.toSorted((one, other) => one.at - other.at)[0]
    if (next === undefined || next.at > end) return false
    this.#timers = this.#timers.filter((timer) => timer !== next)
    this.#now = Math.max(this.#now, next.at)
    next.fire()
    return true
  }

  #deliver(): void {
    const own = this.faults.ownFirst ? this.#letters.findIndex(isOwn) : -1
    const index = own < 0 ? Math.floor(this.#random() * this.#letters.length) : own
    const [letter] = this.#letters.splice(index, 1)
    if (letter === undefined || isCut(letter, this.faults.cut) || this.#random() < this.faults.lost) return
    if (this.#random() < this.faults.repeated) this.#letters.push(letter)
    this.#handlers.get(`${letter.to} ${letter.message}`)?.(letter.from, JSON.parse(letter.text))
  }

  #meet(): void {
    const pids = [...this.nodes.keys()].map((address) => `${replicaProcess}@${address}`)
    for (const { ensemble } of this.nodes.values()) ensemble.network.become(pids)
  }

  #transport(address: string): Transport {
    return {
      address,
      send: (from, to, message, body) => {
        this.#letters.push({ from: `${from}@${address}`, to, message, text: JSON.stringify(body) })
      },
      receive: (process, message, handler) => {
        this.#handlers.set(`${process}@${address} ${message}`, handler)
      },
    }
  }

  #clock(): Clock {
    return {
      now: () => this.#now,
      random: this.#random,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          const timer = { at: this.#now + ms, fire: resolve }
          this.#timers.push(timer)
          signal.addEventListener('abort', () => {
            this.#timers = this.#timers.filter((each) => each !== timer)
            reject(reasonOf(signal))
          })
        }),
    }
  }
}

function isOwn({ from, to }: Letter): boolean {
  return from.split('@')[1] === to.split('@')[1]
}

function isCut(letter: Letter, address: string | undefined): boolean {
  return address !== undefined && !isOwn(letter) && [letter.from, letter.to].some((pid) => pid.endsWith(`@${address}`))
}

function memory(contents: Contents): Storage {
  return {
    contents,
    persist: (entry: Entry) => {
      apply(contents, entry)
    },
    close: () => undefined,
  }
}

/** Small numbers from a seed: the same run for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
