import type { HdfsFencing, HdfsFencingMethod } from '../../api/hdfs.ts'
import { commandLine } from '../../formats/shell.ts'
import type { MemberPaths } from '../common/names.ts'
import type { HdfsContext, HighAvailability } from '../hdfs-common/context.ts'
import { electedSite, type Site } from '../hdfs-common/site.ts'
import { provenOffScript } from './proven-off.ts'

/** The keys of core-site.xml that only a failover controller reads. */
export function zkfcCore({ failover, zookeeper }: HighAvailability): Site {
  return {
    'ha.zookeeper.quorum': zookeeper,
    'ha.zookeeper.parent-znode': failover.zookeeperPath,
    'ha.zookeeper.session-timeout.ms': String(failover.sessionTimeoutSeconds * 1000),
    'ha.health-monitor.rpc-timeout.ms': String(failover.healthTimeoutSeconds * 1000),
  }
}

/** The keys of hdfs-site.xml that only a failover controller reads. */
export function zkfcSite({ user }: HdfsContext, ha: HighAvailability, id: string, paths: MemberPaths): Site {
  const { methods } = ha.fencing
  const ssh = methods.find((method) => method.ssh !== undefined)?.ssh
  return {
    ...electedSite({ ha }, id),
    // Of a NameNode that does not answer a controller wants a thread dump first, for 20 s more (ZKFailoverController.java).
    'dfs.ha.zkfc.nn.http.timeout.ms': '0',
    'dfs.ha.fencing.methods': fencingMethods(ha.fencing, user.name, paths),
    ...(ssh === undefined
      ? {}
      : {
          'dfs.ha.fencing.ssh.connect-timeout': String(ssh.timeoutSeconds * 1000),
          'dfs.ha.fencing.ssh.private-key-files': fencingKeyPath(paths),
        }),
  }
}

export function fencingKeyPath(paths: MemberPaths): string {
  return `${paths.config}/fencing_key`
}

/**
 * One method a line, tried in this order. With QjmOnly the last one always succeeds: the journals let only one NameNode write. With
 * Block it succeeds for whom ironherd has proof that the machine is off.
 */
function fencingMethods({ methods, fallback }: HdfsFencing, user: string, paths: MemberPaths): readonly string[] {
  return [
    ...methods.flatMap((method) => fencingMethod(method, user)),
    fallback === 'QjmOnly' ? 'shell(/bin/true)' : `shell(${provenOffScript(paths)})`,
  ]
}

/** A command has no bound of its own in Hadoop, and a takeover would wait for it for ever. */
function fencingMethod({ ssh, shell }: HdfsFencingMethod, serviceUser: string): readonly string[] {
  if (ssh !== undefined) return [`sshfence(${ssh.user ?? serviceUser}:${ssh.port})`]
  // Refused where the spec is looked at.
  if (shell === undefined) return []
  const bounded = ['timeout', '--kill-after=5', String(shell.timeoutSeconds), 'bash', '-c', shell.command]
  return [`shell(${commandLine(bounded)})`]
}
