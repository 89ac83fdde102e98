import { expect, test } from 'vitest'
import { type ReasonCode, reasons } from '../../../src/model/reasons.ts'
import { badInputs } from '../../e2e/bad-inputs.ts'
import { everyRefusal, quickRefusals } from '../../e2e/refusals.ts'
import { exampleManifests } from '../../world/manifests.ts'
import type { World } from '../../world/world.ts'

const archive = { url: 'http://mirror.example/a.tar.gz', file: '/a', sha512: 'a'.repeat(128), sha256: 'a'.repeat(64) }
const names = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6']
const hosts = names.map((name, index) => ({
  name,
  address: `192.0.2.${String(11 + index)}`,
  hostKeys: ['ssh-rsa AAAA'],
}))
const site = {
  artifacts: {
    'zookeeper-3.8.4': archive,
    'zookeeper-3.9.3': archive,
    'spark-3.5.7': archive,
    'hadoop-3.3.6': archive,
    'hadoop-3.4.2': archive,
    'mesos-1.11.0': archive,
    'mesos-1.12.0': archive,
  },
  gateway: '192.0.2.1',
  ssh: { user: 'ops', privateKey: 'key', privateKeyFile: '/key' },
  hosts,
  host: (name: string) => hosts.find((host) => host.name === name) ?? { address: '', hostKeys: [] },
}
// Lists are made of the lab's names and addresses only; the rest of the world is for running them.
const world = { lab: site } as unknown as World

const fromInputs = badInputs(site).flatMap(({ answers }) => (answers === 'API server' ? [] : [answers.reason]))
/** Those of which faults say that they are told: hdfs-fencing-faults.ts, and mesos.test.ts. */
const fromFaults: readonly ReasonCode[] = ['FencingBlocked', 'QuorumsDiffer']
/** They refuse a part of a preparation, and no cluster: preparation.test.ts waits for each. */
const fromPreparations: readonly ReasonCode[] = [
  'HostNameInUse',
  'HostKeyShared',
  'FirewallUnsupported',
  'BlockRefused',
]
const elsewhere = [...fromFaults, ...fromPreparations]
const provoked = new Set<string>([...fromInputs, ...everyRefusal(world).map(({ reason }) => reason), ...elsewhere])

/** Of HdfsCluster: situations that are still to be made. */
const notYet: readonly ReasonCode[] = ['ConversionRefused']

test('every reason that waits for a person or ends a spec is provoked on real hosts', () => {
  const refusals = Object.entries(reasons).filter(([, { kind }]) => kind === 'Blocked' || kind === 'Terminal')
  const missing = refusals.map(([code]) => code).filter((code) => !provoked.has(code))
  expect(missing).toEqual(notYet)
})

test('the passing reasons that are refusals are provoked, too', () => {
  const passing: readonly ReasonCode[] = ['Unreachable', 'ArtifactUnavailable', 'PackageInstallFailed', 'ProbeFailed']
  const others: readonly ReasonCode[] = ['UpstreamNotReady', 'LostSight']
  expect([...passing, ...others].filter((code) => !provoked.has(code))).toEqual([])
})

test('no two situations have one name, by which a campaign picks them', () => {
  const all = [...badInputs(site), ...everyRefusal(world)].map(({ name }) => name)
  expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([])
})

test('the quick ones are part of all', () => {
  const spare = exampleManifests('hosts', site).find(({ metadata }) => metadata.name === 'm6')
  if (spare === undefined) throw new Error('the examples have no m6')
  const all = new Set(everyRefusal(world).map(({ name }) => name))
  expect(quickRefusals(world, spare).filter(({ name }) => !all.has(name))).toEqual([])
})
