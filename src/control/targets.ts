import type { HostSpec } from '../api/host.ts'
import { hostKind } from '../api/host.ts'
import { parseSpec } from '../api/resource.ts'
import type { HostTarget } from '../model/engine.ts'
import type { HostView } from '../model/kind.ts'
import type { Resource } from '../model/object.ts'
import type { Problem } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import { standingConditions } from './publish.ts'
import type { ResourceStore } from './store.ts'

export type TargetResult = { readonly target: HostTarget } | { readonly problem: Problem }

/** Host object → how to reach it: its key from its Secret, its bastions one behind the other. */
export async function resolveTarget(
  store: ResourceStore,
  namespace: string,
  name: string,
  signal: AbortSignal,
  through: readonly string[] = [],
): Promise<TargetResult> {
  const object = store.get({ kind: 'Host', namespace, name })
  if (object === undefined) return { problem: problem('HostNotFound', `there is no Host ${name}`, { host: name }) }
  const parsed = parseHost(object)
  if ('problem' in parsed) return parsed
  const { ssh, address } = parsed.spec
  const secret = await store.secret(namespace, ssh.privateKeySecretRef.name, signal)
  const privateKey = secret?.[ssh.privateKeySecretRef.key]
  if (privateKey === undefined || privateKey === '') {
    const { name: secretName, key } = ssh.privateKeySecretRef
    const missing = secret === undefined ? `there is no Secret ${secretName}` : `Secret ${secretName} has no key ${key}`
    return refuse(
      'PrivateKeyMissing',
      `${name}: ${missing} (spec.ssh.privateKeySecretRef): create it, or correct the reference`,
      name,
    )
  }
  const own = {
    key: `${namespace}/${name}`,
    name,
    address,
    port: ssh.port,
    user: ssh.user,
    privateKey,
    hostKeys: ssh.hostKeys,
  }
  if (ssh.bastionRef === undefined) return { target: own }
  const chain = [...through, name]
  const next = ssh.bastionRef.name
  if (chain.includes(next)) {
    return refuse(
      'BastionMissing',
      `${name}: the bastions lead in a circle (${[...chain, next].join(' → ')}): correct spec.ssh.bastionRef`,
      name,
    )
  }
  const bastion = await resolveTarget(store, namespace, next, signal, chain)
  if ('target' in bastion) return { target: { ...own, bastion: bastion.target } }
  if (bastion.problem.code === 'HostNotFound') {
    return refuse(
      'BastionMissing',
      `${name}: there is no Host ${next} (spec.ssh.bastionRef): create it, or correct the reference`,
      name,
    )
  }
  return refuse(bastion.problem.code, `${name}: its bastion: ${bastion.problem.message}`, name)
}

function refuse(code: Problem['code'], message: string, host: string): { readonly problem: Problem } {
  return { problem: problem(code, message, { host }) }
}

export function parseHost(object: Resource): { readonly spec: HostSpec } | { readonly problem: Problem } {
  const parsed = parseSpec(hostKind, object.spec)
  if ('spec' in parsed) return parsed
  const first = parsed.problems[0] ?? problem('InvalidSpec', 'the spec cannot be read')
  return { problem: { ...first, host: object.metadata.name } }
}

/** Its fence has proven it off, and it was not seen since: what its last pass has said. */
export function isFenced(object: Resource): boolean {
  return standingConditions(object).some(({ type, status }) => type === 'Fenced' && status === 'True')
}

/** A Host as the services see it; undefined when its spec cannot be read. */
export function viewOf(object: Resource): HostView | undefined {
  const parsed = parseHost(object)
  if (!('spec' in parsed)) return undefined
  const { address, serviceAddress = address, advertisedAddress = serviceAddress, failureDomain } = parsed.spec
  return {
    name: object.metadata.name,
    serviceAddress,
    advertisedAddress,
    labels: object.metadata.labels,
    ...(failureDomain === undefined ? {} : { failureDomain }),
    lost: parsed.spec.lifecycle === 'Lost' || isFenced(object),
    maintenance: parsed.spec.lifecycle === 'Maintenance',
  }
}
