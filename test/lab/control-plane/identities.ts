// Who may log in at the lab's API server, by token. The tokens are no secret: the server listens on loopback only.

export interface Identity {
  readonly user: string
  readonly groups: readonly string[]
}

const SERVICE_ACCOUNT: Identity = {
  user: 'system:serviceaccount:ironherd-system:ironherd',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:ironherd-system'],
}

/**
 * `ironherd` has exactly the rights that the cluster's RBAC objects give to its service account; so has `ironherd-2`, for a
 * second replica that a test wants to tell apart by its token. `stranger` is somebody whom no rule knows.
 */
export const IDENTITIES = {
  admin: { user: 'lab-admin', groups: ['system:masters'] },
  ironherd: SERVICE_ACCOUNT,
  'ironherd-2': SERVICE_ACCOUNT,
  stranger: { user: 'stranger', groups: [] },
} as const satisfies Record<string, Identity>

export type IdentityName = keyof typeof IDENTITIES

export function tokenOf(name: IdentityName): string {
  return `lab-token-${name}`
}

/** The file for --token-auth-file: token,user,uid,"group,group". */
export function tokenFile(): string {
  const lines = Object.entries(IDENTITIES).map(
    ([name, { user, groups }]) => `lab-token-${name},${user},${name},"${groups.join(',')}"`,
  )
  return `${lines.join('\n')}\n`
}

export function kubeconfig(url: string, caFile: string, name: IdentityName): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: lab
  cluster:
    server: ${url}
    certificate-authority: ${caFile}
users:
- name: ${name}
  user:
    token: ${tokenOf(name)}
contexts:
- name: lab
  context:
    cluster: lab
    user: ${name}
current-context: lab
`
}
