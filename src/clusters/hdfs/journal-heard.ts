import { valueOf } from '../../model/fact.ts'
import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Expansion, Heard } from '../../model/kind.ts'
import { ruleOf, rulesOf } from '../../services/hdfs-common/rules.ts'
import { journalNodeService } from '../../services/hdfs-journalnode/service.ts'
import { viewNameNode } from '../../services/hdfs-namenode/health.ts'
import { nameNodeService } from '../../services/hdfs-namenode/service.ts'

const lists = 'journals of '
const young = 'young journals'

/** A journal looks for what it lacks when it starts, and every two minutes (`dfs.journalnode.sync.interval`). */
const syncMs = 150_000

/** Which journals each NameNode writes to, or reads, and whose journals may still lack what others have. */
export function hearJournals({ members }: Expansion, facts: FleetFacts): Heard {
  const said = members
    .filter(({ service }) => service === nameNodeService)
    .flatMap((member) => {
      const { report } = viewNameNode(member, facts, 0)
      const list = report === undefined || report.state === 'loading' ? [] : report.journalList
      return list.length === 0 ? [] : [[`${lists}${ruleOf(rulesOf(member), 'id')}`, list.join(';')] as const]
    })
  const fresh = members
    .filter(({ service }) => service === journalNodeService)
    .filter((member) => isYoung(member, facts))
  return {
    ...Object.fromEntries(said),
    ...(fresh.length === 0 ? {} : { [young]: fresh.map(({ id }) => id).join(', ') }),
  }
}

function isYoung({ host, unit: { name } }: Expansion['members'][number], facts: FleetFacts): boolean {
  const unit = valueOf(answerOn(facts, host, { ask: 'unit', unit: name }))
  const now = valueOf(facts[host])?.lookedAt
  // Whom nobody sees to run, nobody sees to have it all.
  return unit === undefined || now === undefined || unit.mainPid === 0 || now - unit.startedAt < syncMs
}

/** By the id of the NameNode: host:port;… */
export function heardLists(heard: Heard): Readonly<Record<string, string>> {
  const own = Object.entries(heard).filter(([key]) => key.startsWith(lists))
  return Object.fromEntries(own.map(([key, list]) => [key.slice(lists.length), list]))
}

/** Members, joined by ', '; '': none. */
export function heardYoung(heard: Heard): string {
  return heard[young] ?? ''
}
