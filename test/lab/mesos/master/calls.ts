import { methodNotAllowed, type Reply, type Request, redirect, refusal } from '../common/http.ts'
import { info, warning } from '../common/log.ts'
import type { Master } from './context.ts'

export type Json = Readonly<Record<string, unknown>>

/** Only the leader answers; others name it, or say that there is none (a-http/nonleader-*). */
export function toLeader(master: Master, request: Request): Reply | undefined {
  const { leader, electedTime } = master.leadership
  if (electedTime !== undefined) return undefined
  const path = withMaster(request.path)
  if (leader === undefined) {
    const none = 'Current master is not elected as leader, and leader information is unavailable.'
    warning('http.cpp:1750', `${none} Failed to redirect the request url: ${path}`)
    return refusal(503, 'No leader elected')
  }
  info('http.cpp:1768', `Redirecting request for ${path} to the leading master ${leader.hostname}`)
  return redirect(`${address(leader)}${path}`)
}

/** Scheme-relative, without the path: what `/redirect` answers, on the leader itself too. */
export function redirectToLeader(master: Master): Reply {
  const { leader } = master.leadership
  if (leader === undefined) return refusal(503, 'No leader elected')
  info('http.cpp:1768', `Redirecting request for /master/redirect to the leading master ${leader.hostname}`)
  return redirect(address(leader))
}

function address({ hostname, port }: { readonly hostname: string; readonly port: number }): string {
  return `//${hostname}:${port}`
}

/** Endpoints stand below `/master`, and without it too. */
function withMaster(path: string): string {
  return path.startsWith('/master/') ? path : `/master${path}`
}

export type Parsed = { readonly call: Json; readonly type: string } | { readonly refused: Reply }

/** A call of `/api/v1` or `/api/v1/scheduler` (a-http/leader-GET-api_v1.txt, leader-POST-api_v1-NO_SUCH_CALL.txt). */
export function parseCall(master: Master, request: Request, message: string, types: readonly string[]): Parsed {
  const elsewhere = toLeader(master, request)
  if (elsewhere !== undefined) return { refused: elsewhere }
  if (!master.leadership.recovered) return { refused: refusal(503, 'Master has not finished recovery') }
  if (request.method !== 'POST') return { refused: methodNotAllowed(['POST'], request.method) }
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('application/json'))
    return { refused: refusal(415, "Expecting 'Content-Type' of application/json or application/x-protobuf") }
  const call = parseJson(request.body)
  if (call === undefined) return { refused: refusal(400, 'Failed to parse body into JSON') }
  // An unknown name counts as none.
  if (typeof call.type !== 'string' || !types.includes(call.type))
    return { refused: refusal(400, `Failed to validate ${message}: Expecting 'type' to be present`) }
  return { call, type: call.type }
}

export function parseJson(text: string): Json | undefined {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

export function asObject(value: unknown): Json | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : undefined
}

/** The text of `{ "value": … }`. */
export function idOf(value: unknown): string | undefined {
  const id = asObject(value)?.value
  return typeof id === 'string' ? id : undefined
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
