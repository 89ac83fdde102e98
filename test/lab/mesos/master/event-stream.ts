import { randomUUID } from 'node:crypto'
import type { Reply } from '../common/process.ts'
import type { EventStream } from './cluster.ts'

/** How often a subscriber hears that its connection lives. */
export const heartbeatSeconds = 15

/**
 * An answer that never ends: one record for each event, its length in bytes and a line feed before it. `opened` gets
 * the stream when it can be written to, `closed` is called once when the subscriber went away or was sent away.
 */
export function eventStream(opened: (stream: EventStream) => void, closed: (stream: EventStream) => void): Reply {
  const id = randomUUID()
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', 'Mesos-Stream-Id': id },
    stream: (write, gone, end) => {
      let open = true
      const send = (event: unknown): void => {
        const text = JSON.stringify(event)
        if (open) write(`${Buffer.byteLength(text)}\n${text}`)
      }
      const stream: EventStream = {
        id,
        send,
        end: () => {
          open = false
          end()
        },
      }
      const heartbeat = setInterval(() => send({ type: 'HEARTBEAT' }), heartbeatSeconds * 1000)
      gone.addEventListener('abort', () => {
        open = false
        clearInterval(heartbeat)
        closed(stream)
      })
      opened(stream)
    },
  }
}
