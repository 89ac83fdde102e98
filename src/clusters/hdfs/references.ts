import type { HdfsSpec } from '../../api/hdfs.ts'
import type { References } from '../../model/kind.ts'
import { extraFileReferences } from '../../services/common/extra-files.ts'

/** What the spec of an HDFS names. Hosts that a proxy user may come from are no members of it, and are not in use by it. */
export function hdfsReferences(spec: HdfsSpec): References {
  const { clients, dataNodeGroups, fencing, httpFs, journalNodes, nameNodes, secondary, zookeeperRef } = spec
  const extra = extraFileReferences(spec.extraFiles)
  const keys = (fencing?.methods ?? []).flatMap(({ ssh }) => (ssh === undefined ? [] : [ssh.privateKeySecretRef.name]))
  const hosts = [
    ...nameNodes.members.map(({ host }) => host),
    ...(journalNodes?.hosts ?? []),
    ...(secondary === undefined ? [] : [secondary.host]),
    ...dataNodeGroups.flatMap((group) => group.hosts ?? []),
    ...(httpFs?.hosts ?? []),
    ...clients.hosts,
  ]
  return {
    hosts: [...new Set(hosts)],
    hostSelectors: dataNodeGroups.flatMap((group) => group.hostSelector ?? []),
    clusters: zookeeperRef === undefined ? [] : [{ kind: 'ZookeeperCluster', name: zookeeperRef.name }],
    configMaps: extra.configMaps,
    secrets: [...new Set([...extra.secrets, ...keys])],
  }
}
