import type { Fact } from '../../model/fact.ts'
import type { HttpAnswer, Question } from '../../model/question.ts'

type HttpQuestion = Extract<Question, { ask: 'http' }>

/** No answer to work with. `silent`: none that can be used. `deaf`: nobody listens, which is no matter of load. `unseen`: not looked at. */
export interface Unanswered {
  readonly state: 'silent' | 'deaf' | 'unseen'
  readonly evidence: string
}

/** What a daemon's HTTP port came to. */
export type Reply<T> = { readonly state: 'said'; readonly value: T; readonly evidence: string } | Unanswered

/** An HTTP answer of whatever status, or why there is none; `place` names the port in the evidence. */
export function heardAt(
  place: string,
  answer: Fact<HttpAnswer>,
): { readonly state: 'answered'; readonly status: number; readonly body: string } | Unanswered {
  if (answer.state === 'unknown') return { state: 'unseen', evidence: answer.why }
  if (answer.state === 'absent') return { state: 'deaf', evidence: `nobody answers at ${place}` }
  const { outcome, status, body } = answer.value
  switch (outcome) {
    case 'refused':
      return { state: 'deaf', evidence: `${place} refuses connections` }
    case 'timeout':
      return { state: 'silent', evidence: `${place} does not answer in time` }
    case 'answered':
      return { state: 'answered', status, body }
  }
}

/** Reads an answer with `parse`, which returns undefined for what it cannot read. Never throws. */
export function replyOf<T>(
  question: HttpQuestion,
  answer: Fact<HttpAnswer>,
  parse: (body: string) => T | undefined,
): Reply<T> {
  const place = `http://${question.address}:${question.port}${question.path}`
  const heard = heardAt(place, answer)
  if (heard.state !== 'answered') return heard
  const { status, body } = heard
  const value = status === 200 ? parse(body) : undefined
  if (value !== undefined) return { state: 'said', value, evidence: place }
  const what = status === 200 ? `something that cannot be read (${body.length} characters)` : `status ${status}`
  return { state: 'silent', evidence: `${place} answers ${what}` }
}

export function httpProbeOf(probes: readonly Question[]): HttpQuestion | undefined {
  return probes.find((question): question is HttpQuestion => question.ask === 'http')
}

/** JSON → value; undefined for what is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
