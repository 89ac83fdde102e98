import type { HostView } from '../../model/kind.ts'
import type { HdfsContext } from '../hdfs-common/context.ts'
import type { Daemon } from '../hdfs-common/daemon.ts'
import { type HttpFsSpec, httpFsFiles, temporaryOf, userOf } from './config.ts'
import { httpFsProbes } from './probe.ts'

export const httpFsService = 'hdfs-httpfs'
export const httpFsGroup = 'httpfs'

export function httpFsId(host: string): string {
  return `${httpFsService}-${host}`
}

/** The gateway on a host. */
export function httpFsDaemon(context: HdfsContext, spec: HttpFsSpec, host: HostView): Daemon {
  const { serviceAddress } = host
  return {
    id: httpFsId(host.name),
    service: httpFsService,
    group: httpFsGroup,
    host,
    description: 'HDFS HttpFS gateway',
    command: 'httpfs',
    scriptRole: 'HTTPFS',
    user: userOf(context),
    core: () => ({}),
    site: () => ({}),
    userSite: {},
    jvm: spec.jvm,
    environment: (paths) => ({ HTTPFS_TEMP: temporaryOf(paths) }),
    files: (paths) => httpFsFiles(context, spec, serviceAddress, paths),
    data: [],
    ports: [{ port: spec.port, purpose: 'HttpFS', field: 'spec.httpFs.port' }],
    probes: httpFsProbes,
    identity: { endpoint: `${serviceAddress}:${spec.port}` },
    changeable: ['endpoint'],
    rules: { port: String(spec.port) },
    hasTools: false,
  }
}
