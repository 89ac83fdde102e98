import { lookup } from 'node:dns/promises'
import { hostname, userInfo } from 'node:os'
import type { Flags } from '../common/flags.ts'
import { exitWith, info, warning } from '../common/log.ts'
import { version } from '../common/version.ts'
import type { Event, Offer, TaskStatus } from './events.ts'
import { type Masters, mastersOf } from './masters.ts'
import { Subscription } from './subscription.ts'
import { fits, frameworkInfo, requiredResources, taskOn } from './task.ts'

const terminal = new Set([
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_LOST',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
])

/** Ends the process with 0 when the task has ended, however it ended (d-mesos-execute); waits for ever before that. */
export async function run(flags: Flags): Promise<void> {
  if ((await ownAddress()).startsWith('127.')) warnOfLoopback()
  info('scheduler.cpp:189', `Version: ${version}`)
  new Execution(flags, mastersOf(flags.text('master') ?? '')).begin()
}

async function ownAddress(): Promise<string> {
  return process.env.LIBPROCESS_IP ?? (await lookup(hostname(), 4)).address
}

function warnOfLoopback(): void {
  const stars = '*'.repeat(50)
  const hint =
    'Scheduler driver bound to loopback interface! Cannot communicate with remote master(s). ' +
    "You might want to set 'LIBPROCESS_IP' environment variable to use a routable IP address."
  warning('scheduler.cpp:174', `\n${stars}\n${hint}\n${stars}`)
}

class Execution {
  readonly #flags: Flags
  readonly #masters: Masters
  readonly #name: string
  #subscription: Subscription | undefined
  #frameworkId: string | undefined
  #agentId: string | undefined

  constructor(flags: Flags, masters: Masters) {
    this.#flags = flags
    this.#masters = masters
    this.#name = flags.text('name') ?? ''
  }

  begin(): void {
    const principal = this.#flags.text('principal')
    const credential = `${principal}:${this.#flags.text('secret') ?? ''}`
    this.#subscription = new Subscription(this.#masters, {
      subscribe: () => this.#subscribe(),
      authorization: principal === undefined ? undefined : `Basic ${Buffer.from(credential).toString('base64')}`,
      heard: (event) => this.#heard(event),
    })
  }

  #subscribe(): object {
    const known = this.#frameworkId === undefined ? {} : { framework_id: { value: this.#frameworkId } }
    const info = frameworkInfo(this.#flags, userInfo().username)
    const id = this.#frameworkId === undefined ? {} : { id: { value: this.#frameworkId } }
    return { ...known, type: 'SUBSCRIBE', subscribe: { framework_info: { ...info, ...id } } }
  }

  #heard(event: Event): void {
    switch (event.type) {
      case 'SUBSCRIBED':
        this.#frameworkId = event.subscribed.framework_id.value
        print(`Subscribed with ID ${this.#frameworkId}`)
        return
      case 'OFFERS':
        for (const offer of event.offers.offers) this.#answer(offer)
        return
      case 'UPDATE':
        this.#updated(event.update.status)
        return
      case 'ERROR':
        return exitWith('execute.cpp', `Received an ERROR event: ${event.error.message}`)
      case 'RESCIND':
      case 'FAILURE':
      case 'HEARTBEAT':
      case 'MESSAGE':
        return
    }
  }

  #answer(offer: Offer): void {
    const offers = { offer_ids: [offer.id] }
    if (this.#agentId !== undefined || !fits(requiredResources(this.#flags), offer.resources)) {
      this.#call('DECLINE', { decline: offers })
      return
    }
    this.#agentId = offer.agent_id.value
    const task = taskOn(this.#flags, this.#agentId)
    this.#call('ACCEPT', { accept: { ...offers, operations: [{ type: 'LAUNCH', launch: { task_infos: [task] } }] } })
    print(`Submitted task '${this.#name}' to agent '${this.#agentId}'`)
    const killAfter = this.#flags.duration('kill_after')
    if (killAfter !== undefined) setTimeout(() => this.#kill(this.#agentId ?? ''), killAfter)
  }

  #kill(agentId: string): void {
    print(`Asked to kill task '${this.#name}' on agent '${agentId}'`)
    this.#call('KILL', { kill: { task_id: { value: this.#name }, agent_id: { value: agentId } } })
  }

  #updated(status: TaskStatus): void {
    print(`Received status update ${status.state} for task '${status.task_id.value}'`)
    if (status.message !== undefined) print(`  message: '${status.message}'`)
    if (status.source !== undefined) print(`  source: ${status.source}`)
    if (status.reason !== undefined) print(`  reason: ${status.reason}`)
    // It ends before it has acknowledged the last one: the master then counts the task as killed besides (a-http/*-with-running-task-*).
    if (terminal.has(status.state)) void this.#end()
    else if (status.uuid !== undefined) {
      const { task_id, agent_id, uuid } = status
      this.#call('ACKNOWLEDGE', { acknowledge: { agent_id, task_id, uuid } })
    }
  }

  async #end(): Promise<void> {
    await this.#masters.close()
    process.exit(0)
  }

  #call(type: string, body: object): void {
    const framework_id = { value: this.#frameworkId }
    this.#subscription?.call({ type, framework_id, ...body } as { readonly type: string })
  }
}

function print(words: string): void {
  process.stdout.write(`${words}\n`)
}
