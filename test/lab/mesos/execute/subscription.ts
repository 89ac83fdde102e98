import { type IncomingMessage, request } from 'node:http'
import { info, error as logError, warning } from '../common/log.ts'
import { formatPid, type Pid } from '../common/pid.ts'
import { type Event, Records } from './events.ts'
import type { Masters } from './masters.ts'

/** A scheduler waits up to so long before it connects to a master that it has found. */
const connectionDelayMs = 500

/** mesos-execute asks again each second for as long as it is not subscribed (d-mesos-execute/03). */
const againMs = 1000

export interface Scheduler {
  /** The body of SUBSCRIBE, with the framework's id when it has one. */
  subscribe(): object
  /** `authorization` header, if there are credentials. */
  readonly authorization: string | undefined
  heard(event: Event): void
}

/** Stays subscribed with whoever leads, for ever: a master that is not there or does not lead is asked again and again. */
export class Subscription {
  readonly #scheduler: Scheduler
  #leader: Pid | undefined
  #streamId: string | undefined
  #subscribed = false
  #turn = 0

  constructor(masters: Masters, scheduler: Scheduler) {
    this.#scheduler = scheduler
    info('scheduler.cpp:342', "Using default 'basic' HTTP authenticatee")
    masters.watch((leader) => this.#found(leader))
  }

  /** A call that wants no answer; one that is refused or lost is told in the log. */
  call(body: { readonly type: string }): void {
    const leader = this.#leader
    if (leader === undefined) return
    const turn = this.#turn
    this.#post(leader, body, (response) => {
      response.resume()
      if (response.statusCode !== 202) void this.#refused(body.type, response)
    }).on('error', () => this.#lost(turn))
  }

  #found(leader: Pid | undefined): void {
    this.#turn += 1
    this.#leader = leader
    this.#subscribed = false
    if (leader === undefined) {
      info('scheduler.cpp:503', 'Lost leading master')
      return
    }
    info('scheduler.cpp:525', `New master detected at ${formatPid(leader)}`)
    const turn = this.#turn
    setTimeout(() => this.#subscribe(leader, turn), Math.random() * connectionDelayMs)
  }

  #subscribe(leader: Pid, turn: number): void {
    if (turn !== this.#turn || this.#subscribed) return
    this.#streamId = undefined
    const again = () => setTimeout(() => this.#subscribe(leader, turn), againMs)
    this.#post(leader, this.#scheduler.subscribe(), (response) => {
      if (response.statusCode === 200) this.#read(response, turn)
      else void this.#refused('SUBSCRIBE', response).then(again)
    }).on('error', () => this.#lost(turn))
  }

  #read(response: IncomingMessage, turn: number): void {
    const id = response.headers['mesos-stream-id']
    this.#streamId = typeof id === 'string' ? id : undefined
    this.#subscribed = true
    const records = new Records()
    response.on('data', (data: Buffer) => {
      if (turn !== this.#turn) return
      for (const event of records.take(data)) this.#scheduler.heard(event as Event)
    })
    response.on('error', () => undefined)
    response.on('close', () => {
      if (turn !== this.#turn) return
      logError(
        'scheduler.cpp:808',
        'Failed to decode the stream of events: Pipe::Reader failure: failed to decode body',
      )
      this.#lost(turn)
    })
  }

  async #refused(type: string, response: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    const words = Buffer.concat(chunks).toString('utf8')
    const status = `${response.statusCode ?? 0} ${response.statusMessage ?? ''}`
    warning('scheduler.cpp:711', `Received '${status}' (${words}) for ${type}`)
  }

  #lost(turn: number): void {
    if (turn !== this.#turn) return
    info('scheduler.cpp:499', 'Re-detecting master')
    this.#found(this.#leader)
  }

  #post(leader: Pid, body: object, answered: (response: IncomingMessage) => void) {
    const text = JSON.stringify(body)
    const { authorization } = this.#scheduler
    const sent = request(
      {
        host: leader.ip,
        port: leader.port,
        path: '/master/api/v1/scheduler',
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json',
          'Content-Length': Buffer.byteLength(text),
          ...(this.#streamId === undefined ? {} : { 'Mesos-Stream-Id': this.#streamId }),
          ...(authorization === undefined ? {} : { Authorization: authorization }),
        },
      },
      answered,
    )
    sent.end(text)
    return sent
  }
}
