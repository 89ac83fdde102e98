import type { Fact } from '../../model/fact.ts'
import type { HttpAnswer } from '../../model/question.ts'
import { heardAt, jsonOf } from '../common/http.ts'
import { isObject, textOf } from '../hdfs-common/jmx.ts'
import type { HttpQuestion } from '../hdfs-common/questions.ts'

/**
 * works: it has an answer of a NameNode. barred: the NameNodes do not let it act for anybody from here. failing: it answers, and could
 * not ask. deaf: nobody listens. silent: it takes the connection, and nobody reads. unseen: not looked at.
 */
export interface HttpFsReply {
  readonly state: 'works' | 'barred' | 'failing' | 'deaf' | 'silent' | 'unseen'
  readonly evidence: string
}

export function httpFsReply({ address, port }: HttpQuestion, answer: Fact<HttpAnswer>): HttpFsReply {
  const place = `WebHDFS at ${address}:${port}`
  const heard = heardAt(place, answer)
  return heard.state === 'answered' ? said(place, heard.status, heard.body) : heard
}

function said(place: string, status: number, body: string): HttpFsReply {
  const value = jsonOf(body)
  if (status === 200 && isObject(value) && isObject(value['FileStatus'])) {
    return { state: 'works', evidence: `${place} has the root of the file system` }
  }
  const error = isObject(value) && isObject(value['RemoteException']) ? value['RemoteException'] : undefined
  const exception = error === undefined ? '' : textOf(error, 'exception')
  const message = error === undefined ? '' : textOf(error, 'message')
  const words = `${place} answers status ${status}${exception === '' ? '' : `, ${exception}: ${message.slice(0, 200)}`}`
  // ProxyUsers.authorize: by host it bars the gateway from everybody; by group only its own user, who was asked for here.
  if (/Unauthorized connection for super-user/.test(message)) return { state: 'barred', evidence: words }
  if (/is not allowed to impersonate/.test(message)) return { state: 'works', evidence: `${words}, as a NameNode says` }
  return { state: 'failing', evidence: words }
}
