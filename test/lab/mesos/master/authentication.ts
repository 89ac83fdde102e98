import { readFileSync } from 'node:fs'
import type { Flags } from '../common/flags.ts'
import { exitWith, info } from '../common/log.ts'
import type { Libprocess } from '../common/process.ts'
import type { Credential } from '../shapes.ts'
import { asList, asObject } from './calls.ts'
import type { Admits } from './registration.ts'

/** Of the WWW-Authenticate header (a-http/authentication-and-stopped-process.txt). */
export const realms = {
  readonly: 'mesos-master-readonly',
  readwrite: 'mesos-master-readwrite',
  scheduler: 'mesos-master-scheduler',
} as const

const place = 'master.cpp:531'

/** `--credentials`: JSON, or a line `principal secret` each. Ends the program on a file that it cannot use. */
export function loadCredentials(flags: Flags): readonly Credential[] | undefined {
  const path = flags.text('credentials')
  if (path === undefined) return undefined
  const credentials = parseCredentials(contentsOf(path))
  if (credentials === undefined) exitWith(place, `Invalid credential format in file '${path}' (see --credentials flag)`)
  if (credentials.length === 0)
    exitWith(place, 'Credentials file must contain at least one credential (see --credentials flag)')
  return credentials
}

function contentsOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return exitWith(place, `Failed to read credentials file '${path}' (see --credentials flag)`)
  }
}

/** Undefined where something is no credential. */
export function parseCredentials(text: string): readonly Credential[] | undefined {
  if (!text.trimStart().startsWith('{')) return parseLines(text)
  try {
    const listed = asList(asObject(JSON.parse(text))?.credentials).map(asObject)
    const read = listed.flatMap((each) =>
      typeof each?.principal === 'string' && typeof each.secret === 'string'
        ? [{ principal: each.principal, secret: each.secret }]
        : [],
    )
    return read.length === listed.length ? read : undefined
  } catch {
    return undefined
  }
}

function parseLines(text: string): readonly Credential[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const read = lines.flatMap((line) => {
    const [principal, secret, ...more] = line.trim().split(/\s+/)
    return principal === undefined || secret === undefined || more.length > 0 ? [] : [{ principal, secret }]
  })
  return read.length === lines.length ? read : undefined
}

/** HTTP authentication of the realms that the flags ask it for. */
export function authenticateHttp(
  process: Libprocess,
  flags: Flags,
  credentials: readonly Credential[] | undefined,
): void {
  const wanted = {
    [realms.readonly]: flags.boolean('authenticate_http_readonly'),
    [realms.readwrite]: flags.boolean('authenticate_http_readwrite'),
    // The frameworks of the lab come by HTTP only, with the credential that other frameworks state when they register.
    [realms.scheduler]: flags.boolean('authenticate_http_frameworks') || flags.boolean('authenticate_frameworks'),
  }
  for (const [realm, on] of Object.entries(wanted)) {
    if (!on) continue
    if (credentials === undefined)
      exitWith(
        'http.cpp:956',
        `No credentials provided for the default 'basic' HTTP authenticator for realm '${realm}'`,
      )
    info('http.cpp:975', `Creating default 'basic' HTTP authenticator for realm '${realm}'`)
    process.authenticate(realm, (user, secret) => knows(credentials, { principal: user, secret }))
  }
}

/** Whether an agent may register with what it states. */
export function agentAdmission(flags: Flags, credentials: readonly Credential[] | undefined): Admits {
  const required = flags.boolean('authenticate_agents')
  return (credential) => {
    if (credential === undefined) return !required
    // Without a file all authentication is refused, asked for or not.
    return knows(credentials ?? [], credential)
  }
}

function knows(credentials: readonly Credential[], given: Credential): boolean {
  return credentials.some(({ principal, secret }) => principal === given.principal && secret === given.secret)
}
