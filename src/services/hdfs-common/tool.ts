import type { HadoopTool } from '../../model/step.ts'
import { type MemberPaths, memberPaths } from '../common/names.ts'
import type { HdfsContext } from './context.ts'

/** A standby copies the whole image of another NameNode within this. */
const timeoutSeconds = 600

/** Tools of Hadoop, run with a member's configuration; of one cluster there is one at a time on a host, whatever it does. */
export function hadoopTool({ key, software, user }: HdfsContext, paths: MemberPaths): HadoopTool {
  return {
    home: software.path,
    config: paths.config,
    user: user.name,
    group: user.group,
    unit: memberPaths(key, 'hdfs-tool').unitName,
    timeoutSeconds,
  }
}
