import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Evidence, Place, Premise, ProvenVerb } from '../model/kind.ts'
import { judge, premisesOf } from './permits.ts'

const place = (host: string, state: Place['state']): Place => ({ host, path: '/data/zk', state, detail: '' })

describe('every place empty', () => {
  const ask = (...places: readonly Place[]) => judge({ rule: 'EveryPlaceEmpty', verb: 'MarkFirstStart', places })

  test('is granted when every place was seen to be empty', () => {
    expect(ask(place('m1', 'empty'), place('m2', 'empty'))).toMatchObject({ granted: true })
  })

  test('is refused when no place was named', () => {
    expect(ask()).toMatchObject({ granted: false })
  })

  test.each(['holdsData', 'unknown'] as const)('is refused when one place is %s, and names it', (state) => {
    const permit = ask(place('m1', 'empty'), place('m2', state), place('m3', 'empty'))
    expect(permit.granted ? '' : permit.why).toContain('m2:/data/zk')
  })
})

describe('a majority of the others serves', () => {
  const ask = (voters: number, others: readonly string[], leaderSeen = true, state: Place['state'] = 'empty') =>
    judge({
      rule: 'MajorityOfOthersServes',
      verb: 'RejoinEmpty',
      voters,
      othersServing: others,
      leaderSeen,
      place: place('m1', state),
    }).granted

  test('is granted with a majority of the whole ensemble beside the emptied member', () => {
    expect([ask(3, ['2', '3']), ask(5, ['2', '3', '4']), ask(7, ['2', '3', '4', '5'])]).toEqual([true, true, true])
  })

  test('is refused with one less', () => {
    expect([ask(3, ['2']), ask(5, ['2', '3']), ask(7, ['2', '3', '4'])]).toEqual([false, false, false])
  })

  test('is never granted where there is no majority of others: one or two voters', () => {
    expect([ask(1, []), ask(2, ['2'])]).toEqual([false, false])
  })

  test('counts a member once, however often it is named', () => {
    expect(ask(3, ['2', '2'])).toBe(false)
  })

  test('is refused without a leader, and when the place itself could not be seen', () => {
    expect([ask(3, ['2', '3'], false), ask(3, ['2', '3'], true, 'unknown')]).toEqual([false, false])
  })
})

describe('a verb that must be proven right', () => {
  const verbs = Object.keys(premisesOf) as readonly ProvenVerb[]
  const every = [...new Set(Object.values(premisesOf).flat())]
  const verb = fc.constantFrom(...verbs)
  const piece = (premise: Premise, state: Evidence['state'] = 'proven', detail = ''): Evidence => ({
    premise,
    state,
    detail,
  })
  const evidence: fc.Arbitrary<Evidence> = fc.record({
    premise: fc.constantFrom(...every),
    state: fc.constantFrom('proven', 'proven', 'proven', 'disproven', 'unknown'),
    detail: fc.constantFrom('', 'm1:/data/nn'),
  })
  const ask = (of: ProvenVerb, list: readonly Evidence[]) => judge({ rule: 'Proven', verb: of, evidence: list })

  test('is permitted when all its premises are proven, in any order', () => {
    fc.assert(
      fc.property(verb, fc.func(fc.integer()), (of, key) => {
        const list = [...premisesOf[of]].sort((a, b) => key(a) - key(b)).map((premise) => piece(premise))
        expect(ask(of, list).granted).toBe(true)
      }),
    )
  })

  test('is refused when one premise is missing, unknown or not so, whatever else is proven', () => {
    for (const of of verbs) {
      for (const one of premisesOf[of]) {
        const others = every.filter((premise) => premise !== one).map((premise) => piece(premise))
        const refused = (list: readonly Evidence[]) => {
          const permit = ask(of, list)
          expect(permit.granted ? '' : permit.why).toContain(one)
        }
        refused(others)
        refused([...others, piece(one, 'unknown')])
        refused([...others, piece(one, 'disproven')])
        // Said twice, it must be so both times.
        refused([...others, piece(one), piece(one, 'unknown')])
      }
    }
  })

  test('is permitted by nothing else than that all its premises stand there and nothing speaks against it', () => {
    fc.assert(
      fc.property(verb, fc.array(evidence, { maxLength: 12 }), (of, list) => {
        const proven = premisesOf[of].every((premise) => list.some((found) => found.premise === premise))
        expect(ask(of, list).granted).toBe(proven && list.every(({ state }) => state === 'proven'))
      }),
      { numRuns: 500 },
    )
  })

  test('is refused without any evidence, and where no premises are known for it', () => {
    const all = every.map((premise) => piece(premise))
    expect(verbs.map((of) => ask(of, []).granted)).toEqual(verbs.map(() => false))
    for (const other of ['MoveAside', 'constructor', ''] as readonly string[])
      expect(ask(other as ProvenVerb, all)).toMatchObject({ granted: false })
  })

  test('has its evidence in the permit, and says against what it is refused', () => {
    const list = premisesOf.SeedJournal.map((premise) => piece(premise, 'proven', `seen for ${premise}`))
    expect(ask('SeedJournal', list)).toEqual({
      granted: true,
      evidence: list.map(({ premise }) => `${premise} is proven (seen for ${premise})`).join('; '),
    })
    expect(ask('SeedJournal', [piece('OthersInStep', 'unknown', 'jn2 is silent')])).toEqual({
      granted: false,
      why: 'SeedJournal: OthersInStep is not known (jn2 is silent); OwnPlacesEmpty was not looked at; AtMostOneActive was not looked at',
    })
  })
})
