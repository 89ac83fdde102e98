import type { HdfsSpec } from '../../api/hdfs.ts'
import { hadoopXml } from '../../formats/hadoop-xml.ts'
import type { DesiredFile, ServiceUser } from '../../model/member.ts'
import type { MemberPaths } from '../common/names.ts'
import type { HdfsContext } from '../hdfs-common/context.ts'
import { logConfig } from '../hdfs-common/log-config.ts'
import { fileHeader, type Site } from '../hdfs-common/site.ts'

/** Whom a gateway runs as, and by whom the NameNodes know it. */
export const httpFsUser = 'httpfs'

export type HttpFsSpec = NonNullable<HdfsSpec['httpFs']>

/** A user of its own: whoever broke into a gateway could act for others, but not touch what the daemons keep. */
export function userOf({ user }: Pick<HdfsContext, 'user'>): ServiceUser {
  return { name: httpFsUser, group: httpFsUser, create: user.create }
}

/** Where it unpacks things; by itself it would do so among the software. In the unit's own directory, made anew at each start. */
export function temporaryOf(paths: MemberPaths): string {
  return `${paths.runtime}/temp`
}

/** The file that it reads beside core-site.xml and hdfs-site.xml, and its log4j.properties, which has another name (Server.initLog). */
export function httpFsFiles(
  context: HdfsContext,
  spec: HttpFsSpec,
  address: string,
  paths: MemberPaths,
): readonly DesiredFile[] {
  const file = (name: string, content: string): DesiredFile => ({
    path: `${paths.config}/${name}`,
    content,
    mode: '640',
    owner: 'root',
    group: userOf(context).group,
    secret: false,
    restart: true,
  })
  return [
    file('httpfs-site.xml', hadoopXml({ ...spec.site, ...httpFsSite(context, spec, address) }, fileHeader)),
    file('httpfs-log4j.properties', logConfig(context, paths, [['log4j.logger.httpfsaudit', 'WARN']])),
  ]
}

/** Who may act for others by way of it: those who may at the NameNodes, too, but for the gateway itself. */
function httpFsSite({ proxyHosts, spec }: HdfsContext, { port }: HttpFsSpec, address: string): Site {
  const others = spec.proxyUsers.filter(({ user }) => user !== httpFsUser)
  return {
    'httpfs.http.hostname': address,
    'httpfs.http.port': String(port),
    ...Object.fromEntries(
      others.flatMap(({ user, groups }) => [
        [`httpfs.proxyuser.${user}.hosts`, (proxyHosts[user] ?? []).join(',')],
        [`httpfs.proxyuser.${user}.groups`, groups.join(',')],
      ]),
    ),
  }
}
