import type { Flags } from '../common/flags.ts'
import { asObject, parseJson } from './calls.ts'

/** `--acls` must be the JSON of ACLs: a mistake ends the program before it does anything. */
export function checkAcls(flags: Flags): void {
  const text = flags.text('acls')
  if (text === undefined) return
  const problem = aclsProblem(text)
  if (problem === undefined) return
  const words = `Failed to load flag 'acls': Failed to load value '${text}': ${problem}`
  process.stderr.write(`${words}\n\nSee \`mesos-master --help\` for a list of supported flags.\n`)
  process.exit(1)
}

export function aclsProblem(text: string): string | undefined {
  const acls = parseJson(text)
  if (acls === undefined) return 'Failed to parse JSON'
  for (const [name, value] of Object.entries(acls)) {
    if (name === 'permissive') {
      if (typeof value !== 'boolean') return `Expecting a boolean for field 'permissive'`
    } else if (!Array.isArray(value) || !value.every((rule) => asObject(rule) !== undefined))
      return `Expecting a list of rules for field '${name}'`
  }
  return undefined
}
