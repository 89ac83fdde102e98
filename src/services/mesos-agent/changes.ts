type Identity = Readonly<Record<string, string>>

/**
 * Whether Mesos takes a change of an agent's attributes and resources with --reconfiguration_policy=additive, as far as that was seen
 * (recordings 33, 34, 37, 38) or is documented (runbook §2.5): attributes stay and may become more, numbers of resources may grow and ranges
 * widen. Everything else is a new identity here, whatever an agent might take besides. `before` is the record of the one that runs.
 */
export function isTaken(before: Identity, wanted: Identity): boolean {
  return attributesTaken(before['attributes'] ?? '', wanted['attributes'] ?? '') && resourcesTaken(before, wanted)
}

function attributesTaken(before: string, wanted: string): boolean {
  const next = parse(wanted)
  return [...parse(before)].every(([name, value]) => next.get(name) === value)
}

/** Of these Mesos asks the machine where they are not named: what it was told nobody knows. */
const detected: readonly string[] = ['cpus', 'mem', 'disk', 'ports', 'gpus']

function resourcesTaken(before: Identity, wanted: Identity): boolean {
  const old = parse(before['resources'] ?? '')
  const next = parse(wanted['resources'] ?? '')
  const named = new Set([...old.keys()].map(kindOf))
  const stays = [...old].every(([name, value]) => covers(value, next.get(name) ?? ''))
  return stays && [...next.keys()].every((name) => named.has(kindOf(name)) || !detected.includes(kindOf(name)))
}

/** cpus of cpus(analytics). */
function kindOf(name: string): string {
  return name.replace(/\(.*$/, '')
}

function parse(text: string): ReadonlyMap<string, string> {
  const parts = text.split(';').filter((part) => part !== '')
  return new Map(parts.map((part) => [part.slice(0, part.indexOf(':')), part.slice(part.indexOf(':') + 1)]))
}

/** Everything of `before` is in `wanted`. A set in braces only in an equal one. */
function covers(before: string, wanted: string): boolean {
  if (before === wanted) return true
  if (/^[0-9.]+$/.test(before) && /^[0-9.]+$/.test(wanted)) return Number(wanted) >= Number(before)
  const wider = rangesOf(wanted)
  const ranges = rangesOf(before)
  return ranges.length > 0 && ranges.every(([first, last]) => wider.some(([from, to]) => from <= first && last <= to))
}

/** `[1-5, 9-10]`; empty for what is none. */
function rangesOf(text: string): readonly (readonly [number, number])[] {
  const inner = /^\[(.*)\]$/.exec(text)?.[1] ?? ''
  return inner.split(',').flatMap((part): [number, number][] => {
    const [, from, to] = /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(part) ?? []
    return from === undefined || to === undefined ? [] : [[Number(from), Number(to)]]
  })
}
