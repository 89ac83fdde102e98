import type { Machine } from './machine.ts'
import type { UnitText } from './unit-text.ts'

/** A daemon of HDFS as its unit and its files have it. */
export interface Site {
  readonly role: string
  readonly user: string
  value(key: string): string
  /** Paths of a key that holds file URIs. */
  paths(key: string): readonly string[]
}

/** Words of `bin/hdfs --config DIRECTORY ROLE`. Undefined: a file is missing, or no XML, and the daemon leaves at once. */
export function siteOf(machine: Machine, unit: Pick<UnitText, 'command' | 'user'>): Site | undefined {
  const { command, user } = unit
  const directory = command[command.indexOf('--config') + 1] ?? ''
  const values = new Map<string, string>()
  for (const name of ['core-site.xml', 'hdfs-site.xml']) {
    const properties = propertiesOf(machine.files.get(`${directory}/${name}`)?.content ?? '')
    if (properties === undefined) return undefined
    for (const [key, value] of properties) values.set(key, value)
  }
  if (!machine.files.has(`${directory}/hadoop-env.sh`)) return undefined
  const value = (key: string) => values.get(key) ?? ''
  return {
    role: command.at(-1) ?? '',
    user,
    value,
    paths: (key) =>
      value(key)
        .split(',')
        .filter(Boolean)
        .map((uri) => uri.replace(/^file:\/\//, '')),
  }
}

const parsed = new Map<string, ReadonlyMap<string, string> | undefined>()

function propertiesOf(text: string): ReadonlyMap<string, string> | undefined {
  if (!parsed.has(text)) {
    if (parsed.size > 2000) parsed.clear()
    parsed.set(text, parse(text))
  }
  return parsed.get(text)
}

function parse(text: string): ReadonlyMap<string, string> | undefined {
  // Nothing may follow the root element.
  if (!text.startsWith('<?xml') || !text.trimEnd().endsWith('</configuration>')) return undefined
  const all = text.matchAll(/<property><name>([^<]*)<\/name><value>([^<]*)<\/value><\/property>/g)
  return new Map([...all].map(([, name = '', value = '']) => [name, value]))
}
