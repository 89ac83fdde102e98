import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSpec, withSpec } from '../../../src/api/resource.ts'
import { type SparkSpec, sparkKind } from '../../../src/api/spark.ts'
import { spark } from '../../../src/clusters/spark/kind.ts'
import { known } from '../../../src/model/fact.ts'
import type { FleetFacts, MachineFacts } from '../../../src/model/facts.ts'
import type { ExpandInput, Expansion, HostView } from '../../../src/model/kind.ts'
import type { Member } from '../../../src/model/member.ts'
import type { ObjectMeta } from '../../../src/model/object.ts'
import type { Answer, Question, UnitAnswer } from '../../../src/model/question.ts'
import { questionKey } from '../../../src/model/question.ts'
import type { Problem } from '../../../src/model/reasons.ts'

export const now = 1_795_300_000_000

export function recorded(name: string): string {
  return readFileSync(join(import.meta.dirname, '../../cases/spark/recorded', name), 'utf8')
}

export const metadata: ObjectMeta = {
  name: 'analytics',
  namespace: 'data',
  uid: 'u1',
  generation: 1,
  resourceVersion: '1',
  creationTimestamp: '2026-11-21T00:00:00Z',
  finalizers: [],
  labels: {},
  annotations: {},
}

function host(name: string, number: number, labels: Readonly<Record<string, string>> = {}): HostView {
  const serviceAddress = `10.9.0.${number}`
  return {
    name,
    serviceAddress,
    advertisedAddress: name === 'm1' ? '203.0.113.1' : serviceAddress,
    labels,
    lost: false,
  }
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

/** The spec of the cases, free form, so that they can be wrong on purpose. */
export const rawSpec = {
  version: '3.5.7',
  software: { archive: { url: 'http://mirror.example/spark.tgz', sha256: 'ab'.repeat(32) } },
  standalone: {
    recovery: { zookeeperRef: { name: 'zk' } },
    masters: { hosts: ['m1', 'm2'], jvm: { heap: '256m', options: ['-XX:+UseSerialGC'] } },
    workerGroups: [
      {
        name: 'w',
        hostSelector: { matchLabels: { role: 'worker' } },
        cores: 2,
        memory: '1g',
        workDir: { mount: '/data', path: 'spark/work' },
      },
    ],
  },
}

/** Its workers by name, and not by label. */
export const onTwo = {
  ...rawSpec,
  standalone: {
    ...rawSpec.standalone,
    workerGroups: rawSpec.standalone.workerGroups.map(({ hostSelector: _, ...group }) => ({
      ...group,
      hosts: ['w1', 'w2'],
    })),
  },
}

export function specOf(raw: unknown): SparkSpec {
  const parsed = parseSpec(sparkKind, raw)
  if ('problems' in parsed) throw new Error(parsed.problems.map(({ message }) => message).join('\n'))
  return parsed.spec
}

export function inputOf(raw: unknown, available = true): ExpandInput<SparkSpec> {
  const object = { apiVersion: 'ironherd.io/v1alpha1', kind: 'SparkCluster', metadata, spec: undefined }
  return {
    object: withSpec(object, specOf(raw)),
    hosts,
    offers: {
      'ZookeeperCluster/zk': {
        connect: '10.9.0.1:2181,10.9.0.2:2181,10.9.0.3:2181',
        available,
        why: available ? 'a majority serves' : 'no quorum',
      },
      'HdfsCluster/files': {
        connect: '10.9.0.1:8020,10.9.0.2:8020',
        uri: 'hdfs://ns',
        files: { 'core-site.xml': '<core/>\n', 'hdfs-site.xml': '<hdfs/>\n' },
        available,
        why: available ? 'nn1 is active' : 'nobody is active',
      },
    },
    configMaps: {},
    secrets: {},
    standing: [],
    unseen: [],
  }
}

export function expanded(raw: unknown = rawSpec, available = true): Expansion {
  const result = spark.expand(inputOf(raw, available))
  if ('problems' in result) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result
}

export function refused(raw: unknown): readonly Problem[] {
  const parsed = parseSpec(sparkKind, raw)
  if ('problems' in parsed) return parsed.problems
  const result = spark.expand(inputOf(raw))
  return 'problems' in result ? result.problems : []
}

export function memberOf(expansion: Expansion, id: string): Member {
  const member = expansion.members.find((candidate) => candidate.id === id)
  if (member === undefined) throw new Error(`no member ${id} in ${expansion.members.map((one) => one.id).join(', ')}`)
  return member
}

export function runningUnit(startedAt: number): UnitAnswer {
  return {
    loadState: 'loaded',
    activeState: 'active',
    subState: 'running',
    unitFileState: 'enabled',
    fragmentPath: '',
    needReload: false,
    mainPid: 7,
    startedAt,
    restarts: 0,
    result: 'success',
    exitStatus: 0,
  }
}

export const deadUnit: UnitAnswer = {
  ...runningUnit(0),
  activeState: 'failed',
  subState: 'failed',
  mainPid: 0,
  result: 'signal',
}

/** What is answered on one member's host: its unit, and its probes in order. */
export interface Seen {
  readonly unit: UnitAnswer
  readonly probes?: readonly (Answer | undefined)[]
}

export function http(body: string): Answer {
  return { outcome: 'answered', status: 200, body }
}
export const refusedHttp: Answer = { outcome: 'refused', status: 0, body: '' }
export const silentHttp: Answer = { outcome: 'timeout', status: 0, body: '' }

export function fileWith(content: string): Answer {
  const plain = { kind: 'file', sha256: '', mode: '640', owner: 'spark', group: 'spark' } as const
  return { ...plain, size: content.length, modifiedAt: 0, content }
}

/** Facts of the hosts of the members named; every other host was not seen. */
export function factsOf(expansion: Expansion, seen: Readonly<Record<string, Seen>>, skewMs = 0): FleetFacts {
  const machines: Record<string, Record<string, ReturnType<typeof known<Answer>>>> = {}
  for (const [id, { unit, probes = [] }] of Object.entries(seen)) {
    const member = memberOf(expansion, id)
    const answers = (machines[member.host] ??= {})
    const put = (question: Question, answer: Answer) => {
      answers[questionKey(question)] = known(answer)
    }
    put({ ask: 'unit', unit: member.unit.name }, unit)
    for (const [index, answer] of probes.entries()) {
      const question = member.probes[index]
      if (question !== undefined && answer !== undefined) put(question, answer)
    }
  }
  return Object.fromEntries(
    Object.entries(machines).map(([name, answers]) => {
      const machine: MachineFacts = {
        host: name,
        lookedAt: now,
        machineId: name,
        bootId: 'b',
        hostname: name,
        clockSkewMs: skewMs,
        uptimeSeconds: 1000,
        cpus: 2,
        memoryMiB: 4096,
        custody: { installation: '', epoch: 0 },
        journal: [],
        ownFiles: {},
        records: {},
        answers,
      }
      return [name, known(machine)]
    }),
  )
}
