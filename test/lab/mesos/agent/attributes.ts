import { abort } from '../common/log.ts'
import type { Attribute } from '../shapes.ts'
import { formatValue, parseValue } from './values.ts'

/** `rack:r1;zone:z1`. A pair without a colon is a failed check (c-failures/49). */
export function parseAttributes(text: string): readonly Attribute[] {
  return text
    .split(/[;\n]/)
    .filter((pair) => pair.trim() !== '')
    .map((pair) => {
      const colon = pair.indexOf(':')
      if (colon < 0) abort('attributes.cpp:168', `Invalid attribute key:value pair '${pair}'`)
      return { name: pair.slice(0, colon).trim(), ...parseValue(pair.slice(colon + 1)) }
    })
}

/** `rack=r1, zone=z1`, as the log shows it. */
export function formatAttributes(attributes: readonly Attribute[]): string {
  return attributes.map((one) => `${one.name}=${formatValue(one)}`).join(', ')
}

/** As `/state` shows it: numbers as numbers, the rest as text. */
export function attributesOf(attributes: readonly Attribute[]): Readonly<Record<string, string | number>> {
  return Object.fromEntries(
    attributes.map((one) => [one.name, one.type === 'SCALAR' ? (one.scalar?.value ?? 0) : formatValue(one)]),
  )
}
