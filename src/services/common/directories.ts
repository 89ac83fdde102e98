import type { DataDirectory } from '../../api/common.ts'
import { joinMount, systemPathRefusal } from '../../api/paths.ts'
import type { DesiredDirectory, ServiceUser } from '../../model/member.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import type { MemberPaths } from './names.ts'

/** Configuration belongs to root, so that a daemon cannot rewrite what it is started with; logs belong to the daemon. */
export function memberDirectories(paths: MemberPaths, user: ServiceUser): readonly DesiredDirectory[] {
  return [
    { path: '/etc/ironherd', mode: '755', owner: 'root', group: 'root' },
    { path: paths.config, mode: '750', owner: 'root', group: user.group },
    { path: '/var/log/ironherd', mode: '755', owner: 'root', group: 'root' },
    { path: paths.logs, mode: '750', owner: user.name, group: user.group },
  ]
}

/**
 * The directory that a DataDirectory names. Missing ones between it and the mount are made with it, root's and passable;
 * those that exist are left as they are, since they are not ironherd's.
 */
export function dataDirectories(data: DataDirectory, user: ServiceUser): readonly DesiredDirectory[] {
  return [
    { path: joinMount(data.mount, data.path), mode: '750', owner: user.name, group: user.group, mount: data.mount },
  ]
}

/** Why a data directory cannot be used, as a problem that names the field. */
export function dataDirectoryProblems(data: DataDirectory, field: string): readonly Problem[] {
  const path = joinMount(data.mount, data.path)
  const refusal = systemPathRefusal(path)
  if (refusal === undefined) return []
  return [problem('InvalidSpec', `${field}: ${refusal}; choose a directory of your own below a mount`, { field })]
}
