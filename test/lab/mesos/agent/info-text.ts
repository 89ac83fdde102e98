import type { Attribute, Resource, SlaveInfo } from '../shapes.ts'

/** An agent's description as a refusal prints it (c-failures/31): fields in the order of their numbers. */
export function infoText(info: SlaveInfo): string {
  return [
    `hostname: ${quoted(info.hostname)}`,
    ...info.resources.flatMap((one) => block('resources', valueLines(one))),
    ...(info.attributes ?? []).flatMap((one) => block('attributes', valueLines(one))),
    ...(info.id === undefined ? [] : block('id', [`value: ${quoted(info.id.value)}`])),
    `checkpoint: ${info.checkpoint}`,
    `port: ${info.port}`,
    ...domainLines(info.domain),
    '',
  ].join('\n')
}

function valueLines(one: Resource | Attribute): readonly string[] {
  const ranges = (one.ranges?.range ?? []).flatMap(({ begin, end }) =>
    block('range', [`begin: ${begin}`, `end: ${end}`]),
  )
  return [
    `name: ${quoted(one.name)}`,
    `type: ${one.type}`,
    ...(one.scalar === undefined ? [] : block('scalar', [`value: ${one.scalar.value}`])),
    ...(one.ranges === undefined ? [] : block('ranges', ranges)),
    ...(one.set === undefined
      ? []
      : block(
          'set',
          one.set.item.map((item) => `item: ${quoted(item)}`),
        )),
    ...('role' in one && one.role !== undefined ? [`role: ${quoted(one.role)}`] : []),
    ...('text' in one && one.text !== undefined ? block('text', [`value: ${quoted(one.text.value)}`]) : []),
  ]
}

function domainLines(domain: SlaveInfo['domain']): readonly string[] {
  const fault = domain?.fault_domain
  if (fault === undefined) return []
  return block(
    'domain',
    block('fault_domain', [
      ...block('region', [`name: ${quoted(fault.region.name)}`]),
      ...block('zone', [`name: ${quoted(fault.zone.name)}`]),
    ]),
  )
}

function block(name: string, lines: readonly string[]): string[] {
  return [`${name} {`, ...lines.map((line) => `  ${line}`), '}']
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
