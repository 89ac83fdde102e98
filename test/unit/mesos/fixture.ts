import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type MesosSpec, mesosKind } from '../../../src/api/mesos.ts'
import { parseSpec, withSpec } from '../../../src/api/resource.ts'
import { mesos } from '../../../src/clusters/mesos/kind.ts'
import type { ExpandInput, Expansion, HostView, StandingMember } from '../../../src/model/kind.ts'
import type { Member } from '../../../src/model/member.ts'
import type { ObjectMeta } from '../../../src/model/object.ts'
import type { HttpAnswer } from '../../../src/model/question.ts'
import type { Problem } from '../../../src/model/reasons.ts'

export const now = 1_795_300_000_000

/** An answer as it was recorded. The recorder's directory is that of the fixture's spec. */
export function recorded(name: string): HttpAnswer {
  const text = readFileSync(join(import.meta.dirname, '../../cases/mesos/answers', `${name}.txt`), 'utf8')
  const status = Number(/^HTTP\/1\.1 (\d{3})/m.exec(text)?.[1])
  const body = text
    .slice(text.indexOf('\n\n') + 2)
    .replaceAll(/\$RUN\/c\d\/m\d/g, '/data/mesos/master')
    .trim()
  return { outcome: 'answered', status, body }
}

export const refusedHttp: HttpAnswer = { outcome: 'refused', status: 0, body: '' }
export const silentHttp: HttpAnswer = { outcome: 'timeout', status: 0, body: '' }
/** A follower that knows no leader (recording 23). */
export const noLeader: HttpAnswer = { outcome: 'answered', status: 503, body: 'No leader elected' }

/** A recorded answer in which some values of its JSON are others. */
export function changed(name: string, change: (value: Record<string, never>) => void): HttpAnswer {
  const answer = recorded(name)
  const value = JSON.parse(answer.body) as Record<string, never>
  change(value)
  return { ...answer, body: JSON.stringify(value) }
}

export function metricsOf(name: string, values: Readonly<Record<string, number | undefined>>): HttpAnswer {
  return changed(name, (metrics) => Object.assign(metrics, values))
}

export function flagsOf(name: string, values: Readonly<Record<string, string>>): HttpAnswer {
  return changed(name, (answer) => Object.assign(answer['flags'] ?? {}, values))
}

function host(name: string, number: number, more: Partial<HostView> = {}): HostView {
  const address = `127.0.0.${number}`
  return { name, serviceAddress: address, advertisedAddress: address, labels: {}, lost: false, ...more }
}

export const hosts: Readonly<Record<string, HostView>> = Object.fromEntries(
  [
    host('m1', 2),
    host('m2', 3),
    host('m3', 4),
    host('m4', 5),
    host('m5', 6),
    host('w1', 12, { failureDomain: 'r1', labels: { role: 'agent' } }),
    host('w2', 13, { failureDomain: 'r2', labels: { role: 'agent' } }),
    host('w3', 14, { failureDomain: 'r3', labels: { role: 'agent' } }),
  ].map((view) => [view.name, view]),
)

/** The cluster of the recordings, free form, so that it can be wrong on purpose. */
export const rawSpec = {
  version: '1.12.0',
  software: { archive: { url: 'http://mirror.example/mesos.tgz', sha256: 'ab'.repeat(32) } },
  zookeeperRef: { name: 'zk' },
  masters: { hosts: ['m1', 'm2', 'm3'], workDir: { mount: '/data', path: 'mesos/master' } },
  agentGroups: [
    {
      name: 'w',
      hostSelector: { matchLabels: { role: 'agent' } },
      workDir: { mount: '/data', path: 'mesos/agent' },
      attributes: { rack: '$(failureDomain)', zone: 'z1' },
      resources: { cpus: '2', mem: '1024', ports: '[31000-31100]' },
    },
  ],
}

export const group = rawSpec.agentGroups[0]

export function withMasters(change: Readonly<Record<string, unknown>>) {
  return { ...rawSpec, masters: { ...rawSpec.masters, ...change } }
}

export function withAgents(change: Readonly<Record<string, unknown>>) {
  return { ...rawSpec, agentGroups: [{ ...group, ...change }] }
}

const metadata: ObjectMeta = {
  name: 'main',
  namespace: 'data',
  uid: 'u1',
  generation: 1,
  resourceVersion: '1',
  creationTimestamp: '2026-11-21T00:00:00Z',
  finalizers: [],
  labels: {},
  annotations: {},
}

type Past = Partial<Pick<ExpandInput<MesosSpec>, 'standing' | 'unseen' | 'heard'>> & {
  readonly available?: boolean
  readonly status?: unknown
  readonly hosts?: Readonly<Record<string, HostView>>
}

export function inputOf(raw: unknown, past: Past = {}): ExpandInput<MesosSpec> {
  const parsed = parseSpec(mesosKind, raw)
  if ('problems' in parsed) throw new Error(parsed.problems.map(({ message }) => message).join('\n'))
  const { available = true, status } = past
  const object = { apiVersion: 'ironherd.io/v1alpha1', kind: 'MesosCluster', metadata, spec: undefined, status }
  const why = available ? 'a majority serves' : 'no quorum'
  return {
    object: withSpec(object, parsed.spec),
    hosts: past.hosts ?? hosts,
    offers: { 'ZookeeperCluster/zk': { connect: '127.0.0.1:2181', available, why } },
    configMaps: { acls: { json: '{}' } },
    secrets: {},
    standing: past.standing ?? [],
    unseen: past.unseen ?? [],
    ...(past.heard === undefined ? {} : { heard: past.heard }),
  }
}

export function expanded(raw: unknown = rawSpec, past: Past = {}): Expansion {
  const result = mesos.expand(inputOf(raw, past))
  if ('problems' in result) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result
}

export function refused(raw: unknown, past: Past = {}): readonly Problem[] {
  const parsed = parseSpec(mesosKind, raw)
  if ('problems' in parsed) return parsed.problems
  const result = mesos.expand(inputOf(raw, past))
  return 'problems' in result ? result.problems : []
}

export function memberOf({ members }: Expansion, id: string): Member {
  const member = members.find((candidate) => candidate.id === id)
  if (member === undefined) throw new Error(`no member ${id} in ${members.map((one) => one.id).join(', ')}`)
  return member
}

/** Records of these members, as they were written when they were started. */
export function standingOf(members: readonly Member[]): readonly StandingMember[] {
  return members.map(({ host: name, id, identity, unit }) => ({
    host: name,
    stem: unit.name.replace(/\.service$/, ''),
    record: { member: id, ...identity },
    seen: true,
  }))
}

/** The set that has had a registry, by its records. */
export function formed(raw: unknown = rawSpec, past: Past = {}): Expansion {
  const before = expanded(raw, { heard: { formed: 'true' } })
  return expanded(raw, { standing: standingOf(before.members), ...past })
}
