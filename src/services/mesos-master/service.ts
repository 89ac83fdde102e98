import type { HostView } from '../../model/kind.ts'
import { dataDirectories } from '../common/directories.ts'
import { memberPaths } from '../common/names.ts'
import type { MesosContext } from '../mesos-common/context.ts'
import type { Daemon } from '../mesos-common/daemon.ts'
import { masterChecked, masterFlags, masterWorkDir } from './config.ts'
import { masterProbes } from './probe.ts'
import { startWords } from './start.ts'

export const masterService = 'mesos-master'
export const masterGroup = 'masters'

export function masterId(host: string): string {
  return `${masterService}-${host}`
}

/** In the record of a master: the set of masters once had a registry. */
export const formedKey = 'formed'

/** The master on a host. */
export function masterDaemon(context: MesosContext, host: HostView): Daemon {
  const { key, masters, spec, zookeeper } = context
  const { port, serviceUser, workDir } = spec.masters
  const directory = masterWorkDir(context)
  const id = masterId(host.name)
  return {
    id,
    service: masterService,
    group: masterGroup,
    host,
    description: 'Mesos master',
    user: serviceUser,
    flags: masterFlags(context, host),
    checked: masterChecked(context, host),
    environment: spec.masters.environment,
    words: (paths) => startWords(context, paths),
    runsTasks: false,
    directories: dataDirectories(workDir, serviceUser),
    dataDirectories: [directory],
    port: { port, purpose: 'Mesos master', field: 'spec.masters.port' },
    znodes: [{ ...zookeeper, field: 'spec.zookeeperPath' }],
    probes: (at, paths) => masterProbes(at, directory, paths),
    identity: {
      // From it follows the quorum, which all of a set must have: there is no order yet in which it could change.
      masters: masters
        .map(({ name }) => name)
        .sort()
        .join(','),
      dataWorkDir: directory,
      ...(context.formed ? { [formedKey]: 'true' } : {}),
    },
    changeable: [formedKey],
    rules: {
      workDir: directory,
      firstStartRecord: memberPaths(key, id).firstStartRecord,
      formed: context.formed ? 'true' : '',
      voters: String(context.voters),
    },
  }
}
