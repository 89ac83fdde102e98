import type { HdfsDataNodeGroup } from '../../api/hdfs.ts'
import type { HostView } from '../../model/kind.ts'
import { pathsOfData } from '../hdfs-common/daemon.ts'
import { localDirectories, type Site } from '../hdfs-common/site.ts'
import { isHadoop2 } from '../hdfs-common/version.ts'

export interface DataNodePorts {
  readonly data: number
  readonly ipc: number
  readonly http: number
}

export function dataNodePorts({ ports }: HdfsDataNodeGroup, version: string): DataNodePorts {
  const usual = isHadoop2(version) ? { data: 50010, ipc: 50020, http: 50075 } : { data: 9866, ipc: 9867, http: 9864 }
  return { data: ports.data ?? usual.data, ipc: ports.ipc ?? usual.ipc, http: ports.http ?? usual.http }
}

/** The keys of hdfs-site.xml that only a DataNode reads. It calls itself by its address, which clients of WebHDFS are sent to. */
export function dataNodeSite(group: HdfsDataNodeGroup, ports: DataNodePorts, { serviceAddress }: HostView): Site {
  return {
    'dfs.datanode.data.dir': localDirectories(pathsOfData(group.dataDirs)),
    'dfs.datanode.hostname': serviceAddress,
    'dfs.datanode.address': `${serviceAddress}:${ports.data}`,
    'dfs.datanode.ipc.address': `${serviceAddress}:${ports.ipc}`,
    'dfs.datanode.http.address': `${serviceAddress}:${ports.http}`,
    'dfs.datanode.du.reserved': String(group.reservedMiB * 1048576),
    'dfs.datanode.failed.volumes.tolerated': String(group.failedVolumesTolerated),
  }
}
