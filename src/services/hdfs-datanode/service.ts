import type { HdfsDataNodeGroup } from '../../api/hdfs.ts'
import type { HostView } from '../../model/kind.ts'
import type { HdfsContext } from '../hdfs-common/context.ts'
import { type Daemon, pathsOfData } from '../hdfs-common/daemon.ts'
import { rackOf } from '../hdfs-common/racks.ts'
import { dataNodePorts, dataNodeSite } from './config.ts'
import { dataNodeProbes } from './probe.ts'

export const dataNodeService = 'hdfs-datanode'

/** Name of the member group; those of the other daemons have no such prefix. */
export function dataNodeGroupName(group: string): string {
  return `datanodes-${group}`
}

export function dataNodeId(host: string): string {
  return `${dataNodeService}-${host}`
}

/** The DataNode on a host; `field` is the path of its group in the spec. */
export function dataNodeDaemon(context: HdfsContext, group: HdfsDataNodeGroup, host: HostView, field: string): Daemon {
  const ports = dataNodePorts(group, context.spec.version)
  const dataDirs = pathsOfData(group.dataDirs).join(',')
  const rack = rackOf(context.spec, host)
  return {
    id: dataNodeId(host.name),
    service: dataNodeService,
    group: dataNodeGroupName(group.name),
    host,
    domain: rack,
    description: 'HDFS DataNode',
    command: 'datanode',
    scriptRole: 'DATANODE',
    core: () => ({}),
    site: () => dataNodeSite(group, ports, host),
    userSite: group.hdfsSite,
    jvm: group.jvm,
    data: group.dataDirs,
    ports: [
      { port: ports.data, purpose: 'DataNode', field: `${field}.ports.data` },
      { port: ports.ipc, purpose: 'IPC of the DataNode', field: `${field}.ports.ipc` },
      { port: ports.http, purpose: 'web UI of the DataNode', field: `${field}.ports.http` },
    ],
    probes: dataNodeProbes,
    identity: { endpoint: `${host.serviceAddress}:${ports.data}`, dataDirs, rack },
    changeable: ['endpoint', 'dataDirs', 'rack'],
    rules: {
      httpPort: String(ports.http),
      dataDirs,
      rack,
      replication: String(context.replication),
      maintenance: String(host.maintenance === true),
    },
    hasTools: false,
  }
}
