import type { ExpandInput, HostView } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'

/** The Host of that name, or the problem that it does not exist. */
export function findHost(
  hosts: ExpandInput['hosts'],
  name: string,
  field: string,
): { readonly host: HostView } | { readonly problem: Problem } {
  const host = hosts[name]
  if (host !== undefined) return { host }
  return {
    problem: problem(
      'HostNotFound',
      `${field}: there is no Host ${name} in the namespace: create it, or correct the name`,
      {
        field,
        host: name,
      },
    ),
  }
}

/** Options of the JVM that ironherd sets itself, found by how they begin. */
export function ownedOptionProblems(
  options: readonly string[],
  owned: readonly (readonly [prefix: string, instead: string])[],
  field: string,
): readonly Problem[] {
  return options.flatMap((option, index) => {
    const found = owned.find(([prefix]) => option.startsWith(prefix))
    if (found === undefined) return []
    const at = `${field}[${index}]`
    return [problem('OwnedKey', `${at} ${option}: ironherd sets ${found[0]} itself; ${found[1]}`, { field: at })]
  })
}

/** Ports of one member that are the same, by the fields that set them. */
export function samePortProblems(
  ports: readonly { readonly port: number; readonly field: string }[],
): readonly Problem[] {
  return ports.flatMap(({ port, field }, index) => {
    const first = ports.find((other) => other.port === port)
    if (first === undefined || ports.indexOf(first) === index) return []
    return [
      problem('PortCollision', `${field}: port ${port} is also ${first.field}; give one of them another port`, {
        field,
      }),
    ]
  })
}
