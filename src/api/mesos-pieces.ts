import { z } from 'zod'
import { type CelRule, celRules, noneOfKeys } from './cel.ts'
import { text, worded } from './common.ts'
import { environmentOwned } from './mesos-owned.ts'
import { type OwnedKeys, quoted } from './owned.ts'

function ownedRule(owned: OwnedKeys): CelRule {
  const names = Object.keys(owned)
  return noneOfKeys(names, `set by fields of their own, or not to be set at all: ${names.join(', ')}`)
}

/** Further flags of a daemon, by their names without hyphens. Whether the daemon knows a name is not checked by the API server. */
export function flags(owned: OwnedKeys, example: string) {
  return z
    .record(worded(1, 64, /^[a-z][a-z0-9_]*$/, 'the name of a flag, without hyphens and without no-'), text(4096))
    .meta({ maxProperties: 64, ...celRules(ownedRule(owned)) })
    .default({})
    .describe(
      `Further flags on the command line, name and value, e.g. ${example}; a boolean is true or false. A name that Mesos 1.12 does ` +
        'not know is refused, since the daemon would end at once, and so is one for which there is a field. A change restarts.',
    )
}

const variable = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)

export function environment(what: string) {
  const prefixes = Object.keys(environmentOwned)
  return z
    .record(variable, text(4096))
    .meta({
      maxProperties: 64,
      ...celRules({
        rule: `!${quoted(prefixes)}.exists(p, self.exists(k, k.startsWith(p)))`,
        message: `set by fields of their own: ${prefixes.join('*, ')}`,
      }),
    })
    .default({})
    .describe(what)
}

/** Of tasks, so it may have any name. */
export function taskEnvironment(what: string) {
  return z.record(variable, text(4096)).meta({ maxProperties: 64 }).optional().describe(what)
}

export const role = worded(
  1,
  128,
  /^[A-Za-z0-9_*][A-Za-z0-9_.*-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/,
  'the name of a role: letters, digits, _ . and -, parts with a slash between them, or *',
)
