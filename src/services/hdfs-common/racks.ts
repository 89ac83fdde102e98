import type { HdfsSpec } from '../../api/hdfs.ts'
import type { HostView } from '../../model/kind.ts'

/** Where Hadoop puts whoever it knows nothing of (NetworkTopology.DEFAULT_RACK). */
export const defaultRack = '/default-rack'

/** All racks are of one depth: Hadoop refuses a DataNode beside a rack (NetworkTopology.add). */
export function rackOf({ racks }: Pick<HdfsSpec, 'racks'>, { failureDomain }: HostView): string {
  return racks === 'None' || failureDomain === undefined ? defaultRack : `/${failureDomain}`
}

/**
 * Racks by service address of all hosts that have one, undefined when the file system is to know of none. Also of hosts without a
 * DataNode: a NameNode keeps for good what it once found for an address (CachedDNSToSwitchMapping), and it looks up clients, too.
 */
export function racksOf(
  spec: Pick<HdfsSpec, 'racks'>,
  hosts: readonly HostView[],
): Readonly<Record<string, string>> | undefined {
  if (spec.racks === 'None') return undefined
  return Object.fromEntries(
    hosts
      .filter(({ failureDomain }) => failureDomain !== undefined)
      .map((host) => [host.serviceAddress, rackOf(spec, host)] as const),
  )
}
