import type { MesosSpec } from '../../api/mesos.ts'
import type { References } from '../../model/kind.ts'
import { extraFileReferences } from '../../services/common/extra-files.ts'

/** What the spec of a Mesos cluster names. */
export function mesosReferences({ agentGroups, extraFiles, masters, zookeeperRef }: MesosSpec): References {
  return {
    hosts: [...new Set([...masters.hosts, ...agentGroups.flatMap((group) => group.hosts ?? [])])],
    hostSelectors: agentGroups.flatMap((group) => group.hostSelector ?? []),
    clusters: zookeeperRef === undefined ? [] : [{ kind: 'ZookeeperCluster', name: zookeeperRef.name }],
    ...extraFileReferences(extraFiles),
  }
}
