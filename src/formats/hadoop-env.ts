import { oneLine, UnrepresentableValue } from './refuse.ts'
import { quote } from './shell.ts'

/**
 * Lines for hadoop-env.sh, which Hadoop's scripts source. Nothing in a value is expanded. Throws UnrepresentableValue for a name
 * that is not a variable's, or a value with a line break.
 */
export function exports(variables: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(variables).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new UnrepresentableValue('hadoop-env.sh', name, 'it is not the name of a variable')
    }
    return `export ${name}=${quote(value)}`
  })
}

/**
 * Options of a JVM as one variable of hadoop-env.sh. The scripts split it at blanks, whatever quotes stand in it, and replace
 * words by the names of files that they fit: an option with a blank or a sign of such a pattern is refused.
 */
export function hadoopOptions(options: readonly string[]): string {
  return options.map(option).join(' ')
}

function option(text: string): string {
  if (/[\s*?[]/.test(text)) {
    throw new UnrepresentableValue('a list of options in hadoop-env.sh', text, 'it contains a blank, or one of * ? [')
  }
  return oneLine('a list of options in hadoop-env.sh', text)
}
