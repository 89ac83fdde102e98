import type { Resource } from '../shapes.ts'

/** Sums of the scalars and, where there are ranges or sets, their text: as `/state` shows resources. */
export type ResourceTotals = Readonly<Record<string, number | string>>

interface Range {
  readonly begin: number
  readonly end: number
}

const always = ['disk', 'mem', 'gpus', 'cpus'] as const

export function sum(lists: Iterable<readonly Resource[]>): readonly Resource[] {
  let total: readonly Resource[] = []
  for (const list of lists) total = plus(total, list)
  return total
}

export function plus(left: readonly Resource[], right: readonly Resource[]): readonly Resource[] {
  return right.reduce((total, one) => combine(total, one, addValues), left)
}

/** What is left; never below nothing. */
export function minus(left: readonly Resource[], right: readonly Resource[]): readonly Resource[] {
  return right.reduce((total, one) => combine(total, one, subtractValues), left).filter((one) => !isEmpty(one))
}

export function contains(left: readonly Resource[], right: readonly Resource[]): boolean {
  return sum([right]).every((wanted) => {
    const has = left.find((one) => sameKind(one, wanted))
    return has !== undefined && isEmpty(subtractValues(wanted, has))
  })
}

/** Thousandths are the smallest amount that Mesos knows. */
export function scalar(resources: readonly Resource[], name: string): number {
  const total = resources.reduce((all, one) => (one.name === name ? all + (one.scalar?.value ?? 0) : all), 0)
  return thousandths(total)
}

/** With a role in each, `*` where none is stated. */
export function withRole(resources: readonly Resource[]): readonly Resource[] {
  return resources.map((one) => ({ ...one, role: roleOf(one) }))
}

export function withoutRole(resources: readonly Resource[]): readonly Resource[] {
  return resources.map(({ role: _role, ...rest }) => rest)
}

export function roleOf(resource: Resource): string {
  return resource.role ?? '*'
}

/** Resources of every reserved role: what `reserved_resources` of `/state` holds. */
export function byReservedRole(resources: readonly Resource[]): ReadonlyMap<string, readonly Resource[]> {
  const reserved = new Map<string, readonly Resource[]>()
  for (const one of resources) {
    if (roleOf(one) !== '*') reserved.set(roleOf(one), [...(reserved.get(roleOf(one)) ?? []), one])
  }
  return reserved
}

export function totals(resources: readonly Resource[]): ResourceTotals {
  const shown: Record<string, number | string> = {}
  for (const name of always) shown[name] = scalar(resources, name)
  for (const one of resources) {
    if (one.type === 'SCALAR') shown[one.name] = scalar(resources, one.name)
    else shown[one.name] = valueText(one)
  }
  return shown
}

/** As log lines show them: `cpus:2; mem:1024; ports:[31000-31100]`. */
export function format(resources: readonly Resource[], allocatedTo?: string): string {
  const mark = allocatedTo === undefined ? '' : `(allocated: ${allocatedTo})`
  return resources.map((one) => `${one.name}${mark}:${valueText(one)}`).join('; ')
}

function valueText(one: Resource): string {
  if (one.type === 'SCALAR') return String(one.scalar?.value ?? 0)
  if (one.type === 'SET') return `{${(one.set?.item ?? []).join(', ')}}`
  return `[${(one.ranges?.range ?? []).map(({ begin, end }) => `${begin}-${end}`).join(', ')}]`
}

function combine(
  total: readonly Resource[],
  one: Resource,
  values: (left: Resource, right: Resource) => Resource,
): readonly Resource[] {
  const known = total.find((each) => sameKind(each, one))
  if (known === undefined) return values === addValues ? [...total, one] : total
  return total.map((each) => (each === known ? values(each, one) : each))
}

function sameKind(left: Resource, right: Resource): boolean {
  return left.name === right.name && left.type === right.type && roleOf(left) === roleOf(right)
}

function addValues(left: Resource, right: Resource): Resource {
  if (left.type === 'SCALAR')
    return { ...left, scalar: { value: thousandths((left.scalar?.value ?? 0) + (right.scalar?.value ?? 0)) } }
  if (left.type === 'SET') return { ...left, set: { item: [...new Set([...items(left), ...items(right)])] } }
  return { ...left, ranges: { range: merged([...ranges(left), ...ranges(right)]) } }
}

function subtractValues(left: Resource, right: Resource): Resource {
  if (left.type === 'SCALAR') {
    const rest = thousandths((left.scalar?.value ?? 0) - (right.scalar?.value ?? 0))
    return { ...left, scalar: { value: Math.max(0, rest) } }
  }
  if (left.type === 'SET') return { ...left, set: { item: items(left).filter((item) => !items(right).includes(item)) } }
  return { ...left, ranges: { range: ranges(right).reduce(without, ranges(left)) } }
}

function isEmpty(one: Resource): boolean {
  if (one.type === 'SCALAR') return (one.scalar?.value ?? 0) === 0
  return one.type === 'SET' ? items(one).length === 0 : ranges(one).length === 0
}

function items(one: Resource): readonly string[] {
  return one.set?.item ?? []
}

function ranges(one: Resource): readonly Range[] {
  return one.ranges?.range ?? []
}

function merged(all: readonly Range[]): readonly Range[] {
  const sorted = [...all].sort((left, right) => left.begin - right.begin)
  return sorted.reduce<readonly Range[]>((done, next) => {
    const last = done.at(-1)
    if (last === undefined || next.begin > last.end + 1) return [...done, next]
    return [...done.slice(0, -1), { begin: last.begin, end: Math.max(last.end, next.end) }]
  }, [])
}

function without(all: readonly Range[], cut: Range): readonly Range[] {
  return all.flatMap(({ begin, end }) => {
    if (cut.end < begin || cut.begin > end) return [{ begin, end }]
    const left = cut.begin > begin ? [{ begin, end: cut.begin - 1 }] : []
    const right = cut.end < end ? [{ begin: cut.end + 1, end }] : []
    return [...left, ...right]
  })
}

function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000
}
