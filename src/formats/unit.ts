import { oneLine, UnrepresentableValue } from './refuse.ts'

export interface UnitSection {
  readonly name: string
  /** Values as systemd is to read them, already quoted with the functions below where that is needed. */
  readonly entries: readonly (readonly [key: string, value: string])[]
}

/** A systemd unit file. */
export function unitFile(sections: readonly UnitSection[], header: readonly string[] = []): string {
  const comments = header.map((line) => `# ${oneLine('a unit file', line)}\n`).join('')
  const bodies = sections.map(({ name, entries }) => {
    const lines = entries.map(([key, value]) => {
      // A backslash at the end of a line would swallow the next one.
      if (value.endsWith('\\')) throw new UnrepresentableValue('a unit file', value, 'it ends with a backslash')
      return `${key}=${oneLine('a unit file', value)}\n`
    })
    return `[${name}]\n${lines.join('')}`
  })
  return `${comments}${bodies.join('\n')}`
}

/** One word of ExecStart= and the like: `%` is systemd's, `$` its variable expansion, and quotes group. */
export function execWord(word: string): string {
  const escaped = oneLine('a unit file', word).replaceAll('%', '%%').replaceAll('$', '$$$$')
  if (/^[A-Za-z0-9_@%+=:,./$*-]+$/.test(escaped) && escaped !== '') return escaped
  return `"${escapeQuoted(escaped)}"`
}

/** A command line for ExecStart=; the first word must be an absolute path. */
export function execLine(words: readonly string[]): string {
  const [program, ...rest] = words
  if (program === undefined || !program.startsWith('/')) {
    throw new UnrepresentableValue('a unit file', program ?? '', 'the program must be an absolute path')
  }
  return [program, ...rest].map(execWord).join(' ')
}

/** One assignment for Environment=. `$` has no meaning there, `%` has. */
export function environmentWord(name: string, value: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new UnrepresentableValue('a unit file', name, 'it is not the name of an environment variable')
  }
  return `"${name}=${escapeQuoted(oneLine('a unit file', value).replaceAll('%', '%%'))}"`
}

function escapeQuoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\t', '\\t')
}
