import type { Flags } from '../common/flags.ts'
import { type Reply, refusal } from '../common/http.ts'
import { parseAcls, permits } from './acls.ts'

/** Whether `principal` may do that with `object`; without `--acls` everybody may do everything. */
export type Authorizer = (action: string, principal: string | undefined, object?: string) => boolean

/** `--acls`: a mistake in them ends the program before it does anything. */
export function authorizerOf(flags: Flags): Authorizer {
  const text = flags.text('acls')
  if (text === undefined) return () => true
  const acls = parseAcls(text)
  if (typeof acls !== 'string') return (action, principal, object) => permits(acls, action, principal, object)
  const words = `Failed to load flag 'acls': Failed to load value '${text}': ${acls}`
  process.stderr.write(`${words}\n\nSee \`mesos-master --help\` for a list of supported flags.\n`)
  return process.exit(1)
}

export function forbidden(): Reply {
  return refusal(403, '')
}
