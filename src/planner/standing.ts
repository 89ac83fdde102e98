import type { StandingMember } from '../model/kind.ts'
import type { ObjectKey } from '../model/object.ts'
import { keyText } from '../model/object.ts'

/**
 * What an object has started, by the records of all machines: Host name → unit stem → text of the record. `seen`: hosts that
 * answered the last look. Read from the
 * machines and not remembered, so that members that left the spec while nobody looked are found, too. Sorted by host and
 * stem. A record that cannot be read is left out: its member is told by recordProblem as long as it is declared.
 */
export function standingOf(
  object: ObjectKey,
  records: Readonly<Record<string, Readonly<Record<string, string>>>>,
  seen: readonly string[],
): readonly StandingMember[] {
  return Object.entries(records)
    .flatMap(([host, byStem]) => Object.entries(byStem).map(([stem, text]) => ({ host, stem, record: parse(text) })))
    .flatMap(({ host, stem, record }) =>
      record?.object === keyText(object) ? [{ host, stem, record, seen: seen.includes(host) }] : [],
    )
    .sort((a, b) => (`${a.host} ${a.stem}` < `${b.host} ${b.stem}` ? -1 : 1))
}

/** Objects that the records of one machine name, each as keyText. */
export function ownersOf(records: Readonly<Record<string, string>>): readonly string[] {
  return Object.values(records).flatMap((text) => parse(text)?.['object'] ?? [])
}

function parse(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    )
  } catch {
    return undefined
  }
}
