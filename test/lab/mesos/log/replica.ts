import { error, info } from '../common/log.ts'
import { type Entry, endOf } from './contents.ts'
import { StorageError } from './files.ts'
import type { Storage } from './storage.ts'
import type { Transport } from './transport.ts'
import {
  type Action,
  type Asked,
  isWritten,
  type LearnedMessage,
  messages,
  networkProcess,
  type PromiseRequest,
  type PromiseResponse,
  type RecoverResponse,
  replicaProcess,
  type Status,
  type WriteRequest,
  type WriteResponse,
  type Written,
} from './wire.ts'

/**
 * One of the copies of the log: it answers coordinators, and does nothing by itself. Only in status VOTING do its
 * promises and acceptances count. What cannot be written to disk is not answered (c-failures/15).
 */
export class Replica {
  /** `log-replica(1)@ip:port`. */
  readonly pid: string
  readonly #storage: Storage
  readonly #transport: Transport

  constructor(storage: Storage, transport: Transport) {
    this.#storage = storage
    this.#transport = transport
    this.pid = `${replicaProcess}@${transport.address}`
    transport.receive(replicaProcess, messages.recover, (from, body) => {
      info('replica.cpp:677', `Replica in ${this.status} status received a broadcasted recover request from ${from}`)
      this.#answer(from, messages.recovered, body as Asked, this.#recovery())
    })
    transport.receive(replicaProcess, messages.promise, (from, body) => {
      const request = body as Asked & PromiseRequest
      this.#unlessDiskFails(() => this.#answer(from, messages.promised, request, this.#promise(from, request)))
    })
    transport.receive(replicaProcess, messages.write, (from, body) => {
      const request = body as Asked & WriteRequest
      this.#unlessDiskFails(() => this.#answer(from, messages.written, request, this.#write(from, request)))
    })
    transport.receive(replicaProcess, messages.learned, (from, body) => {
      this.learn(from, (body as LearnedMessage).action)
    })
  }

  get status(): Status {
    return this.#storage.contents.status
  }

  get promised(): number {
    return this.#storage.contents.promised
  }

  get begin(): number {
    return this.#storage.contents.begin
  }

  get end(): number {
    return endOf(this.#storage.contents)
  }

  /** Throws StorageError. */
  update(status: Status): void {
    this.#storage.persist({ status })
    info('replica.cpp:322', `Persisted replica status to ${status}`)
  }

  /** Throws StorageError. */
  promiseAtLeast(proposal: number): void {
    if (proposal > this.promised) this.#storage.persist({ promised: proposal })
  }

  /** Not known to be agreed on; what was truncated is not missed. */
  isMissing(position: number): boolean {
    return position >= this.begin && !this.#action(position)?.learned
  }

  /** Of `begin` to `end`, both included. */
  missing(begin: number, end: number): number[] {
    return positions(begin, end).filter((position) => this.isMissing(position))
  }

  /** What is agreed on, oldest first. */
  learned(): Written[] {
    return positions(this.begin, this.end)
      .map((position) => this.#action(position))
      .filter(isWritten)
      .filter(({ learned }) => learned)
  }

  /** Taken in every status; a learned position keeps its value. */
  learn(from: string, action: Written): void {
    info('replica.cpp:695', `Replica received learned notice for position ${action.position} from ${from}`)
    if (this.isMissing(action.position))
      this.#unlessDiskFails(() => this.#persist({ action: { ...action, learned: true } }))
  }

  logRecovered(): void {
    const known = positions(this.begin, this.end).map((position) => this.#action(position))
    const holes = known.filter((action) => action === undefined).length
    const unlearned = known.filter((action) => action !== undefined && !action.learned).length
    const range = `${this.begin} -> ${this.end}`
    const words = `Replica recovered with log positions ${range} with ${holes} holes and ${unlearned} unlearned`
    info('replica.cpp:795', words)
  }

  #recovery(): RecoverResponse {
    return { status: this.status, begin: this.begin, end: this.end, promised: this.promised }
  }

  #promise(from: string, { proposal, position }: PromiseRequest): PromiseResponse {
    if (this.status !== 'VOTING') {
      info('replica.cpp:379', `Replica ignoring promise request from ${from} as it is in ${this.status} status`)
      return { type: 'IGNORE' }
    }
    return position === undefined
      ? this.#promiseImplicitly(from, proposal)
      : this.#promiseExplicitly(from, proposal, position)
  }

  #promiseImplicitly(from: string, proposal: number): PromiseResponse {
    info('replica.cpp:497', `Replica received implicit promise request from ${from} with proposal ${proposal}`)
    if (proposal <= this.promised) {
      info('replica.cpp:502', `Replica denying promise request with proposal ${proposal}`)
      return { type: 'REJECT', proposal: this.promised }
    }
    this.#persist({ promised: proposal })
    info('replica.cpp:344', `Persisted promised to ${proposal}`)
    return { type: 'ACCEPT', end: this.end }
  }

