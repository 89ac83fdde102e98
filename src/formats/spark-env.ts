import { UnrepresentableValue } from './refuse.ts'
import { quote } from './shell.ts'

/**
 * spark-env.sh: sourced by Spark's start scripts with `set -a`, so that each assignment is exported. Nothing in a value is
 * expanded. Throws UnrepresentableValue for a name that is not a variable's, or a value with a line break.
 */
export function sparkEnv(variables: Readonly<Record<string, string>>, header: readonly string[] = []): string {
  const lines = Object.entries(variables).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new UnrepresentableValue('spark-env.sh', name, 'it is not the name of a variable')
    }
    return `${name}=${quote(value)}\n`
  })
  return `${header.map((line) => `# ${line}\n`).join('')}${lines.join('')}`
}
