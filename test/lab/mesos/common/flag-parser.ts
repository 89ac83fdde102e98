import { canonical, type FlagKind, type Kinds } from './flag-values.ts'
import { parseDuration } from './quantities.ts'

/** A command line that the program does not take; the message is what it says, without the hint to `--help`. */
export class FlagError extends Error {}

export interface Parsed {
  /** Every flag that has a value, as `/flags` shows it. */
  readonly values: Readonly<Record<string, string>>
  /** Deprecated aliases that were used. */
  readonly deprecated: readonly string[]
}

interface Given {
  readonly name: string
  readonly value: string | undefined
}

/** `prefix` is of environment variables ('MESOS_'); without one the environment is not read. Throws FlagError. */
export function parseFlags(
  kinds: Kinds,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  prefix: string | undefined,
): Parsed {
  const line = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length).flatMap(givenOnLine)
  const names = new Set(line.map(({ name }) => name))
  const variables = prefix === undefined ? [] : givenByEnvironment(kinds, environment, prefix)
  const loaded = load(kinds, [...line, ...variables.filter(({ name }) => !names.has(name))])
  const values = Object.fromEntries(
    Object.entries(kinds).flatMap(([name, kind]) => {
      const value = loaded.values.get(name) ?? kind.default
      return value === undefined ? [] : [[name, value]]
    }),
  )
  // Whoever asks for help or the version need not have said the rest (e-flags/environment-and-errors.txt).
  if (values.help !== 'true' && values.version !== 'true') demand(kinds, values, environment)
  return { values, deprecated: loaded.deprecated }
}

/** Anything else is a positional argument, which these programs ignore. */
function givenOnLine(argument: string): Given[] {
  const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? []
  return name === undefined ? [] : [{ name, value }]
}

/** Only names that are flags: an unknown variable is ignored, and so is one of lower case. */
function givenByEnvironment(kinds: Kinds, environment: NodeJS.ProcessEnv, prefix: string): Given[] {
  return Object.entries(environment).flatMap(([variable, value]) => {
    if (!variable.startsWith(prefix)) return []
    const name = variable.slice(prefix.length).toLowerCase()
    return find(kinds, name) === undefined ? [] : [{ name, value }]
  })
}

function load(kinds: Kinds, given: readonly Given[]): { values: Map<string, string>; deprecated: string[] } {
  const values = new Map<string, string>()
  const deprecated: string[] = []
  for (const { name: used, value } of given) {
    const found = find(kinds, used)
    if (found === undefined) throw new FlagError(`Failed to load unknown flag '${used}'`)
    const { name, kind, negated } = found
    if (values.has(name)) throw new FlagError(`Flag '${name}' is already loaded via name '${used}'`)
    values.set(name, accept(name, used, kind, textOf(found, used, value), negated))
    if (kind.aliases?.includes(used.replace(/^no-/, ''))) deprecated.push(used)
  }
  return { values, deprecated }
}

interface Found {
  readonly name: string
  readonly kind: FlagKind
  readonly negated: boolean
}

function find(kinds: Kinds, used: string): Found | undefined {
  for (const negated of [false, true]) {
    if (negated && !used.startsWith('no-')) continue
    const wanted = negated ? used.slice('no-'.length) : used
    const entry = Object.entries(kinds).find(([name, { aliases }]) => name === wanted || aliases?.includes(wanted))
    if (entry !== undefined) return { name: entry[0], kind: entry[1], negated }
  }
  return undefined
}

function textOf({ name, kind, negated }: Found, used: string, value: string | undefined): string {
  const boolean = kind.type === 'boolean'
  if (negated && !boolean) throw new FlagError(`Failed to load non-boolean flag '${name}' via '${used}'`)
  if (negated && value !== undefined && value !== '') {
    throw new FlagError(`Failed to load boolean flag '${name}' via '${used}' with value '${value}'`)
  }
  if (negated) return 'false'
  if (boolean && (value === undefined || value === '')) return 'true'
  if (value === undefined) throw new FlagError(`Failed to load non-boolean flag '${name}': Missing value`)
  return value
}

function accept(name: string, used: string, kind: FlagKind, text: string, negated: boolean): string {
  if (negated) return text
  try {
    return canonical(kind, text)
  } catch (error) {
    const alias = name === used ? '' : ` via name '${used}'`
    throw new FlagError(`Failed to load flag '${name}'${alias}: ${error instanceof Error ? error.message : ''}`)
  }
}

function demand(kinds: Kinds, values: Readonly<Record<string, string>>, environment: NodeJS.ProcessEnv): void {
  for (const [name, { required }] of Object.entries(kinds)) {
    if (required && values[name] === undefined) {
      throw new FlagError(`Flag '${name}' is required, but it was not provided`)
    }
  }
  // c-failures/56. A test may want it shorter than Mesos allows.
  const ping = parseDuration(values.agent_ping_timeout ?? '15secs') ?? 0
  if ((ping < 1000 || ping > 900_000) && environment.LAB_MESOS_TIMERS !== 'short') {
    throw new FlagError('Expected `--agent_ping_timeout` to be between 1secs and 15mins')
  }
}
