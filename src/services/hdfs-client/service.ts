import type { HostView } from '../../model/kind.ts'
import type { DesiredFile, Member } from '../../model/member.ts'
import { keyText } from '../../model/object.ts'
import { memberPaths } from '../common/names.ts'
import { clientFiles } from '../hdfs-common/client-config.ts'
import type { HdfsContext } from '../hdfs-common/context.ts'

export const clientService = 'hdfs-client'
export const clientGroup = 'clients'

export function clientId(host: string): string {
  return `${clientService}-${host}`
}

/**
 * What makes a client on a host find the file system, in a directory of one name on all hosts, readable for everybody as the
 * ConfigMap with the same files is. Nothing is installed and nothing runs. Throws UnrepresentableValue for a value that XML cannot
 * hold.
 */
export function clientMember(context: HdfsContext, host: HostView): Member {
  const { key, spec } = context
  const paths = memberPaths(key, 'client')
  const root = { owner: 'root', group: 'root' }
  const files = Object.entries(clientFiles(context)).map(
    ([name, content]): DesiredFile => ({
      path: `${paths.config}/${name}`,
      content,
      mode: '644',
      secret: false,
      restart: false,
      ...root,
    }),
  )
  return {
    id: clientId(host.name),
    service: clientService,
    group: clientGroup,
    host: host.name,
    // Nothing of it belongs to anybody else.
    user: { name: 'root', group: 'root', create: false },
    directories: ['/etc/ironherd', paths.config].map((path) => ({ path, mode: '755', ...root })),
    software: { from: 'packages', packages: [], maskUnits: [], path: '' },
    java: { home: '', minimumVersion: 0 },
    files,
    unit: { name: paths.unitName, path: paths.unitPath, enabled: false, running: false, loadedPath: paths.loaded },
    ports: [],
    dataDirectories: [],
    probes: [],
    // Without the id of the file system: it is no sign that one lived.
    identity: { object: keyText(key), role: clientService, host: host.name, nameservice: spec.nameservice },
    changeable: [],
  }
}
