import type { FleetFacts } from '../model/facts.ts'
import { answerOn } from '../model/facts.ts'
import type { Member } from '../model/member.ts'
import { sha256 } from './prepare.ts'
import { loadedQuestion } from './questions.ts'

/**
 * Which files the running process was started with that are not as declared now. Proof, not memory: the unit itself
 * writes the sha256sums of its files at each start, so a process that systemd started in the meantime counts too.
 * Undefined: it cannot be told (host or file not seen); empty: the process runs what is declared.
 */
export function staleFiles(member: Member, facts: FleetFacts): readonly string[] | undefined {
  const answer = answerOn(facts, member.host, loadedQuestion(member))
  if (answer.state === 'unknown') return undefined
  // A list that stands there and was not read (too long, not a plain file) proves nothing; restarting would not help.
  if (answer.state === 'known' && answer.value.content === undefined) return undefined
  const text = answer.state === 'known' ? (answer.value.content ?? '') : ''
  const loaded = parseSums(text)
  return member.files
    .filter((file) => file.restart && loaded.get(file.path) !== sha256(file.content))
    .map((file) => file.path)
}

/** Over all that the process is to be started with: two restarts with the same digest have the same end. */
export function filesDigest(member: Member): string {
  const lines = member.files.filter((file) => file.restart).map((file) => `${sha256(file.content)}  ${file.path}`)
  return sha256(lines.join('\n')).slice(0, 16)
}

/** `sha256sum` lines: digest, two characters, path. Lines of another form are passed over. */
function parseSums(text: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^\\?([0-9a-f]{64}) [ *](.+)$/.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined) sums.set(match[2], match[1])
  }
  return sums
}
