import { expect, test } from 'vitest'
import {
  bareMachine,
  fleet,
  input,
  lost,
  machine,
  member,
  members,
  repairOf,
  stopped,
} from '../../test/unit/builders.ts'
import type { HostFacts } from '../model/facts.ts'
import { decide } from './decide.ts'

const three = members(3)
const m1 = member(1)
const unprepared = { m1: 'the package is not there' }

function decided(hosts: Readonly<Record<string, HostFacts>>, more = {}) {
  const { plan, problems, run } = decide(input(three, { facts: fleet(three, hosts), unprepared, ...more }))
  const hostsOf = (steps: readonly { readonly host: string }[] = []) =>
    [...new Set(steps.map(({ host }) => host))].sort()
  return {
    planned: hostsOf(plan?.waves.flatMap(({ steps }) => steps)),
    run: hostsOf(run?.steps),
    verbs: run?.steps.map(({ action }) => action.verb) ?? [],
    problems: problems.map(({ code, message }) => `${code}: ${message}`),
  }
}

test('nothing at all is begun for a member on a host that is not prepared, and the others are begun', () => {
  const bare = Object.fromEntries(three.map((one) => [one.host, bareMachine([one])]))
  const waiting = decided(bare)
  expect([waiting.planned, waiting.run]).toEqual([
    ['m2', 'm3'],
    ['m2', 'm3'],
  ])
  expect(waiting.problems).toEqual(['HostNotPrepared: zookeeper-1 is not begun on m1: the package is not there'])
  expect(decided(bare, { unprepared: {} }).run).toEqual(['m1', 'm2', 'm3'])
})

test('a repair of a member that waits so is not run either', () => {
  const action = { action: { verb: 'MoveAside', path: '/data/zk' }, risk: 'data', guards: [] } as const
  const repairs = [repairOf(m1, { actions: [action] })]
  expect(decided({ m1: bareMachine([m1]) }, { repairs }).run).toEqual([])
})

test('a member that was started there before is started and kept as ever', () => {
  const down = decided({ m1: machine([m1], { changes: stopped(m1) }) })
  expect([down.verbs, down.problems]).toEqual([['StartUnit'], []])
  expect(decided({})).toMatchObject({ planned: [], problems: [] })
})

test('of a host out of sight that is said, and not that it is not prepared', () => {
  expect(decided({ m1: lost('m1') }).problems).toEqual(['Unreachable: m1: no route'])
})
