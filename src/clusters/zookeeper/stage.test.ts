import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StandingMember } from '../../model/kind.ts'
import { type Ensemble, ensembleText, parseEnsemble } from '../../services/zookeeper/ensemble.ts'
import { arrives, comingStages, stageOf } from './stage.ts'

function started(id: number, host: string, ensemble: string): StandingMember {
  return { host, stem: `zk-${id}`, record: { id: String(id), ensemble }, seen: true }
}

/** All servers of the ensemble, started with it. */
function all(text: string): readonly StandingMember[] {
  return parseEnsemble(text).map(({ id, host }) => started(id, host, text))
}

function stage(goal: string, standing: readonly StandingMember[], lost: readonly string[] = []): string {
  return ensembleText(stageOf(parseEnsemble(goal), standing, (host) => lost.includes(host)))
}

/** The same where who moves leaves the list first. */
function stageApart(goal: string, standing: readonly StandingMember[], lost: readonly string[] = []): string {
  return ensembleText(stageOf(parseEnsemble(goal), standing, (host) => lost.includes(host), false, true))
}

const three = '1=m1,2=m2,3=m3'
const four = '1=m1,2=m2,3=m3,4=m4'
const five = '1=m1,2=m2,3=m3,4=m4,5=m5'

describe('the stages that come', () => {
  const coming = (from: string, goal: string, lost: readonly string[] = []): readonly string[] =>
    comingStages(parseEnsemble(from), parseEnsemble(goal), (host) => lost.includes(host))

  test.each([
    ['none where the goal stands', three, three, [], []],
    ['the second that is added', four, five, [], ['server 5 is added on m5']],
    ['removals, the last first', five, three, [], ['server 5 leaves m5', 'server 4 leaves m4']],
    [
      'the lost before the new, moves after them, removals last',
      four,
      '1=m1,2=m8,3=m6,5=m5',
      ['m3'],
      ['server 3 moves from m3 to m6', 'server 5 is added on m5', 'server 2 moves from m2 to m8', 'server 4 leaves m4'],
    ],
  ])('are %s', (_name, from, goal, lost, expected) => {
    expect(coming(from, goal, lost)).toEqual(expected)
  })
})

