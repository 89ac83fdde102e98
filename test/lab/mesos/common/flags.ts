import { FlagError, type Parsed, parseFlags } from './flag-parser.ts'
import { flagsOf, type Program } from './flag-values.ts'
import { initializeLogging, warning } from './log.ts'
import { parseDuration } from './quantities.ts'
import { version } from './version.ts'

/** The flags of a run. A name that the program does not have is a mistake of the caller, and throws. */
export interface Flags {
  /** A path comes without its `file://`. */
  text(name: string): string | undefined
  integer(name: string): number | undefined
  boolean(name: string): boolean
  /** Milliseconds. */
  duration(name: string): number | undefined
  /** As `/flags` shows them: sorted, those that have a value. */
  all(): Readonly<Record<string, string>>
}

/**
 * Takes `argv` without the program (`process.argv.slice(2)`). Prints and exits as recorded on `--help`, `--version`
 * and every mistake; sets up the log by `logging_level` and `log_dir`.
 */
export function loadFlags(program: Program, argv: readonly string[], environment: NodeJS.ProcessEnv): Flags {
  const parsed = parsedOrGone(program, argv, environment)
  const { values, deprecated } = parsed
  if (values.help === 'true') {
    process.stdout.write(usage(program))
    process.exit(0)
  }
  if (values.version === 'true') {
    process.stdout.write(`mesos ${version}\n`)
    process.exit(0)
  }
  initializeLogging(program, values.logging_level ?? 'INFO', values.log_dir)
  for (const alias of deprecated) warning('main.cpp:185', `Loaded deprecated flag '${alias}'`)
  return accessors(program, parsed)
}

function parsedOrGone(program: Program, argv: readonly string[], environment: NodeJS.ProcessEnv): Parsed {
  try {
    // mesos-execute takes no variables: MESOS_* in its environment are those of an executor.
    return parseFlags(flagsOf(program), argv, environment, program === 'mesos-execute' ? undefined : 'MESOS_')
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    const hint =
      program === 'mesos-execute' ? usage(program) : `See \`${program} --help\` for a list of supported flags.\n`
    process.stderr.write(`${error.message}\n\n${hint}`)
    process.exit(1)
  }
}

function accessors(program: Program, { values }: Parsed): Flags {
  const kinds = flagsOf(program)
  const text = (name: string): string | undefined => {
    if (kinds[name] === undefined) throw new Error(`${program} has no flag '${name}'`)
    const value = values[name]
    return kinds[name].type === 'path' ? value?.replace(/^file:\/\//, '') : value
  }
  return {
    text,
    integer: (name) => mapped(text(name), Number),
    boolean: (name) => text(name) === 'true',
    duration: (name) => mapped(text(name), parseDuration),
    all: () => values,
  }
}

function mapped<T>(text: string | undefined, change: (text: string) => T): T | undefined {
  return text === undefined ? undefined : change(text)
}

function usage(program: Program): string {
  const lines = Object.entries(flagsOf(program)).map(([name, { type, aliases = [] }]) => {
    const spelled = [name, ...aliases].map((each) => (type === 'boolean' ? `--[no-]${each}` : `--${each}=VALUE`))
    return `  ${spelled.join(', ')}`
  })
  return `Usage: ${program} [options]\n\n${lines.join('\n')}\n`
}
