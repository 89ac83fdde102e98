import { valueOf } from '../../model/fact.ts'
import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Assessment, Telling } from '../../model/health.ts'
import type { ExpandInput, Expansion, Heard } from '../../model/kind.ts'
import type { Guard, HadoopTool } from '../../model/step.ts'
import { isTooSoon } from '../../services/hdfs-common/again.ts'
import type { ImageCopies } from '../../services/hdfs-common/context.ts'
import { listOf, portOf, ruleOf, rulesOf, toolOf } from '../../services/hdfs-common/rules.ts'
import type { HdfsView, NameNodeView } from '../../services/hdfs-common/view.ts'
import { imageQuestions } from '../../services/hdfs-namenode/probe.ts'
import { nameNodeService } from '../../services/hdfs-namenode/service.ts'
import { leaderOf } from './figures.ts'

/** A copy of an image is of use for so long. */
const copyMs = 3_600_000

/** By the names of the copies, which begin with the time at which they were made. */
export function hasCopy(
  { member, rules }: Pick<NameNodeView, 'member' | 'rules'>,
  facts: FleetFacts,
  now: number,
): boolean {
  const [question] = imageQuestions(rules)
  const listed = question === undefined ? undefined : valueOf(answerOn(facts, member.host, question))
  return (listed?.entries ?? []).some((name) => {
    const [, y = '', mo = '', d = '', h = '', mi = '', s = ''] =
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-\d+$/.exec(name) ?? []
    return Math.abs(now - Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`)) < copyMs
  })
}

/** A NameNode has a copy that was made a short time ago; the active that goes to another host has it where it was. */
export function hearCopy({ leaving, members }: Expansion, facts: FleetFacts): Heard {
  const all = [...members, ...leaving.map(({ member }) => member)]
  const copied = all.some((member) => {
    const at = valueOf(facts[member.host])?.lookedAt
    return (
      member.service === nameNodeService && at !== undefined && hasCopy({ member, rules: rulesOf(member) }, facts, at)
    )
  })
  return copied ? { copied: 'true' } : {}
}

export function heardCopy(heard: Heard): boolean {
  return heard['copied'] === 'true'
}

/** What the next change waits for: it is begun when there is a copy, and none is made while `stays` keeps it from that. */
export function copyDue({ heard = {}, stays }: Pick<ExpandInput, 'heard' | 'stays'>): ImageCopies {
  return heardCopy(heard) || stays === true ? 'ask' : 'make'
}

/** Before NameNodes or journals change the active copies its newest image, once all are well on whom the change rests. */
export function copying(view: HdfsView): Pick<Assessment, 'tells'> {
  const leader = leaderOf(view)
  const tool = leader === undefined ? undefined : toolOf(leader.rules)
  const due = view.names.some(({ rules }) => ruleOf(rules, 'copies') === 'make')
  if (!due || leader === undefined || tool === undefined) return {}
  if (view.names.some((name) => hasCopy(name, view.facts, view.now))) return {}
  const { action, why } = imageCopy(leader, tool)
  if (isTooSoon(action.verb, leader.member, view.facts, view.now)) return {}
  return { tells: tellingOf(leader, action, `${why} before NameNodes or JournalNodes change`, 'none', undefined) }
}

export function imageCopy({ rules }: NameNodeView, { group, user }: HadoopTool) {
  const [nameDir = ''] = listOf(rules, 'nameDirs')
  return { action: { verb: 'CopyImage', nameDir, owner: user, group }, why: 'the newest image is copied' } as const
}

export function tellingOf(
  own: NameNodeView,
  action: Telling['action'],
  reason: string,
  risk: Telling['risk'],
  waits: string | undefined,
): Telling {
  const { host, id } = own.member
  const telling = { member: id, host, action, reason, risk, guards: [untilActive(own)] }
  return waits === undefined ? telling : { ...telling, waits: `${id}: ${waits}` }
}

/** It is active still. */
export function untilActive({ rules }: NameNodeView): Guard {
  const web = { address: ruleOf(rules, 'address'), port: portOf(rules, 'httpPort') }
  return { guard: 'NameNodeIs', ...web, state: 'active' }
}
