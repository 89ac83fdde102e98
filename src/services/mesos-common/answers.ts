import { z } from 'zod'
import type { Fact } from '../../model/fact.ts'
import type { Member } from '../../model/member.ts'
import type { HttpAnswer, Question } from '../../model/question.ts'
import { jsonOf, type Reply, replyOf } from '../common/http.ts'

type HttpQuestion = Extract<Question, { ask: 'http' }>

/** A look cuts an answer after 1 MiB (model/question.ts); characters outside ASCII take more than one of its bytes. */
const cutAfter = 1_000_000

/** An answer that was cut off says nothing, neither of what stands in it nor of what does not. */
export function isCut(fact: Fact<HttpAnswer>): boolean {
  return fact.state === 'known' && fact.value.outcome === 'answered' && fact.value.body.length >= cutAfter
}

/** As replyOf; one that is too long to be read whole is unseen, and no fault of who gave it. */
export function wholeReply<T>(
  question: HttpQuestion,
  fact: Fact<HttpAnswer>,
  parse: (body: string) => T | undefined,
): Reply<T> {
  const reply = replyOf(question, fact, parse)
  if (reply.state === 'said' || !isCut(fact)) return reply
  const place = `http://${question.address}:${question.port}${question.path}`
  return { state: 'unseen', evidence: `the answer of ${place} is too long to be read whole` }
}

/** What a daemon is asked at a path. */
export function httpProbe({ rules = {} }: Member, path: string): HttpQuestion {
  return { ask: 'http', address: rules['address'] ?? '', port: Number(rules['port'] ?? ''), path }
}

const metrics = z.record(z.string(), z.number())

/** By name. A key that is missing is one that this version does not have, or that is not known now: never 0. */
export type Metrics = Readonly<Record<string, number>>

/** Undefined for anything that is not /metrics/snapshot. */
export function parseMetrics(body: string): Metrics | undefined {
  return metrics.safeParse(jsonOf(body)).data
}
