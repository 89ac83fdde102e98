import type { Fact } from '../model/fact.ts'
import { absent, known, unknown } from '../model/fact.ts'
import { type FirewallAnswer, ruleMark, type SeenChain } from '../model/firewall.ts'
import type { Seen } from './look-seen.ts'

/** 127 is the shell's word for a program that is not there. Whatever else is not understood is not known. */
export function firewallFact({ host, records }: Seen): Fact<FirewallAnswer> {
  const told = records.firewall
  if (told === undefined) return unknown('ProbeFailed', `${host}: nftables was not asked`)
  if (told.code === 127) return absent
  const why = (text: string) => unknown('ProbeFailed', `${host}: nft list ruleset: ${text}`)
  if (told.code !== 0) return why(told.said.trim().slice(0, 200))
  const objects = objectsIn(told.said)
  return objects === undefined ? why('it cannot be read') : known({ chains: chainsIn(objects) })
}

type Json = Readonly<Record<string, unknown>>

function objectsIn(text: string): readonly Json[] | undefined {
  try {
    const list = (JSON.parse(text) as Json | null)?.['nftables']
    return Array.isArray(list) ? list.filter(isObject) : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function chainsIn(objects: readonly Json[]): readonly SeenChain[] {
  const rules = objects.flatMap(({ rule }) => (isObject(rule) ? [rule] : []))
  return objects.flatMap(({ chain }): SeenChain[] => {
    if (!isObject(chain) || chain['hook'] !== 'input' || chain['type'] !== 'filter') return []
    const { family, name, policy, table } = chain
    if (typeof family !== 'string' || typeof table !== 'string' || typeof name !== 'string') return []
    if (family !== 'ip' && family !== 'inet') return []
    const inside = rules.filter(
      (rule) => rule['family'] === family && rule['table'] === table && rule['chain'] === name,
    )
    const end = inside.findIndex(refusesAll)
    const opened = (end < 0 ? inside : inside.slice(0, end))
      .filter(isOwn)
      .flatMap(portsOf)
      .sort((a, b) => a - b)
    return [{ family, table, name, shut: policy === 'drop' || end >= 0, opened: [...new Set(opened)] }]
  })
}

/** Without a condition: what comes after it is never reached. */
function refusesAll({ expr }: Json): boolean {
  const keys = Array.isArray(expr) ? expr.filter(isObject).flatMap((part) => Object.keys(part)) : []
  const last = keys.at(-1)
  return (last === 'drop' || last === 'reject') && keys.slice(0, -1).every((key) => key === 'counter' || key === 'log')
}

function isOwn(rule: Json): boolean {
  return rule['comment'] === ruleMark
}

/** `tcp dport 22 accept`, `tcp dport { 22, 2181 } accept`; a rule that was changed opens nothing that is known. */
function portsOf({ expr }: Json): readonly number[] {
  const [test, verdict] = Array.isArray(expr) ? expr.filter(isObject) : []
  const match = test?.['match']
  if (!isObject(match) || verdict === undefined || !('accept' in verdict)) return []
  const { left, op, right } = match
  const payload = isObject(left) ? left['payload'] : undefined
  if (op !== '==' || !isObject(payload) || payload['protocol'] !== 'tcp' || payload['field'] !== 'dport') return []
  const set = isObject(right) ? right['set'] : [right]
  const ports: readonly unknown[] = Array.isArray(set) ? set : []
  return ports.every((port) => typeof port === 'number') ? ports : []
}
