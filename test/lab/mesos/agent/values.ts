import type { Attribute } from '../shapes.ts'

/** What a value says of itself: the parts that resources and attributes share. */
export type TypedValue = Pick<Attribute, 'type' | 'scalar' | 'ranges' | 'set' | 'text'>

/** `2`, `[31000-31100,32000-32010]`, `{a,b}`, or text. Throws an Error with Mesos' words on a broken list. */
export function parseValue(text: string): TypedValue {
  const trimmed = text.trim()
  if (trimmed === '') throw new Error('Expecting non-empty string')
  if (trimmed.startsWith('[')) return { type: 'RANGES', ranges: { range: rangesOf(trimmed) } }
  if (trimmed.startsWith('{')) return { type: 'SET', set: { item: itemsOf(trimmed) } }
  if (/^-?\d+(\.\d+)?$/.test(trimmed)) return { type: 'SCALAR', scalar: { value: Number(trimmed) } }
  return { type: 'TEXT', text: { value: trimmed } }
}

/** As log lines and error messages show it. */
export function formatValue(value: TypedValue): string {
  switch (value.type) {
    case 'SCALAR':
      return String(value.scalar?.value ?? 0)
    case 'RANGES':
      return `[${(value.ranges?.range ?? []).map(({ begin, end }) => `${begin}-${end}`).join(', ')}]`
    case 'SET':
      return `{${(value.set?.item ?? []).join(', ')}}`
    case 'TEXT':
      return value.text?.value ?? ''
  }
}

function rangesOf(text: string): readonly { begin: number; end: number }[] {
  if (!text.endsWith(']')) throw new Error("Expecting ranges to start with '[' and end with ']'")
  return parts(text).map((part) => {
    const [, begin, end] = /^(\d+)-(\d+)$/.exec(part) ?? []
    if (begin === undefined || end === undefined) throw new Error(`Expecting one or more "ranges": '${part}'`)
    return { begin: Number(begin), end: Number(end) }
  })
}

function itemsOf(text: string): readonly string[] {
  if (!text.endsWith('}')) throw new Error("Expecting set to start with '{' and end with '}'")
  return parts(text)
}

function parts(list: string): string[] {
  return list
    .slice(1, -1)
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
