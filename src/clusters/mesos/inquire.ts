import type { FleetFacts } from '../../model/facts.ts'
import type { Expansion } from '../../model/kind.ts'
import type { Question } from '../../model/question.ts'
import { questionOfEnd } from '../../services/mesos-common/last-words.ts'

/** The last words of daemons that have ended. On a good day nothing is asked. */
export function inquireMesos({ members }: Expansion, facts: FleetFacts): Readonly<Record<string, readonly Question[]>> {
  const asked = members.flatMap((member) => {
    const question = questionOfEnd(member, facts)
    return question === undefined ? [] : [{ host: member.host, question }]
  })
  const byHost = Map.groupBy(asked, ({ host }) => host)
  return Object.fromEntries([...byHost].map(([host, own]) => [host, own.map(({ question }) => question)]))
}
