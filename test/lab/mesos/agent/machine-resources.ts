import { statfsSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import type { Resource } from '../shapes.ts'
import { parseValue } from './values.ts'

const mebibyte = 2 ** 20
const gibibyte = 2 ** 30

/**
 * The agent's resources: those of `--resources`, and what the machine has for `cpus`, `mem`, `disk` and `ports` where
 * they are not stated. Amounts of memory and disk are in MiB. Throws an Error with Mesos' words (c-failures/49).
 */
export function agentResources(flag: string, workDirectory: string, defaultRole: string): readonly Resource[] {
  const stated = parseResources(flag, defaultRole)
  const missing = machineDefaults(workDirectory).filter(({ name }) => !stated.some((one) => one.name === name))
  return [...stated, ...missing].filter((one) => one.type !== 'SCALAR' || (one.scalar?.value ?? 0) > 0)
}

/** `cpus:2;mem(role):1024;ports:[31000-31100]`, or the same as a JSON list. */
export function parseResources(text: string, defaultRole = '*'): readonly Resource[] {
  if (text.trim().startsWith('[')) return jsonResources(text)
  return text
    .split(/[;\n]/)
    .filter((pair) => pair.trim() !== '')
    .map((pair) => parseResource(pair.trim(), defaultRole))
}

function parseResource(pair: string, defaultRole: string): Resource {
  const halves = pair.split(':')
  const [key, text] = halves
  if (halves.length !== 2 || key === undefined || text === undefined) {
    throw new Error(`Bad value for resources, missing or extra ':' in ${pair}`)
  }
  const [, name, role] = /^([^()]+?)(?:\(([^()]+)\))?$/.exec(key.trim()) ?? []
  if (name === undefined) throw new Error(`Bad value for resources, mismatched parentheses in ${pair}`)
  const { type, text: _text, ...value } = parseValue(text)
  if (type === 'TEXT') throw new Error(`Bad type for resource ${name} value ${text} type TEXT`)
  const owner = role ?? defaultRole
  return { name, type, ...value, ...(owner === '*' ? {} : { role: owner }) }
}

function jsonResources(text: string): readonly Resource[] {
  const list: unknown = JSON.parse(text)
  if (!Array.isArray(list) || !list.every(isResource)) throw new Error('Expecting a JSON array of resources')
  return list
}

function isResource(one: unknown): one is Resource {
  return typeof one === 'object' && one !== null && 'name' in one && 'type' in one
}

/** Mesos leaves 1 GiB of memory and 5 GiB of disk to the machine, or half of what is there if that is little. */
function machineDefaults(workDirectory: string): readonly Resource[] {
  const memory = totalmem()
  const { blocks, bsize } = statfsSync(workDirectory)
  const disk = blocks * bsize
  return [
    amount('cpus', cpus().length),
    amount('mem', Math.floor((memory > 2 * gibibyte ? memory - gibibyte : memory / 2) / mebibyte)),
    amount('disk', Math.floor((disk > 10 * gibibyte ? disk - 5 * gibibyte : disk / 2) / mebibyte)),
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 31000, end: 32000 }] } },
  ]
}

function amount(name: string, value: number): Resource {
  return { name, type: 'SCALAR', scalar: { value } }
}
