import { oneLine } from './refuse.ts'

/**
 * JVM options as one string for Spark's launcher (SPARK_DAEMON_JAVA_OPTS), which splits at blanks, groups with single and
 * double quotes, and takes a backslash as an escape within double quotes only (CommandBuilderUtils.parseOptionString).
 */
export function javaOptions(options: readonly string[]): string {
  return options.map(javaOption).join(' ')
}

function javaOption(option: string): string {
  oneLine('a list of Java options', option)
  if (option !== '' && !/[\s"'\\]/.test(option)) return option
  return `"${option.replace(/["\\]/g, '\\$&')}"`
}
