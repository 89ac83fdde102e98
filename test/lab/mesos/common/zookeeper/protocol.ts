/** Numbers of ZooKeeper's protocol (3.4 and newer). */
export const operation = { create: 1, delete: 2, exists: 3, getData: 4, ping: 11, getChildren: 8, auth: 100 } as const

export const setWatches = 101
export const closeSession = -11

/** Request numbers that are not counted. */
export const reserved = { notification: -1, ping: -2, auth: -4, setWatches: -8 } as const

export const failure = {
  connectionLoss: -4,
  operationTimeout: -7,
  noNode: -101,
  noAuth: -102,
  nodeExists: -110,
  sessionExpired: -112,
  authFailed: -115,
} as const

export const eventType = { created: 1, deleted: 2, changed: 3, child: 4 } as const

/** As ZooKeeper's C client words them. */
const words: Readonly<Record<number, string>> = {
  [failure.connectionLoss]: 'connection loss',
  [failure.operationTimeout]: 'operation timeout',
  [failure.noNode]: 'no node',
  [failure.noAuth]: 'not authenticated',
  [failure.nodeExists]: 'node exists',
  [failure.sessionExpired]: 'session expired',
  [failure.authFailed]: 'authentication failed',
}

export class ZooKeeperError extends Error {
  readonly code: number

  constructor(code: number) {
    super(words[code] ?? `error ${code}`)
    this.code = code
  }
}

export interface Acl {
  readonly permissions: number
  readonly scheme: string
  readonly id: string
}

export const anyoneMay: readonly Acl[] = [{ permissions: 31, scheme: 'world', id: 'anyone' }]

/** For who came with credentials: everyone reads, who made it does the rest. */
export const creatorMay: readonly Acl[] = [
  { permissions: 1, scheme: 'world', id: 'anyone' },
  { permissions: 31, scheme: 'auth', id: '' },
]

/** Node kinds. */
export const persistent = 0
export const ephemeralSequential = 3
