import { quote } from '../../formats/shell.ts'
import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { DesiredFile } from '../../model/member.ts'
import type { MemberPaths } from '../common/names.ts'
import type { HdfsContext, HighAvailability } from '../hdfs-common/context.ts'
import type { FileQuestion } from '../hdfs-common/questions.ts'
import { type Rules, ruleOf, toolOf } from '../hdfs-common/rules.ts'
import type { ControllerView } from '../hdfs-common/view.ts'

/**
 * The one thing that ironherd tells failover controllers: NameNodes whose machines are proven off, by a fence or by a person's
 * word. Their last fencing method reads it at each use, so a change of it restarts nobody.
 */
const header =
  '# NameNodes whose machines are proven off, by id and address. Written by ironherd; changes are put back.\n'

const listBytes = 4096

/** Of the controllers' configuration directory. */
function listPath(directory: string): string {
  return `${directory}/proven-off`
}

export function provenOffScript(paths: MemberPaths): string {
  return `${listPath(paths.config)}.sh`
}

export function provenOffFiles(
  { user }: HdfsContext,
  { fencing, provenOff }: HighAvailability,
  paths: MemberPaths,
): readonly DesiredFile[] {
  if (fencing.fallback !== 'Block') return []
  const list = listPath(paths.config)
  const lines = provenOff.map(({ id, host }) => `${lineOf(id, host.serviceAddress)}\n`)
  const file = { owner: 'root', group: user.group, secret: false, restart: false }
  return [
    { ...file, path: provenOffScript(paths), mode: '750', content: script(list) },
    { ...file, path: list, mode: '640', content: `${header}${lines.join('')}` },
  ]
}

/** Hadoop gives the id, and the address as it is configured (ShellCommandFencer.java, NNHAServiceTarget.java). */
function script(list: string): string {
  return `#!/bin/bash
# Written by ironherd; changes are put back.
# The last fencing method: exit 0 when the machine of the NameNode that is to be fenced is proven off.
grep -qxF -e "$target_namenodeid $target_host" -- ${quote(list)}
`
}

function lineOf(id: string, address: string): string {
  return `${id} ${address}`
}

/** What stands there now. */
export function provenOffQuestion(rules: Rules): FileQuestion | undefined {
  const tool = toolOf(rules)
  return tool === undefined ? undefined : { ask: 'file', path: listPath(tool.config), content: listBytes }
}

/** Controllers that would still take over from this NameNode without fencing it; `unseen`: also those that nobody can say it of. */
export function believers(
  id: string,
  address: string,
  controllers: readonly ControllerView[],
  facts: FleetFacts,
  unseen: boolean,
): readonly ControllerView[] {
  return controllers.filter(({ member, rules }) => {
    const question = provenOffQuestion(rules)
    const answer = question === undefined ? undefined : answerOn(facts, member.host, question)
    if (answer?.state === 'unknown' && ruleOf(rules, 'fallback') === 'Block') return unseen
    const text = answer?.state === 'known' ? (answer.value.content ?? '') : ''
    return text.split('\n').includes(lineOf(id, address))
  })
}
