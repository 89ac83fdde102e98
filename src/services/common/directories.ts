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
 * The directory that a DataDirectory names, with those between it and its mount. The ones between are root's and
 * passable, as several daemons may have data below them.
 */
export function dataDirectories(data: DataDirectory, user: ServiceUser): readonly DesiredDirectory[] {
  const segments = data.path.split('/')
  return segments.flatMap((_, index) => {
    const path = joinMount(data.mount, segments.slice(0, index + 1).join('/'))
    if (index === segments.length - 1) {
      return [{ path, mode: '750', owner: user.name, group: user.group, mount: data.mount }]
    }
    // /var or /srv, under the mount "/", have an owner and a mode already.
    if (systemPathRefusal(path) !== undefined) return []
    return [{ path, mode: '755', owner: 'root', group: 'root', mount: data.mount }]
  })
}

/** Why a data directory cannot be used, as a problem that names the field. */
export function dataDirectoryProblems(data: DataDirectory, field: string): readonly Problem[] {
  const path = joinMount(data.mount, data.path)
  const refusal = systemPathRefusal(path)
  if (refusal === undefined) return []
  return [problem('InvalidSpec', `${field}: ${refusal}; choose a directory of your own below a mount`, { field })]
}
