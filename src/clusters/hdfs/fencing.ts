import type { HdfsFencing } from '../../api/hdfs.ts'
import { quote } from '../../formats/shell.ts'
import type { ExpandInput } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { representable } from '../../services/common/represent.ts'

function invalid(field: string, message: string): Problem {
  return problem('InvalidSpec', `${field}: ${message}`, { field })
}

/** Fencing that Hadoop would not understand, or that can never succeed. */
export function fencingProblems({ fallback, methods }: HdfsFencing): readonly Problem[] {
  const field = 'spec.fencing.methods'
  const second = methods.findLastIndex(({ ssh }) => ssh !== undefined)
  return [
    ...(fallback === 'Block' && methods.length === 0
      ? [invalid('spec.fencing', 'with Block and no method nobody could ever take over; add a method, or use QjmOnly')]
      : []),
    ...(methods.filter(({ ssh }) => ssh !== undefined).length > 1
      ? [invalid(`${field}[${second}]`, 'ssh is given twice, and Hadoop has one timeout for all of them; remove one')]
      : []),
    ...methods.flatMap(({ shell, ssh }, index) => {
      if ((shell === undefined) === (ssh === undefined)) {
        return [invalid(`${field}[${index}]`, 'give exactly one of ssh and shell')]
      }
      if (shell === undefined) return []
      const at = `${field}[${index}].shell.command`
      if (shell.command.includes('#')) {
        return [invalid(at, 'Hadoop takes what follows a # for a comment; put the command into a script of its own')]
      }
      const word = representable(at, () => quote(shell.command))
      return 'problem' in word ? [word.problem] : []
    }),
  ]
}

/** The private key of the ssh method, where there is one, with all that is wrong with it. */
export function fencingKey(
  { methods }: HdfsFencing,
  secrets: ExpandInput['secrets'],
): {
  readonly key?: string
  readonly problems: readonly Problem[]
} {
  const index = methods.findIndex(({ ssh }) => ssh !== undefined)
  const reference = methods[index]?.ssh?.privateKeySecretRef
  if (reference === undefined) return { problems: [] }
  const field = `spec.fencing.methods[${index}].ssh.privateKeySecretRef`
  const { name, key } = reference
  const content = secrets[name]?.[key]
  if (content === undefined) {
    const what = secrets[name] === undefined ? 'does not exist' : `has no key ${key}`
    const message = `${field}: Secret ${name} ${what}: create it, or correct the reference`
    return { problems: [problem('SecretNotFound', message, { field })] }
  }
  const refusal = keyRefusal(content)
  return refusal === undefined
    ? { key: content, problems: [] }
    : { problems: [invalid(field, `the private key in Secret ${name} ${refusal}`)] }
}

/** The SSH library of Hadoop reads PEM only; it cannot ask for a passphrase. */
function keyRefusal(key: string): string | undefined {
  const made = 'make one with `ssh-keygen -t ecdsa -m PEM`'
  if (!/^-----BEGIN (EC|RSA) PRIVATE KEY-----$/m.test(key)) {
    return `is not in PEM form (BEGIN EC PRIVATE KEY or BEGIN RSA PRIVATE KEY), the only one that Hadoop reads; ${made}`
  }
  return /^Proc-Type: .*ENCRYPTED/m.test(key) ? `has a passphrase, which nobody would type; ${made}` : undefined
}