  #promiseExplicitly(from: string, proposal: number, position: number): PromiseResponse {
    const words = `explicit promise request from ${from} for position ${position} with proposal ${proposal}`
    info('replica.cpp:391', `Replica received ${words}`)
    if (position < this.begin) return { type: 'ACCEPT', end: this.end, action: truncated(position, proposal) }
    const action = this.#action(position)
    // Not even the same number: two proposers may have come to it, one implicitly and one for this position.
    const promised = this.#promisedFor(position)
    if (proposal <= promised) return { type: 'REJECT', proposal: promised }
    this.#persist({ action: { ...action, position, promised: proposal } })
    return { type: 'ACCEPT', end: this.end, ...(action === undefined ? {} : { action }) }
  }

  /** No answer to a write that contradicts what is agreed on: only a wrong quorum lets one come. */
  #write(from: string, { proposal, position, content }: WriteRequest): WriteResponse | undefined {
    if (this.status !== 'VOTING') {
      info('replica.cpp:529', `Replica ignoring write request from ${from} as it is in ${this.status} status`)
      return { type: 'IGNORE' }
    }
    info('replica.cpp:541', `Replica received write request for position ${position} from ${from}`)
    const promised = this.#promisedFor(position)
    if (proposal < promised) return { type: 'REJECT', proposal: promised }
    if (position < this.begin) return undefined
    const action = this.#action(position)
    if (action?.learned) return isSame(action, content) ? { type: 'ACCEPT' } : undefined
    this.#persist({ action: { position, promised: proposal, performed: proposal, content } })
    return { type: 'ACCEPT' }
  }

  #promisedFor(position: number): number {
    return this.#action(position)?.promised ?? this.promised
  }

  #action(position: number): Action | undefined {
    return this.#storage.contents.actions.get(position)
  }

  #persist(entry: Entry): void {
    this.#storage.persist(entry)
  }

  #unlessDiskFails(act: () => void): void {
    try {
      act()
    } catch (failure) {
      if (!(failure instanceof StorageError)) throw failure
      error('replica.cpp:708', `Error writing to log: ${failure.message}`)
    }
  }

  #answer(from: string, message: string, { id }: Asked, body: object | undefined): void {
    if (body === undefined) return
    const address = from.slice(from.indexOf('@') + 1)
    this.#transport.send(replicaProcess, `${networkProcess}@${address}`, message, { id, ...body })
  }
}

/** It stands for whatever was there: that it may be forgotten is agreed on. */
function truncated(position: number, proposal: number): Written {
  return { position, promised: proposal, performed: proposal, content: { type: 'NOP' }, learned: true }
}

function isSame(action: Action, content: WriteRequest['content']): boolean {
  return JSON.stringify(action.content) === JSON.stringify(content)
}

function positions(begin: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - begin + 1) }, (_, index) => begin + index)
}
