import type { Fact } from '../../model/fact.ts'
import type { HttpAnswer } from '../../model/question.ts'
import { heardAt } from '../common/http.ts'
import type { HttpQuestion } from './questions.ts'

/** alive: it answers. deaf: nobody listens. silent: it takes the connection, and nobody reads. unseen: not looked at. */
export interface RpcReply {
  readonly state: 'alive' | 'silent' | 'deaf' | 'unseen'
  readonly evidence: string
}

/**
 * What a port of Hadoop's RPC makes of a GET: `RECEIVED_HTTP_REQ_RESPONSE` of ipc/Server.java, "It looks like you are making an
 * HTTP request to a Hadoop IPC port", with status 404. It is written by a reader of the server: a process that is stopped does not.
 */
export function rpcReply(question: HttpQuestion, answer: Fact<HttpAnswer>): RpcReply {
  const place = `the RPC port ${question.address}:${question.port}`
  const heard = heardAt(place, answer)
  if (heard.state !== 'answered') return heard
  return /Hadoop IPC port/i.test(heard.body)
    ? { state: 'alive', evidence: `${place} answers` }
    : { state: 'silent', evidence: `${place} is none of Hadoop's: it answers with status ${heard.status}` }
}