describe('the next ensemble on the way', () => {
  test.each([
    ['nothing stands: the goal', five, [], [], five],
    ['it is as declared', three, all(three), [], three],
    ['one is added at a time', five, all(three), [], four],
    ['the second waits until all run with the first', five, [...all(three), started(4, 'm4', four)], [], four],
    ['and then comes', five, all(four), [], five],
    ['one is removed at a time', three, all(five), [], four],
    [
      'what a lost one was started with is nothing',
      '2=m2',
      [started(2, 'm2', '2=m2'), started(3, 'm3', three)],
      ['m3'],
      '2=m2',
    ],
    ['who left keeps an old record, and holds nothing up', three, [...all(three), started(4, 'm4', four)], [], three],
    ['a lost one is replaced before one is added', '1=m1,2=m2,3=m6,4=m4', all(three), ['m3'], '1=m1,2=m2,3=m6'],
    [
      'the lost one need not have followed',
      five,
      [started(1, 'm1', four), started(2, 'm2', four), started(4, 'm4', four)],
      ['m3'],
      five,
    ],
    ['a living one moves after one is added', '1=m6,2=m2,3=m3,4=m4', all(three), [], four],
    [
      'a change that is taken back half way',
      three,
      [started(1, 'm1', four), started(2, 'm2', three), started(3, 'm3', three), started(4, 'm4', four)],
      [],
      three,
    ],
    ['a host is left before another server comes to it', '1=m4,2=m2,3=m3,4=m1', all(three), [], '1=m4,2=m2,3=m3'],
    [
      'and nothing of the one before may stand there any more',
      '1=m4,2=m2,3=m3,4=m1',
      [...all('1=m4,2=m2,3=m3'), started(1, 'm1', three)],
      [],
      '1=m4,2=m2,3=m3',
    ],
    ['then it comes', '1=m4,2=m2,3=m3,4=m1', all('1=m4,2=m2,3=m3'), [], '1=m4,2=m2,3=m3,4=m1'],
    ['of two that change places one makes room', '1=m2,2=m1,3=m3,4=m4,5=m5', all(five), [], '2=m2,3=m3,4=m4,5=m5'],
    [
      'one out of sight is waited for',
      five,
      [started(1, 'm1', four), started(2, 'm2', four), started(4, 'm4', four)],
      [],
      four,
    ],
  ])('%s', (_name, goal, standing, lost, expected) => {
    expect(stage(goal, standing, lost)).toBe(expected)
  })

  test('a server moves: the old one keeps its record until the others run with the new list', () => {
    const moved = '1=m1,2=m6,3=m3'
    const old = started(2, 'm2', three)
    const fresh = started(2, 'm6', moved)
    expect(stage(moved, [...all(three)])).toBe(moved)
    expect(stage(moved, [...all(three), fresh])).toBe(moved)
    expect(stage(moved, [started(1, 'm1', moved), old, started(3, 'm3', three), fresh])).toBe(moved)
    expect(stage(moved, [...all(moved), old])).toBe(moved)
  })

  test('grows back while most run with the shorter list, when it is to stay', () => {
    const stays = (standing: readonly StandingMember[]) =>
      ensembleText(stageOf(parseEnsemble(five), standing, () => false, true))
    const fourth = started(4, 'm4', four)
    expect(stays([...all(three), fourth])).toBe(three)
    expect(stays([started(1, 'm1', four), ...all(three).slice(1), fourth])).toBe(three)
    expect(stays([...all(four).slice(1), started(1, 'm1', three)])).toBe(four)
    expect(stays(all(four))).toBe(four)
    // Half of four: the other half serves with three.
    const [odd, more] = ['1=m1,3=m3,5=m5', '1=m1,2=m2,3=m3,5=m5']
    expect(stays([...all(more).slice(0, 2), ...all(odd).slice(1)])).toBe(odd)
  })

  test('what is out of a list, or moves, is not taken back by that', () => {
    const stays = (goal: string, standing: readonly StandingMember[]) =>
      ensembleText(stageOf(parseEnsemble(goal), standing, () => false, true))
    const moved = '1=m1,2=m6,3=m3'
    expect(stays(three, [started(1, 'm1', three), ...all(four).slice(1)])).toBe(three)
    expect(stays(moved, [...all(three), started(2, 'm6', moved)])).toBe(moved)
  })

  test.each([
    ['one that moves leaves first', '1=m1,2=m6,3=m3', three, [], '1=m1,3=m3'],
    ['and is added after that', '1=m1,2=m6,3=m3', '1=m1,3=m3', [], '1=m1,2=m6,3=m3'],
    ['so does one that is lost, before anybody is added', '1=m1,2=m6,3=m3,4=m4', three, ['m2'], '1=m1,3=m3'],
    ['who is added comes as ever', five, three, [], four],
    ['one of two does not leave, since nobody is added to one', '1=m6,2=m2', '1=m1,2=m2', [], '1=m1,2=m2'],
  ])('apart: %s', (_name, goal, from, lost, expected) => {
    expect(stageApart(goal, all(from), lost)).toBe(expected)
  })

  test('apart: what was begun before and given up is not begun at its end', () => {
    // Five became three, the two that left are not taken off their hosts yet, and five are wanted again.
    const left = [...all(three), started(4, 'm4', four), started(5, 'm5', five)]
    expect(stageApart(five, left)).toBe(four)
  })

  test('apart: records of all three lists, and the newcomer not seen: nobody is turned back', () => {
    const [without, back] = ['2=m2,3=m3', '1=m4,2=m2,3=m3']
    const half = [started(1, 'm1', three), started(2, 'm2', without), started(3, 'm3', back)]
    expect(stageApart(back, half)).toBe(back)
  })

  test('a server that left with an older list does not turn the others back', () => {
    const half = [started(1, 'm1', three), ...all(four).slice(1), started(5, 'm5', five)]
    expect(stage(three, half)).toBe(three)
  })

  test('one that was away while others left, and is wanted again, is added like a new one', () => {
    expect(stage(five, [...all(three), started(5, 'm5', five)])).toBe(four)
  })

  test('goes on, however far the restarts have come, whatever old records stand about', () => {
    for (const [from, to] of [
      [three, four],
      [four, five],
      [five, four],
      [four, three],
    ] as const) {
      const goal = to === four ? (from === three ? five : three) : to
      for (let done = 1; done <= parseEnsemble(to).length; done++) {
        const restarted = parseEnsemble(to)
          .slice(0, done)
          .map(({ id, host }) => started(id, host, to))
        const others = all(from).filter(({ host }) => !restarted.some((one) => one.host === host))
        const left = [started(5, 'm5', five)].filter(
          ({ host }) => !parseEnsemble(`${from},${to}`).some((place) => place.host === host),
        )
        const complete = done === parseEnsemble(to).length
        expect(stage(goal, [...restarted, ...others, ...left])).toBe(complete && to === four ? goal : to)
      }
    }
  })

  test.each([
    ['a second server: it has no data, and the two need each other to elect', '1=m1', three],
    ['a move of one of two', '1=m1,2=m2', '1=m4,2=m2'],
    ['a move of the only one', '1=m1', '1=m2'],
    ['two of three that change places: the third alone elects nobody', three, '1=m2,2=m1,3=m3'],
  ])('there is no way for %s', (_name, from, goal) => {
    expect(arrives(parseEnsemble(from), parseEnsemble(goal), () => false)).toBe(false)
    expect(stage(goal, all(from))).toBe(from)
  })

  test.each([
    ['of five, two may change places', five, '1=m2,2=m1,3=m3,4=m4,5=m5'],
    ['of three, one goes to another host', three, '1=m6,2=m2,3=m3'],
    ['three become one', three, '2=m2'],
  ])('%s', (_name, from, goal) => {
    expect(arrives(parseEnsemble(from), parseEnsemble(goal), () => false)).toBe(true)
  })

  test('arrives where there is a way, no host has two, and two ensembles in a row always share a server of every pair of majorities', () => {
    const hosts = Array.from({ length: 8 }, (_, at) => `m${at}`)
    const ensemble = fc
      .uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 })
      .chain((ids) =>
        fc
          .shuffledSubarray(hosts, { minLength: ids.length, maxLength: ids.length })
          .map((places): Ensemble => ids.map((id, at) => ({ id, host: places[at] ?? '' }))),
      )
    fc.assert(
      fc.property(ensemble, ensemble, fc.func(fc.boolean()), fc.boolean(), (from, goal, lost, apart) => {
        fc.pre(arrives(from, goal, lost, apart))
        let current = from
        for (let changes = 0; ensembleText(current) !== ensembleText(goal); changes++) {
          if (changes > 20) throw new Error('it does not arrive')
          const next = stageOf(goal, all(ensembleText(current)), lost, false, apart)
          expect(differences(current, next)).toBe(1)
          expect(new Set(next.map(({ host }) => host)).size).toBe(next.length)
          current = next
        }
      }),
    )
  })
})

/** Servers by id that are in one and not in the other, or on another host. */
function differences(a: Ensemble, b: Ensemble): number {
  const ids = new Set([...a, ...b].map(({ id }) => id))
  const hostIn = (ensemble: Ensemble, id: number) => ensemble.find((place) => place.id === id)?.host
  return [...ids].filter((id) => hostIn(a, id) !== hostIn(b, id)).length
}
