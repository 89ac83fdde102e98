import { expect, test } from 'vitest'
import { known, unknown } from '../model/fact.ts'
import type { HostFacts } from '../model/facts.ts'
import type { Question } from '../model/question.ts'
import { questionKey } from '../model/question.ts'
import type { SoftwareCheck } from './software-checks.ts'
import { SoftwareChecks } from './software-checks.ts'

const software: Question = { ask: 'software', path: '/opt/ironherd/a' }
const everyMs = 24_000

function facts(damaged: readonly string[]): HostFacts {
  const answers = { [questionKey(software)]: known({ listing: 'l', recordedListing: 'l', archive: 'a', damaged }) }
  return known({
    host: 'm1',
    lookedAt: 0,
    machineId: 'x',
    bootId: 'y',
    hostname: 'm1',
    clockSkewMs: 0,
    uptimeSeconds: 1,
    cpus: 1,
    memoryMiB: 1,
    custody: { installation: '', epoch: 0 },
    journal: [],
    ownFiles: {},
    records: {},
    answers,
  })
}

/** Looks every 100 ms, all of them with one outcome: which checks were made, and when. */
function looks(checks: SoftwareChecks, untilMs: number, seen: HostFacts): readonly (SoftwareCheck & { at: number })[] {
  const made: (SoftwareCheck & { at: number })[] = []
  for (let at = 0; at <= untilMs; at += 100) {
    const check = checks.due('m1', [software], at)
    if (check === undefined) continue
    made.push({ ...check, at })
    checks.learn('m1', check, seen, at)
  }
  return made
}

test('every part is read once in the time given, and between two of them no look reads any', () => {
  const made = looks(new SoftwareChecks(everyMs, () => 0.5), everyMs * 1.1, facts([]))
  const [{ of, path } = { of: 0, path: '' }] = made
  expect(path).toBe('/opt/ironherd/a')
  expect(new Set(made.map(({ part }) => part)).size).toBe(of)
  expect(made.every(({ at }, index) => index === 0 || at - (made[index - 1]?.at ?? 0) >= 1000)).toBe(true)
})

test('a damaged part stays due, so that it is seen until it is mended', () => {
  const checks = new SoftwareChecks(everyMs, () => 0.5)
  const made = looks(checks, 2000, facts(['bin/run']))
  expect(made.length).toBeGreaterThan(10)
  expect(new Set(made.map(({ part }) => part)).size).toBe(1)
  const again = checks.due('m1', [software], 2100)
  expect(again?.part).toBe(made[0]?.part)
})

test('a look that failed does not hold up the other parts', () => {
  const made = looks(new SoftwareChecks(everyMs, () => 0.5), everyMs, unknown('ConnectionLost', 'm1: gone'))
  expect(new Set(made.map(({ part }) => part)).size).toBeGreaterThan(10)
})

test('machines begin with different parts', () => {
  let random = 0
  const checks = new SoftwareChecks(everyMs, () => (random += 0.13) % 1)
  const first = (machine: string): number | undefined => {
    checks.due(machine, [software], 0)
    return checks.due(machine, [software], everyMs)?.part
  }
  expect(first('m1')).not.toBe(first('m2'))
})
