import { z } from 'zod'
import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Member } from '../../model/member.ts'
import { jsonOf, type Unanswered } from '../common/http.ts'
import { httpProbe, wholeReply } from './answers.ts'

/** Name and value of each flag of a command line, in its order. */
export type Flags = readonly (readonly [name: string, value: string])[]

/** As words of a command; values are taken as they stand. */
export function flagWords(flags: Flags): readonly string[] {
  return flags.map(([name, value]) => `--${name}=${value}`)
}

const answer = z.object({ flags: z.record(z.string(), z.string()) })

/** Under this key `Member.rules` holds, in JSON, the flags that a running daemon must have, for it to be what it is taken for. */
export const flagsRule = 'flags'

/** other: it runs with other flags than it is to have, which ones says the evidence. */
export type FlagsReply =
  | { readonly state: 'same' }
  | { readonly state: 'other'; readonly evidence: string }
  | Unanswered

/** What a running daemon says of its own flags. Those that a version does not show are passed over. */
export function flagsReply(member: Member, facts: FleetFacts): FlagsReply {
  const question = httpProbe(member, '/flags')
  const reply = wholeReply(
    question,
    answerOn(facts, member.host, question),
    (body) => answer.safeParse(jsonOf(body)).data,
  )
  if (reply.state !== 'said') return reply
  const wanted = z.record(z.string(), z.string()).safeParse(jsonOf(member.rules?.[flagsRule] ?? '')).data ?? {}
  const shown = reply.value.flags
  const differing = Object.entries(wanted).filter(([name, value]) => {
    const now = shown[name]
    return now !== undefined && meaning(name, now) !== meaning(name, value)
  })
  if (differing.length === 0) return { state: 'same' }
  const words = differing.map(([name, value]) => `${name} ${shown[name]}, declared is ${value}`)
  return { state: 'other', evidence: `${reply.evidence} says ${words.join('; ')}` }
}

/** Which servers of the ensemble are named may change by a restart; below which path one looks may not. */
function meaning(name: string, value: string): string {
  return name === 'zk' || name === 'master' ? value.replace(/^zk:\/\/[^/]*/, '') : value
}
