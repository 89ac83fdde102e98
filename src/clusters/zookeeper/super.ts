import type { ZookeeperSpec } from '../../api/zookeeper.ts'
import type { ExpandInput } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'

const field = 'spec.membershipChanges.superSecretRef'

/** The password of the super user, who tells the running ensemble its list; undefined: nobody does. */
export function superPassword({
  object,
  secrets,
}: ExpandInput<ZookeeperSpec>): { readonly password: string; readonly problems: readonly Problem[] } | undefined {
  const { by, superSecretRef } = object.spec.membershipChanges ?? {}
  if (by !== 'Reconfig') return undefined
  const refused = (code: 'InvalidSpec' | 'SecretNotFound', message: string) => ({
    password: '',
    problems: [problem(code, `${field}: ${message}`, { field })],
  })
  if (superSecretRef === undefined) {
    return refused('InvalidSpec', 'Reconfig needs the password of the super user: name a Secret and its key')
  }
  const { key, name } = superSecretRef
  const password = secrets[name]?.[key]
  if (password === undefined) {
    const what = secrets[name] === undefined ? 'does not exist' : `has no key ${key}`
    return refused('SecretNotFound', `Secret ${name} ${what}: create it, or correct the reference`)
  }
  // A line break at its end comes from a file or an editor, and a person who types the password would not get in.
  if (password === '' || /\p{Cc}/u.test(password)) {
    const what = password === '' ? 'is empty' : 'holds a line break or another control character'
    return refused('InvalidSpec', `key ${key} of Secret ${name} ${what}: put the password there, and nothing else`)
  }
  return { password, problems: [] }
}
