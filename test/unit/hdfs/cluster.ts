import { type HdfsSpec, hdfsKind } from '../../../src/api/hdfs.ts'
import { parseSpec } from '../../../src/api/resource.ts'
import { expandHdfs } from '../../../src/clusters/hdfs/expand.ts'
import type { ExpandInput, Expansion, HostView, StandingMember } from '../../../src/model/kind.ts'
import type { Member } from '../../../src/model/member.ts'
import type { Problem } from '../../../src/model/reasons.ts'

function host(name: string, number: number, labels: Readonly<Record<string, string>> = {}): HostView {
  const serviceAddress = `10.9.0.${number}`
  return { name, serviceAddress, advertisedAddress: serviceAddress, labels, lost: false }
}

export const hosts: Readonly<Record<string, HostView>> = Object.fromEntries(
  [
    host('m1', 1),
    host('m2', 2),
    host('m3', 3),
    host('w1', 4, { role: 'worker' }),
    host('w2', 5, { role: 'worker' }),
    host('w3', 6, { role: 'worker' }),
  ].map((view) => [view.name, view]),
)

/** What a user would write at least; free form, so that it can be wrong on purpose. */
export const minimal = {
  version: '3.4.2',
  software: { archive: { url: 'http://mirror.example/hadoop.tar.gz', sha256: 'ab'.repeat(32) } },
  nameservice: 'nameservice1',
  zookeeperRef: { name: 'zk' },
  nameNodes: {
    members: [
      { id: 'nn1', host: 'm1' },
      { id: 'nn2', host: 'm2' },
    ],
    nameDirs: [{ mount: '/data', path: 'dfs/nn' }],
  },
  journalNodes: { hosts: ['m1', 'm2', 'm3'], editsDir: { mount: '/data', path: 'dfs/jn' } },
  dataNodeGroups: [
    {
      name: 'workers',
      hostSelector: { matchLabels: { role: 'worker' } },
      dataDirs: [{ mount: '/data', path: 'dfs/dn' }],
    },
  ],
}

/** The least of the simple form, with a secondary. */
export const simple = {
  version: minimal.version,
  software: minimal.software,
  nameservice: minimal.nameservice,
  nameNodes: { members: [{ id: 'nn1', host: 'm1' }], nameDirs: minimal.nameNodes.nameDirs },
  secondary: { host: 'm2', checkpointDir: { mount: '/data', path: 'dfs/snn' } },
  dataNodeGroups: minimal.dataNodeGroups,
}

export const key = '-----BEGIN EC PRIVATE KEY-----\nMHc=\n-----END EC PRIVATE KEY-----\n'

export function specOf(raw: unknown): HdfsSpec {
  const parsed = parseSpec(hdfsKind, raw)
  if ('problems' in parsed) throw new Error(parsed.problems.map(({ message }) => message).join('\n'))
  return parsed.spec
}

type More = Partial<Omit<ExpandInput, 'object'>> & { readonly status?: unknown; readonly uid?: string }

export function inputOf(raw: unknown, { status, uid = 'u1', ...more }: More = {}): ExpandInput<HdfsSpec> {
  const metadata = {
    name: 'files',
    namespace: 'data',
    uid,
    generation: 1,
    resourceVersion: '1',
    creationTimestamp: '2026-11-21T00:00:00Z',
    finalizers: [],
    labels: {},
    annotations: {},
  }
  return {
    object: { apiVersion: 'ironherd.io/v1alpha1', kind: 'HdfsCluster', metadata, spec: specOf(raw), status },
    hosts,
    offers: {
      'ZookeeperCluster/zk': {
        connect: '10.9.0.1:2181,10.9.0.2:2181,10.9.0.3:2181',
        available: true,
        why: 'a majority serves',
      },
    },
    configMaps: {},
    secrets: { fencing: { id_ecdsa: key } },
    standing: [],
    unseen: [],
    ...more,
    // An image was copied, so that a change may begin.
    heard: { copied: 'true', ...more.heard },
  }
}

export function expanded(raw: unknown = minimal, more: More = {}): Expansion {
  const result = expandHdfs(inputOf(raw, more))
  if ('problems' in result) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result
}

/** What is wrong with it, by the parser at the boundary or by the expansion. */
export function refused(raw: unknown, more: More = {}): readonly Problem[] {
  const parsed = parseSpec(hdfsKind, raw)
  if ('problems' in parsed) return parsed.problems
  const result = expandHdfs(inputOf(raw, more))
  return 'problems' in result ? result.problems : []
}

export function memberOf(expansion: Expansion, id: string): Member {
  const member = expansion.members.find((candidate) => candidate.id === id)
  if (member === undefined) throw new Error(`no member ${id} in ${expansion.members.map((one) => one.id).join(', ')}`)
  return member
}

export function fileOf(member: Member, name: string): string {
  const file = member.files.find(({ path }) => path.endsWith(`/${name}`))
  if (file === undefined) throw new Error(`${member.id} has no ${name}`)
  return file.content
}

/** The members as their machines remember them after all of them were started. */
export function standingOf({ members }: Expansion): readonly StandingMember[] {
  return members.map(({ host: place, id, identity, unit }) => ({
    host: place,
    stem: unit.name.replace(/\.service$/, ''),
    record: { member: id, ...identity },
    seen: true,
  }))
}
