import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { HostSpec, hostKind } from '../api/host.ts'
import type { Condition } from '../api/status.ts'
import { valueOf } from '../model/fact.ts'
import type { HostFacts } from '../model/facts.ts'
import type { SelinuxMode } from '../model/host.ts'
import type { Resource } from '../model/object.ts'
import type { Problem, ReasonCode } from '../model/reasons.ts'
import { problem, reasons } from '../model/reasons.ts'
import type { Said } from './conditions.ts'
import { mergeConditions, rfc3339 } from './conditions.ts'

export type HostStatus = z.output<(typeof hostKind)['status']>

/** Beyond this, timestamps of a host mislead: services that compare clocks are at risk. */
const skewLimitMs = 5_000

/** Codes of a host that showed a pinned key before it failed. */
const afterKey: readonly ReasonCode[] = [
  'AuthenticationFailed',
  'SudoRefused',
  'ToolMissing',
  'ProbeFailed',
  'DuplicateMachine',
]

/** `shared`: another machine's Host that pins one of its keys. */
export function hostConditions(
  spec: HostSpec,
  facts: HostFacts,
  installation: string,
  shared?: { readonly host: string; readonly key: string },
): readonly Said[] {
  if (facts.state === 'known') {
    const { clockSkewMs, custody, machineId } = facts.value
    const pinned = spec.ssh.hostKeys.map(fingerprintOf).join(', ')
    return [
      { type: 'Reachable', status: 'True', reason: 'Reached', message: `looked at; machine-id ${machineId}` },
      shared === undefined
        ? {
            type: 'HostKeyVerified',
            status: 'True',
            reason: 'HostKeyVerified',
            message: `it showed a pinned key (${pinned})`,
          }
        : {
            type: 'HostKeyVerified',
            status: 'Unknown',
            reason: 'HostKeyShared',
            message: `it showed a pinned key, but ${fingerprintOf(` ${shared.key}`)} is also that of Host ${shared.host}, which is another machine: either can pass for the other. Make new host keys on one of them, and pin these`,
          },
      spec.lifecycle === 'Maintenance' ? resting : managed(custody, clockSkewMs, installation),
    ]
  }
  const { code, why } =
    facts.state === 'unknown' ? facts : { code: 'NotLooked' as const, why: 'the host was not looked at' }
  const unpinned = code === 'HostKeyUnpinned' || code === 'HostKeyChanged'
  const verified = afterKey.includes(code)
  return [
    { type: 'Reachable', status: code === 'NotLooked' ? 'Unknown' : 'False', reason: code, message: why },
    verified
      ? { type: 'HostKeyVerified', status: 'True', reason: 'HostKeyVerified', message: 'it showed a pinned key' }
      : { type: 'HostKeyVerified', status: unpinned ? 'False' : 'Unknown', reason: code, message: why },
    { type: 'Managed', status: 'Unknown', reason: code, message: why },
  ]
}

const resting: Said = {
  type: 'Managed',
  status: 'False',
  reason: 'InMaintenance',
  message: 'in maintenance: clusters do nothing here until lifecycle is Active again',
}

function managed(
  custody: { readonly installation: string; readonly epoch: number },
  clockSkewMs: number,
  installation: string,
): Said {
  if (custody.installation !== '' && custody.installation !== installation) {
    const message = `kept by installation ${custody.installation}, this one is ${installation}: if that one is gone, remove /var/lib/ironherd/installation there`
    return { type: 'Managed', status: 'False', reason: 'ManagedByAnother', message }
  }
  if (Math.abs(clockSkewMs) > skewLimitMs) {
    const seconds = Math.round(Math.abs(clockSkewMs) / 1000)
    const message = `its clock is about ${seconds} s ${clockSkewMs > 0 ? 'ahead of' : 'behind'} that of ironherd, at most ${skewLimitMs / 1000} s are tolerated: set up time synchronisation on both`
    return { type: 'Managed', status: 'False', reason: 'ClockSkewed', message }
  }
  return custody.installation === ''
    ? { type: 'Managed', status: 'False', reason: 'NotManagedYet', message: 'no step was run on it yet' }
    : { type: 'Managed', status: 'True', reason: 'Managed', message: `kept by installation ${installation}` }
}

/** What a person has to see to. */
export function hostProblems(host: string, said: readonly Said[]): readonly Problem[] {
  const bad = said.filter(({ reason, status }) => status !== 'True' && reasons[reason].kind !== 'Info')
  const codes = new Map(bad.map(({ reason, message }) => [reason, message]))
  return [...codes].map(([code, message]) => problem(code, message, { host }))
}

export interface HostStatusInput {
  readonly object: Resource
  readonly spec: HostSpec
  readonly facts: HostFacts
  readonly before: readonly Condition[]
  readonly said: readonly Said[]
  readonly members: number
  readonly javaHome?: string
  /** Missing: it could not be told in this pass. */
  readonly selinux?: SelinuxMode
  readonly previous?: HostStatus
  readonly now: number
}

/** Like a cluster's: nothing in it changes while the host does not. What was learnt stays while it is out of sight. */
export function hostStatus(input: HostStatusInput): HostStatus {
  const { before, facts, members, now, object, said, spec } = input
  const { generation } = object.metadata
  const previous: HostStatus = input.previous ?? object.status ?? {}
  const machine = valueOf(facts)
  const why = facts.state === 'unknown' ? facts.why : ''
  const offered = [...new Set(why.match(keyLine) ?? [])].slice(0, 8)
  const shown = [...new Set(why.match(fingerprint) ?? [])].slice(0, 8)
  const [only, ...others] = spec.ssh.hostKeys
  const verified = machine !== undefined && only !== undefined && others.length === 0 ? [fingerprintOf(only)] : []
  const fingerprints = shown.length > 0 ? shown : verified
  const { machineId, cpus, memoryMiB } = machine ?? previous
  const selinux = input.selinux ?? previous.selinux
  const lastSeen =
    machine !== undefined ? undefined : (previous.lastSeen ?? (wasReachable(before) ? rfc3339(now) : undefined))
  return {
    observedGeneration: generation,
    conditions: [...mergeConditions(before, said, generation, now)],
    ...(machineId === undefined ? {} : { machineId }),
    ...(input.javaHome === undefined ? {} : { javaHome: input.javaHome }),
    ...(selinux === undefined ? {} : { selinux }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(memoryMiB === undefined ? {} : { memoryMiB }),
    ...(machine === undefined ? {} : { clockSkewMs: steadySkew(previous.clockSkewMs, machine.clockSkewMs) }),
    ...(fingerprints.length === 0 ? {} : { fingerprints }),
    ...(offered.length === 0 ? {} : { hostKeysOffered: offered }),
    ...(lastSeen === undefined ? {} : { lastSeen }),
    members,
  }
}

/** The reason of a refused key holds both; hosts/ makes them so. */
const fingerprint = /SHA256:[A-Za-z0-9+/]{43}/g
const keyLine = /(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) AAAA[A-Za-z0-9+/]+={0,3}/g

function wasReachable(before: readonly Condition[]): boolean {
  return before.some(({ type, status }) => type === 'Reachable' && status === 'True')
}

/** To half a second, and only moved when it is off by more than one: round trips must not cause writes. */
function steadySkew(before: number | undefined, now: number): number {
  if (before !== undefined && Math.abs(now - before) <= 1000) return before
  return Math.round(now / 500) * 500
}

function fingerprintOf(line: string): string {
  const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}
