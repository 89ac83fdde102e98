import { onTestFinished } from 'vitest'
import { eventually, type Running } from './program.ts'

export interface Event {
  readonly type: string
  readonly [part: string]: unknown
}

export interface Scheduler {
  readonly id: string
  readonly events: readonly Event[]
  /** The status of the answer, and its words. */
  call(type: string, part?: object): Promise<{ readonly status: number; readonly text: string }>
  /** The newest event of the type, once there is one that `fits`. */
  event(type: string, fits?: (event: Event) => boolean): Promise<Event>
  disconnect(): void
  ended(): boolean
}

/** A framework by the HTTP API of schedulers. */
export async function subscribe(master: Running, info: object, authorization?: string): Promise<Scheduler> {
  const leave = new AbortController()
  onTestFinished(() => leave.abort())
  const known = (info as { id?: unknown }).id
  const response = await fetch(`http://${master.pid.ip}:5050/api/v1/scheduler`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
    body: JSON.stringify({
      type: 'SUBSCRIBE',
      ...(known === undefined ? {} : { framework_id: known }),
      subscribe: { framework_info: { user: 'nobody', name: 'test', ...info } },
    }),
    signal: leave.signal,
  })
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  const stream = response.headers.get('mesos-stream-id') ?? ''
  const events: Event[] = []
  let over = false
  void read(response, events).finally(() => {
    over = true
  })
  await eventually(() => events.length > 0)
  const [first] = events
  const id = (first?.subscribed as { framework_id: { value: string } } | undefined)?.framework_id.value ?? ''
  return {
    id,
    events,
    call: async (type, part = {}) => {
      const body = { type, framework_id: { value: id }, [type.toLowerCase()]: part }
      const answer = await master.post('/api/v1/scheduler', body, { 'Mesos-Stream-Id': stream })
      return { status: answer.status, text: await answer.text() }
    },
    event: async (type, fits = () => true) => {
      const found = (): Event | undefined => events.findLast((event) => event.type === type && fits(event))
      await eventually(() => found() !== undefined)
      return found() ?? { type }
    },
    disconnect: () => leave.abort(),
    ended: () => over,
  }
}

async function read(response: Response, events: Event[]): Promise<void> {
  let rest = Buffer.alloc(0)
  try {
    for await (const chunk of response.body ?? []) {
      rest = Buffer.concat([rest, chunk as Uint8Array])
      for (;;) {
        const feed = rest.indexOf('\n')
        const end = feed + 1 + Number(rest.subarray(0, Math.max(0, feed)).toString())
        if (feed < 0 || rest.length < end) break
        events.push(JSON.parse(rest.subarray(feed + 1, end).toString()) as Event)
        rest = rest.subarray(end)
      }
    }
  } catch {
    // The connection was cut: what came is what there is.
  }
}
