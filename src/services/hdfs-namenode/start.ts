import type { DesiredFile } from '../../model/member.ts'
import type { MemberPaths } from '../common/names.ts'
import type { HdfsContext } from '../hdfs-common/context.ts'
import { fileHeader } from '../hdfs-common/site.ts'

const variable = 'IRONHERD_START'

/** While a rolling upgrade is under way a NameNode of another line does not start without (seen: layout -66, read by 3.4.2). */
const underWay = '-rollingUpgrade started'

export function startWords(paths: MemberPaths): { readonly file: string; readonly variable: string } {
  return { file: `${paths.config}/start.env`, variable }
}

/** Read at each start alone: that an upgrade ends restarts nobody. */
export function startFile(context: HdfsContext, paths: MemberPaths): DesiredFile {
  const words = isUnderWay(context) ? underWay : ''
  return {
    path: startWords(paths).file,
    content: [...fileHeader.map((line) => `# ${line}`), `${variable}=${words}`, ''].join('\n'),
    mode: '640',
    owner: 'root',
    group: context.user.group,
    secret: false,
    restart: false,
  }
}

/** In its record: the version before, by which a way back is told from a third version. */
export function startedFrom(context: HdfsContext): Readonly<Record<string, string>> {
  return isUnderWay(context) ? { upgradeFrom: context.upgrade.from } : {}
}

/** Prepared, and not ended yet. */
function isUnderWay({ upgrade: { from, stage } }: HdfsContext): boolean {
  return from !== '' && stage !== 'None' && stage !== 'Prepare'
}
