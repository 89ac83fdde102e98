import { merged, type PropertyEntry, properties } from '../../formats/properties.ts'
import type { MemberPaths } from '../common/names.ts'
import type { HdfsContext } from './context.ts'
import { fileHeader } from './site.ts'

const pattern = '%d{ISO8601} [%t] %-5p %c{2}: %m%n'

/**
 * log4j.properties. Which appenders are used is told by Hadoop's scripts (-Dhadoop.root.logger): daemons log to a file of bounded
 * size, and warnings also to the journal, where systemctl status shows why a start failed; tools to standard error, since on
 * standard output it would stand within what they print. Each request of a client, each login and each question of ironherd is a
 * line at INFO: they start at WARN.
 */
export function logConfig({ spec }: HdfsContext, paths: MemberPaths, more: readonly PropertyEntry[] = []): string {
  const base: PropertyEntry[] = [
    ['hadoop.root.logger', 'INFO,console'],
    ['log4j.rootLogger', `\${hadoop.root.logger}`],
    ...consoleAppender('console'),
    ['log4j.appender.FILE', 'org.apache.log4j.RollingFileAppender'],
    ['log4j.appender.FILE.File', `${paths.logs}/hdfs.log`],
    ['log4j.appender.FILE.MaxFileSize', `${spec.logs.maxFileMiB}MB`],
    ['log4j.appender.FILE.MaxBackupIndex', String(spec.logs.files)],
    ['log4j.appender.FILE.layout', 'org.apache.log4j.PatternLayout'],
    ['log4j.appender.FILE.layout.ConversionPattern', pattern],
    ...consoleAppender('JOURNAL'),
    ['log4j.appender.JOURNAL.Threshold', 'WARN'],
    ['log4j.logger.org.apache.hadoop.hdfs.server.namenode.FSNamesystem.audit', 'WARN'],
    ['log4j.logger.SecurityLogger', 'WARN'],
    ['log4j.logger.http.requests', 'WARN'],
    ...more,
  ]
  return properties(merged(base, spec.log4j), fileHeader)
}

function consoleAppender(name: string): readonly PropertyEntry[] {
  return [
    [`log4j.appender.${name}`, 'org.apache.log4j.ConsoleAppender'],
    [`log4j.appender.${name}.Target`, 'System.err'],
    [`log4j.appender.${name}.layout`, 'org.apache.log4j.PatternLayout'],
    [`log4j.appender.${name}.layout.ConversionPattern`, '%-5p %c{2}: %m%n'],
  ]
}
