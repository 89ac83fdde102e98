import { beforeEach, describe, expect, test } from 'vitest'
import { Looks } from '../../../src/control/looks.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import type { FleetFacts, HostFacts } from '../../../src/model/facts.ts'
import { answerOn } from '../../../src/model/facts.ts'
import type { ClusterKind } from '../../../src/model/kind.ts'
import type { Question } from '../../../src/model/question.ts'
import { questionKey } from '../../../src/model/question.ts'
import { addHosts, createWorld, settle, type World } from './world.ts'

const question: Question = { ask: 'znode', address: '10.0.0.1', port: 2181, path: '/hadoop-ha/ns' }
const there = known({ data: '', owner: '' })

/** What looks at m1 and m2 were asked in one pass, after all is well, and what the pass decided by. */
interface Passed {
  readonly asked: readonly string[]
  readonly decidedBy: FleetFacts
}

describe('a second look', () => {
  let world: World
  beforeEach(async () => {
    world = createWorld()
    addHosts(world, 'm1', 'm2')
    world.store.apply('HerdCluster', 'herd', { hosts: ['m1', 'm2'] })
    await settle(world, 'herd')
  })

  /** `again`: what the machine shows when it is looked at for the second time. */
  async function passed(
    inquire: ClusterKind['inquire'],
    again: (facts: HostFacts) => HostFacts = (facts) => facts,
  ): Promise<Passed> {
    const asked: string[] = []
    const { clusters, looker } = world.context.ports
    const looks = new Looks({
      looker: {
        async look(target, questions, signal) {
          const facts = await looker.look(target, questions, signal)
          asked.push(`${target.name}: ${questions.map(questionKey).join(', ')}`)
          if (!questions.includes(question) || facts.state !== 'known') return facts
          return again(known({ ...facts.value, answers: { [questionKey(question)]: there } }))
        },
      },
      now: () => world.clock,
      concurrency: 8,
      deadlineMs: 1000,
    })
    const inquiring = clusters.map(({ cluster, definition }) => ({
      definition,
      cluster: { ...cluster, ...(inquire === undefined ? {} : { inquire }) },
    }))
    Object.assign(world.context, { looks, ports: { ...world.context.ports, clusters: inquiring } })
    await world.cluster('herd')
    return { asked, decidedBy: world.decided.at(-1)?.facts ?? {} }
  }
  const first = ['m1: unit ironherd-herd.service', 'm2: unit ironherd-herd.service']

  test('is not taken while nothing is asked', async () => {
    expect((await passed(undefined)).asked).toEqual(first)
    expect((await passed(() => ({}))).asked).toEqual(first)
    expect((await passed(() => ({ m1: [] }))).asked).toEqual(first)
  })

  test('asks the host concerned, in the same pass, for what is wanted alone, and its answers join the facts', async () => {
    const { asked, decidedBy } = await passed((_expansion, facts) => {
      return answerOn(facts, 'm1', question).state === 'unknown' ? { m1: [question] } : {}
    })
    expect(asked).toEqual([...first, `m1: ${questionKey(question)}`])
    expect(answerOn(decidedBy, 'm1', question)).toEqual(there)
    expect(answerOn(decidedBy, 'm1', { ask: 'unit', unit: 'ironherd-herd.service' }).state).toBe('known')
    expect(answerOn(decidedBy, 'm2', question).state).toBe('unknown')
  })

  test.each<[string, (facts: HostFacts) => HostFacts, string]>([
    [
      'was booted anew',
      (facts) => (facts.state === 'known' ? known({ ...facts.value, bootId: 'b2' }) : facts),
      'booted',
    ],
    [
      'is another machine',
      (facts) => (facts.state === 'known' ? known({ ...facts.value, machineId: 'x' }) : facts),
      'booted',
    ],
    ['went out of sight', () => unknown('Unreachable', 'm1: no route'), 'no route'],
    [
      'does not answer this',
      (facts) => (facts.state === 'known' ? known({ ...facts.value, answers: {} }) : facts),
      'asked',
    ],
  ])('of a host that %s since proves nothing', async (_what, again, why) => {
    const { decidedBy } = await passed(() => ({ m1: [question] }), again)
    expect(answerOn(decidedBy, 'm1', question)).toMatchObject({
      state: 'unknown',
      why: expect.stringContaining(why) as string,
    })
    expect(answerOn(decidedBy, 'm1', { ask: 'unit', unit: 'ironherd-herd.service' }).state).toBe('known')
  })

  test('is not taken at a host that the first did not see', async () => {
    const { m1 } = world.machines
    if (m1 !== undefined) m1.unseen = { code: 'Unreachable', why: 'm1: no route' }
    const { asked, decidedBy } = await passed(() => ({ m1: [question], m9: [question] }))
    expect(asked).toEqual(first)
    expect(decidedBy.m1).toMatchObject({ state: 'unknown' })
  })
})
