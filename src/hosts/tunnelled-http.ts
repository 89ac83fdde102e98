import http from 'node:http'
import { messageOf } from './waiting.ts'

export interface HttpCall {
  readonly method: 'GET' | 'PUT'
  /** Of the server, for the Host header. */
  readonly address: string
  readonly port: number
  /** With the query. */
  readonly path: string
  readonly body?: string
}

export interface HttpReply {
  readonly status: number
  /** '' when there is none. */
  readonly location: string
  readonly body: string
}

/** More than any answer that is waited for here. */
const mostBytes = 64 * 1024

/** One call through the tunnel that listens on `tunnelPort` of 127.0.0.1, on a connection of its own. Follows no redirect. */
export async function httpThrough(
  tunnelPort: number,
  { address, body = '', method, path, port }: HttpCall,
  callMs: number,
  signal: AbortSignal,
): Promise<HttpReply> {
  const late = AbortSignal.timeout(callMs)
  try {
    return await new Promise<HttpReply>((resolve, reject) => {
      const request = http.request({
        host: '127.0.0.1',
        port: tunnelPort,
        method,
        path,
        agent: false,
        signal: AbortSignal.any([signal, late]),
        headers: {
          host: `${address}:${port}`,
          // Of a PUT always: without it a body would be sent in chunks, and a call without one would have no length at all.
          ...(method === 'PUT' ? { 'content-type': 'application/octet-stream', 'content-length': body.length } : {}),
        },
      })
      request.once('error', reject)
      request.once('response', (answer) => {
        let text = ''
        answer.setEncoding('latin1')
        answer.once('error', reject)
        answer.on('data', (part: string) => {
          text += part
          if (text.length > mostBytes) request.destroy(new Error(`the answer is longer than ${mostBytes} bytes`))
        })
        answer.once('end', () => {
          resolve({ status: answer.statusCode ?? 0, location: answer.headers.location ?? '', body: text })
        })
      })
      request.end(body, 'latin1')
    })
  } catch (error) {
    if (late.aborted) throw new Error(`no answer within ${callMs / 1000} s`)
    throw new Error(messageOf(error))
  }
}
