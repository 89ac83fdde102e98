import { info } from '../common/log.ts'
import type { StatusUpdate } from '../messages.ts'
import type { UpdateRecord } from './checkpoint.ts'
import { isTerminal } from './tasks.ts'

export type Update = StatusUpdate['update']

const retryMinMs = 10_000
const retryMaxMs = 600_000

interface Stream {
  readonly key: string
  readonly frameworkId: string
  /** Not acknowledged yet, oldest first: only the first of them is on its way. */
  readonly pending: Update[]
  /** All that ever came: an executor that reconnects may bring one again. */
  readonly received: Set<string>
  readonly save: (record: UpdateRecord) => void
  readonly done: (update: Update) => void
  retry: NodeJS.Timeout | undefined
}

/**
 * Sends what happened to tasks to the master: of each task one update at a time, again with growing pauses until the
 * framework acknowledges it, and nothing while no master is known (task_status_update_manager.cpp in c-failures/30).
 */
export class StatusUpdates {
  readonly #streams = new Map<string, Stream>()
  readonly #forward: (update: Update) => void
  #paused = true

  constructor(forward: (update: Update) => void) {
    this.#forward = forward
  }

  /**
   * A stream for a task: `save` keeps each record (nothing where the framework does not checkpoint), `done` hears of
   * each acknowledged update.
   */
  open(
    frameworkId: string,
    taskId: string,
    save: (record: UpdateRecord) => void,
    done: (update: Update) => void,
  ): void {
    const key = keyOf(frameworkId, taskId)
    this.#streams.set(key, { key, frameworkId, pending: [], received: new Set(), save, done, retry: undefined })
  }

  /** Takes up a recovered stream; what was acknowledged before is not sent again. */
  replay(frameworkId: string, taskId: string, records: readonly UpdateRecord[]): void {
    const stream = this.#streams.get(keyOf(frameworkId, taskId))
    if (stream === undefined) return
    const acknowledged = new Set(records.flatMap((record) => (record.type === 'ACK' ? [record.uuid] : [])))
    const updates = records.flatMap((record) => (record.type === 'UPDATE' ? [record.update] : []))
    for (const { uuid } of updates) stream.received.add(uuid)
    stream.pending.push(...updates.filter(({ uuid }) => !acknowledged.has(uuid)))
    if (updates.some((update) => isTerminal(update.status.state) && acknowledged.has(update.uuid))) this.#close(stream)
  }

  /** 'new' for one that was taken; 'known' for one that came before; undefined where the task has no stream. */
  add(update: Update): 'new' | 'known' | undefined {
    const stream = this.#streams.get(keyOf(update.framework_id.value, update.status.task_id.value))
    if (stream === undefined) return undefined
    if (stream.received.has(update.uuid)) return 'known'
    stream.received.add(update.uuid)
    stream.save({ type: 'UPDATE', update })
    stream.pending.push(update)
    if (stream.pending.length === 1) this.#send(stream, retryMinMs)
    return 'new'
  }

  /** Only the update that is on its way can be acknowledged. */
  acknowledge(frameworkId: string, taskId: string, uuid: string): void {
    const stream = this.#streams.get(keyOf(frameworkId, taskId))
    const first = stream?.pending[0]
    if (stream === undefined || first?.uuid !== uuid) return
    stream.save({ type: 'ACK', uuid })
    stream.pending.shift()
    clearTimeout(stream.retry)
    if (isTerminal(first.status.state)) this.#close(stream)
    else this.#send(stream, retryMinMs)
    stream.done(first)
  }

  pending(frameworkId: string, taskId: string): readonly Update[] {
    return this.#streams.get(keyOf(frameworkId, taskId))?.pending ?? []
  }

  pause(): void {
    info('task_status_update_manager.cpp:181', 'Pausing sending task status updates')
    this.#paused = true
    for (const stream of this.#streams.values()) clearTimeout(stream.retry)
  }

  resume(): void {
    info('task_status_update_manager.cpp:188', 'Resuming sending task status updates')
    this.#paused = false
    for (const stream of this.#streams.values()) this.#send(stream, retryMinMs)
  }

  closeAll(frameworkId: string): void {
    info('task_status_update_manager.cpp:289', `Closing task status update streams for framework ${frameworkId}`)
    for (const stream of this.#streams.values()) if (stream.frameworkId === frameworkId) this.#close(stream)
  }

  #send(stream: Stream, pause: number): void {
    const [first] = stream.pending
    clearTimeout(stream.retry)
    if (first === undefined || this.#paused) return
    const latest = stream.pending.at(-1)?.status.state ?? first.status.state
    this.#forward({ ...first, latest_state: latest })
    stream.retry = setTimeout(() => this.#send(stream, Math.min(pause * 2, retryMaxMs)), pause)
  }

  #close(stream: Stream): void {
    clearTimeout(stream.retry)
    this.#streams.delete(stream.key)
  }
}

function keyOf(frameworkId: string, taskId: string): string {
  return `${frameworkId}\n${taskId}`
}
