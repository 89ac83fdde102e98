import type { DesiredFile } from '../../model/member.ts'
import type { MemberPaths } from '../common/names.ts'
import type { MesosContext } from '../mesos-common/context.ts'

const variable = 'IRONHERD_START'

/**
 * Whether a master whose log is empty may begin an empty registry together with all others: at the first start alone. Later it waits
 * for a voting quorum of the others, whatever became of them. Read at each start, so that its change after the first one restarts nobody.
 */
export function startWords(
  { isNew, spec }: Pick<MesosContext, 'isNew' | 'spec'>,
  paths: MemberPaths,
): { readonly file: DesiredFile; readonly variable: string } {
  const word = isNew ? '--log_auto_initialize' : '--no-log_auto_initialize'
  const file: DesiredFile = {
    path: `${paths.config}/start.env`,
    content: `# Written by ironherd; changes are put back.\n${variable}=${word}\n`,
    mode: '640',
    owner: 'root',
    group: spec.masters.serviceUser.group,
    secret: false,
    restart: false,
  }
  return { file, variable }
}
