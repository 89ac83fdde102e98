import { isDeepStrictEqual } from 'node:util'
import { contains } from '../master/resources.ts'
import type { Attribute, Resource, SlaveInfo } from '../shapes.ts'
import { infoText } from './info-text.ts'
import { formatValue } from './values.ts'

const ruler = '-'.repeat(60)

/** Why an agent may not come back as `previous` with what it is now; undefined if it may. */
export function incompatibility(policy: string, previous: SlaveInfo, current: SlaveInfo): string | undefined {
  return policy === 'additive' ? additive(previous, current) : unequal(previous, current)
}

/** c-failures/31, 32, 35, 36, 39, 41. */
function unequal(previous: SlaveInfo, current: SlaveInfo): string | undefined {
  if (isDeepStrictEqual(normal(previous), normal(current))) return undefined
  return [
    'Incompatible agent info detected. ',
    `\n${ruler}`,
    `Old agent info:\n${infoText(previous)}`,
    `\n${ruler}`,
    `New agent info:\n${infoText(current)}`,
    `\n${ruler}`,
  ].join('\n')
}

/** The order of resources says nothing, that of attributes neither. */
function normal(info: SlaveInfo): unknown {
  const byName = <T extends { readonly name: string }>(list: readonly T[]): T[] =>
    [...list].sort((left, right) => left.name.localeCompare(right.name))
  return { ...info, resources: byName(info.resources), attributes: byName(info.attributes ?? []) }
}

/** Runbook §2.5; the words of c-failures/33 and 38. */
function additive(previous: SlaveInfo, current: SlaveInfo): string | undefined {
  const refused = 'Configuration change not permitted under'
  if (previous.hostname !== current.hostname) {
    return `${refused} \`additive\` policy: Hostname changed from ${previous.hostname} to ${current.hostname}`
  }
  if (previous.port !== current.port) {
    return `${refused} \`additive\` policy: Port changed from ${previous.port} to ${current.port}`
  }
  if (previous.domain !== undefined && !isDeepStrictEqual(previous.domain, current.domain)) {
    const [from, to] = [JSON.stringify(previous.domain), JSON.stringify(current.domain ?? {})]
    return `${refused} \`additive\` policy: Domain changed from ${from} to ${to}`
  }
  const change =
    firstOf(previous.resources, (one) => shrunk(one, current.resources)) ??
    firstOf(previous.attributes ?? [], (one) => changed(one, current.attributes ?? []))
  return change === undefined ? undefined : `${refused} 'additive' policy${change}`
}

function shrunk(before: Resource, now: readonly Resource[]): string | undefined {
  const after = now.find((one) => one.name === before.name && one.type === before.type && one.role === before.role)
  if (after === undefined) return `. Resource not found: ${before.name}:${formatValue(before)}`
  if (contains([after], [before])) return undefined
  const [from, to] = [formatValue(before), formatValue(after)]
  if (before.type === 'SCALAR') return `: Value of scalar resource '${before.name}' decreased from ${from} to ${to}`
  const kind = before.type === 'RANGES' ? 'range' : 'set'
  return `: Previous value of ${kind} resource '${before.name}' (${from}) not included in current ${to}`
}

function changed(before: Attribute, now: readonly Attribute[]): string | undefined {
  const after = now.find((one) => one.name === before.name)
  if (after === undefined) return `: Couldn't find attribute ${before.name}:${formatValue(before)}`
  if (after.type !== before.type) {
    return `: Type of attribute '${before.name}' changed from ${before.type} to ${after.type}`
  }
  const [from, to] = [formatValue(before), formatValue(after)]
  if (from === to) return undefined
  if (before.type === 'RANGES') {
    return contains([{ ...after, type: 'RANGES' }], [{ ...before, type: 'RANGES' }])
      ? undefined
      : `: Previous value of ranges resource '${before.name}' (${from}) not included in current ${to}`
  }
  return `: Value of ${before.type.toLowerCase()} attribute '${before.name}' changed from ${from} to ${to}`
}

function firstOf<T>(list: readonly T[], find: (one: T) => string | undefined): string | undefined {
  for (const one of list) {
    const found = find(one)
    if (found !== undefined) return found
  }
  return undefined
}
