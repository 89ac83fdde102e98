// deploy/examples, with what only the reader can know filled in: addresses, host keys, the private key, archive URLs and digests.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Artifact, Lab, LabHost } from '../lab/index.ts'

/** A manifest as a test edits it. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; namespace?: string; labels?: Record<string, string> }
  // Free form on purpose: tests write wrong specs too.
  spec?: Record<string, unknown>
  [field: string]: unknown
}

export const namespace = 'big-data'

/** What the examples are filled in from: a lab, or what looks like one to an API server. */
export interface Site extends Pick<Lab, 'artifacts' | 'gateway' | 'ssh'> {
  host(name: string): Pick<LabHost, 'address' | 'hostKeys'>
}

const examples = join(import.meta.dirname, '../../deploy/examples')

export function exampleManifests(file: 'hosts' | 'zookeeper' | 'hdfs' | 'spark' | 'mesos', site: Site): Manifest[] {
  const read = (name: string): string => readFileSync(join(examples, `${name}.yaml`), 'utf8')
  // Nothing can be applied without the namespace.
  const text = file === 'hosts' ? `${read('00-namespace')}---\n${read(file)}` : read(file)
  return parseAllDocuments(text).map((document) => fill(document.toJS() as Manifest, site))
}

function fill(manifest: Manifest, site: Site): Manifest {
  switch (manifest.kind) {
    case 'Secret':
      return { ...manifest, stringData: { id_ed25519: site.ssh.privateKey } }
    case 'Host':
      return hostManifest(site, manifest.metadata.name, manifest)
    case 'ZookeeperCluster':
      return withArchive(manifest, site.artifacts['zookeeper-3.8.4'])
    case 'SparkCluster':
      return withArchive(manifest, site.artifacts['spark-3.5.7'])
    case 'MesosCluster':
      return withArchive(manifest, site.artifacts['mesos-1.11.0'])
    case 'HdfsCluster':
      return lean(withArchive(manifest, site.artifacts['hadoop-3.4.2']))
    default:
      return manifest
  }
}

function hostManifest(site: Site, name: string, manifest: Manifest): Manifest {
  const host = site.host(name)
  const ssh = { ...(manifest.spec?.['ssh'] as Record<string, unknown>), user: site.ssh.user, hostKeys: host.hostKeys }
  return { ...manifest, spec: { ...manifest.spec, address: host.address, ssh } }
}

/** Ten more processes of Java on one machine: a small compiler, and a collector without threads of its own. */
function lean(manifest: Manifest): Manifest {
  const options = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const withOptions = (part: unknown): Record<string, unknown> => {
    const { jvm, ...rest } = part as Record<string, unknown>
    return { ...rest, jvm: { ...(jvm as Record<string, unknown>), options } }
  }
  const { spec = {} } = manifest
  return {
    ...manifest,
    spec: {
      ...spec,
      nameNodes: withOptions(spec['nameNodes']),
      journalNodes: withOptions(spec['journalNodes']),
      failover: withOptions(spec['failover']),
      dataNodeGroups: (spec['dataNodeGroups'] as unknown[]).map(withOptions),
    },
  }
}

function withArchive(manifest: Manifest, artifact: Artifact): Manifest {
  const archive = { url: artifact.url, sha512: artifact.sha512 }
  return { ...manifest, spec: { ...manifest.spec, software: { archive } } }
}
