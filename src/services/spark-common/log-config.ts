import type { Logs } from '../../api/common.ts'
import { merged, type PropertyEntry, properties } from '../../formats/properties.ts'

const header = ['Written by ironherd; changes are put back.']

/** ISO 8601 with zone: logs of machines in different zones are read side by side. */
const pattern = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %p %c{1}: %m%n%ex"

/** Lines by which a master says that it began or ceased to lead (Master.scala); leadership.ts reads them. */
const leadershipLines = '(I have been elected leader!|Recovery complete|Leadership has been revoked).*'

interface DaemonLog {
  readonly directory: string
  readonly logs: Logs
  /** Also keep leadership.log, the only place from which it can be seen since when a master leads. */
  readonly leadership: boolean
  readonly overrides: Readonly<Record<string, string>>
}

/** log4j2.properties of a daemon: one rotated file, and for masters a second one with the turns of leadership. */
export function daemonLogConfig({ directory, logs, leadership, overrides }: DaemonLog): string {
  const base: PropertyEntry[] = [
    ['rootLogger.level', 'info'],
    ['rootLogger.appenderRef.file.ref', 'file'],
    ...rollingFile('file', `${directory}/spark.log`, pattern, `${logs.maxFileMiB}MB`, logs.files),
    // Jetty and Netty say a lot at info, and nothing that helps.
    ['logger.jetty.name', 'org.sparkproject.jetty'],
    ['logger.jetty.level', 'warn'],
    ...(leadership ? leadershipEntries(directory) : []),
  ]
  return properties(merged(base, overrides), header)
}

function leadershipEntries(directory: string): readonly PropertyEntry[] {
  return [
    ...rollingFile('leadership', `${directory}/leadership.log`, '%d{UNIX_MILLIS} %m%n', '16KB', 1),
    ['appender.leadership.filter.turn.type', 'RegexFilter'],
    ['appender.leadership.filter.turn.regex', leadershipLines],
    ['appender.leadership.filter.turn.onMatch', 'ACCEPT'],
    ['appender.leadership.filter.turn.onMismatch', 'DENY'],
    ['logger.leadership.name', 'org.apache.spark.deploy.master.Master'],
    ['logger.leadership.level', 'info'],
    ['logger.leadership.appenderRef.leadership.ref', 'leadership'],
  ]
}

function rollingFile(
  name: string,
  path: string,
  layout: string,
  size: string,
  files: number,
): readonly PropertyEntry[] {
  const at = `appender.${name}`
  return [
    [`${at}.type`, 'RollingFile'],
    [`${at}.name`, name],
    [`${at}.fileName`, path],
    [`${at}.filePattern`, `${path}.%i`],
    [`${at}.layout.type`, 'PatternLayout'],
    [`${at}.layout.pattern`, layout],
    [`${at}.policies.type`, 'Policies'],
    [`${at}.policies.size.type`, 'SizeBasedTriggeringPolicy'],
    [`${at}.policies.size.size`, size],
    [`${at}.strategy.type`, 'DefaultRolloverStrategy'],
    [`${at}.strategy.max`, String(files)],
  ]
}

/**
 * log4j2.properties of executors, drivers and shells. They find it on the class path of the worker's configuration
 * directory, so it must not name the daemon's log file: two processes would rotate one file.
 */
export function applicationLogConfig(overrides: Readonly<Record<string, string>>): string {
  const base: PropertyEntry[] = [
    ['rootLogger.level', 'info'],
    ['rootLogger.appenderRef.stderr.ref', 'stderr'],
    ['appender.stderr.type', 'Console'],
    ['appender.stderr.name', 'stderr'],
    ['appender.stderr.target', 'SYSTEM_ERR'],
    ['appender.stderr.layout.type', 'PatternLayout'],
    ['appender.stderr.layout.pattern', pattern],
    // A shell is for its user's words.
    ['logger.repl.name', 'org.apache.spark.repl.Main'],
    ['logger.repl.level', 'warn'],
    ['logger.jetty.name', 'org.sparkproject.jetty'],
    ['logger.jetty.level', 'warn'],
  ]
  return properties(merged(base, overrides), header)
}
