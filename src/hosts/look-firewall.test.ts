import { expect, test } from 'vitest'
import { firewallFact } from './look-firewall.ts'
import type { Seen } from './look-seen.ts'

function seen(said: string, code = 0) {
  return firewallFact({ host: 'm1', records: { firewall: { code, said } } } as unknown as Seen)
}

const chain = { chain: { family: 'ip', table: 't', name: 'c', type: 'filter', hook: 'input', policy: 'drop' } }
const rule = (expr: unknown, more: object = {}) => ({
  rule: { family: 'ip', table: 't', chain: 'c', comment: 'ironherd-host', expr, ...more },
})
const tcp = { payload: { protocol: 'tcp', field: 'dport' } }
const port = (right: unknown, op = '==', left: unknown = tcp) => ({ match: { op, left, right } })
const accept = { accept: null }

function openedBy(...rules: readonly unknown[]) {
  const fact = seen(JSON.stringify({ nftables: [{ metainfo: {} }, chain, ...rules] }))
  return fact.state === 'known' ? fact.value.chains[0]?.opened : fact
}

test.each<[string, unknown]>([
  ['one port', [port(22), accept]],
  ['a set of one', [port({ set: [22] }), accept]],
])('the rule of ironherd opens %s', (_name, expr) => {
  expect(openedBy(rule(expr))).toEqual([22])
})

test.each<[string, unknown]>([
  ['refuses', [port(22), { drop: null }]],
  ['has one more condition', [port(22), port(23), accept]],
  ['means all other ports', [port(22, '!='), accept]],
  ['is of UDP', [port(22, '==', { payload: { protocol: 'udp', field: 'dport' } }), accept]],
  ['has a range', [port({ range: [1, 9] }), accept]],
  ['has a range in its set', [port({ set: [22, { range: [1, 9] }] }), accept]],
  ['is of nothing', []],
  ['cannot be read', 'x'],
])('a rule that was changed so that it %s opens nothing that is known', (_name, expr) => {
  expect(openedBy(rule(expr))).toEqual([])
})

test('rules of others, and those in other chains, open nothing', () => {
  const expr = [port(22), accept]
  const others = [{ comment: 'theirs' }, { chain: 'other' }, { family: 'inet' }].map((more) => rule(expr, more))
  expect(openedBy(...others)).toEqual([])
})

test.each([
  ['nonsense', 0],
  ['{"nftables": 1}', 0],
  ['null', 0],
  ['', 0],
  ['Operation not permitted', 1],
])('what is said as %j with %i is not known', (said, code) => {
  expect(seen(said, code)).toMatchObject({ state: 'unknown', code: 'ProbeFailed' })
})

test('a machine without nft has no such chains, and one that was not asked is not known', () => {
  expect(seen('', 127)).toEqual({ state: 'absent' })
  expect(firewallFact({ host: 'm1', records: {} } as unknown as Seen)).toMatchObject({ state: 'unknown' })
})
