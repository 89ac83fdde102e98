import { describe, expect, test } from 'vitest'
import type { Fact } from '../../../src/model/fact.ts'
import { absent, known, unknown } from '../../../src/model/fact.ts'
import type { FleetFacts } from '../../../src/model/facts.ts'
import type { Answer } from '../../../src/model/question.ts'
import { fileAnswer, journalEntry, unitAnswer } from '../builders.ts'
import { expanded, memberOf, minimal } from './cluster.ts'
import { seenIn } from './judged.ts'
import { type Daemon, factsOf, livingWorld, now } from './machines.ts'

const expansion = expanded({ ...minimal, balance: { request: 'today', thresholdPercent: 5 } })
const unit = 'ironherd-data-files-hdfs-balancer.service'
const output = `file 65536 /var/lib/ironherd/tools/${unit}`

interface Seen {
  readonly daemons?: Readonly<Record<string, Daemon>>
  readonly runs?: boolean
  readonly wrote?: readonly string[] | 'unseen'
  /** ms since it was begun last. */
  readonly begun?: number
}

function factsWith({ begun, daemons = {}, runs = false, wrote }: Seen): FleetFacts {
  const facts = factsOf(expansion, livingWorld(expansion, daemons))
  const { m1 } = facts
  if (m1?.state !== 'known') return facts
  const file: Fact<Answer> =
    wrote === undefined
      ? absent
      : wrote === 'unseen'
        ? unknown('ProbeFailed', 'm1: not seen')
        : known(fileAnswer(wrote.map((line) => `${line}\n`).join('')))
  const state = known(unitAnswer(runs ? {} : { loadState: 'not-found', activeState: 'inactive', mainPid: 0 }))
  const entry = { verb: 'Balance', phase: 'intent', at: now - (begun ?? 0) } as const
  const journal = begun === undefined ? [] : [journalEntry(memberOf(expansion, 'hdfs-namenode-nn1'), entry)]
  const answers = { ...m1.value.answers, [`unit ${unit}`]: state, [output]: file }
  return { ...facts, m1: { ...m1, value: { ...m1.value, answers, journal } } }
}

function assessed(how: Seen) {
  const { own, tells } = seenIn(expansion, factsWith(how)).assessment
  return { tells, status: own?.['hdfs']?.['balance'] }
}

const progress =
  'Nov 22, 2026, 9:50:00 AM          3              1.20 GB           512.50 MB             10 MB                  0  hdfs://files'

describe('a run of the balancer', () => {
  test('is begun by the first NameNode, as a unit of its own', () => {
    expect(assessed({}).tells).toMatchObject({
      member: 'hdfs-namenode-nn1',
      host: 'm1',
      action: { verb: 'Balance', request: 'today', bandwidthMiB: 10, thresholdPercent: 5, tool: { unit } },
      risk: 'none',
    })
    expect(memberOf(expansion, 'hdfs-namenode-nn2').rules?.['balance']).toBeUndefined()
  })

  const states: readonly (readonly [name: string, how: Seen, begins: boolean, status: object])[] = [
    ['not begun', {}, true, { state: 'Waiting' }],
    [
      'under way',
      { runs: true, wrote: ['@request today', progress] },
      false,
      { state: 'Running', iteration: 3, moved: '1.20 GB', left: '512.50 MB' },
    ],
    ['just begun', { runs: true, wrote: ['@request today'] }, false, { state: 'Running' }],
    [
      'done',
      { wrote: ['@request today', progress, 'The cluster is balanced. Exiting...', progress, '@exit 0'] },
      false,
      {
        state: 'Balanced',
        iteration: 3,
        moved: '1.20 GB',
        left: '512.50 MB',
        message: 'The cluster is balanced. Exiting...',
      },
    ],
    [
      'done in three processes',
      {
        wrote: [
          '@request today',
          `@after 0 0 ${progress.replace(' 3 ', ' 0 ')}`,
          `@after 2 2866913936 ${progress.replace(' 3 ', ' 0 ').replace('1.20 GB', '512 B')}`,
          'The cluster is balanced. Exiting...',
          '@exit 0',
        ],
      },
      false,
      {
        state: 'Balanced',
        iteration: 2,
        moved: '2.67 GB',
        left: '512.50 MB',
        message: 'The cluster is balanced. Exiting...',
      },
    ],
    ['no further block', { wrote: ['@request today', '@exit 253'] }, false, { state: 'Ended' }],
    [
      'failed',
      { wrote: ['@request today', 'java.io.IOException: no', '@exit 252'] },
      false,
      { state: 'Failed', message: 'java.io.IOException: no' },
    ],
    ['killed in the midst', { wrote: ['@request today', progress] }, true, { state: 'Waiting' }],
    ['another is done', { wrote: ['@request yesterday', '@exit 0'] }, true, { state: 'Waiting' }],
    [
      'another runs',
      { runs: true, wrote: ['@request yesterday'] },
      false,
      { state: 'Waiting', message: 'a run of the balancer for another request is under way' },
    ],
    ['nobody can say', { wrote: 'unseen' }, false, { state: 'Unknown' }],
    ['begun a moment ago, and nothing to see', { begun: 5_000 }, false, { state: 'Waiting' }],
    [
      'a block lacks copies',
      { daemons: { 'namenode-nn1': { lowBlocks: 3 } } },
      false,
      { state: 'Waiting', message: expect.stringContaining('UnderReplicated') as string },
    ],
    [
      'nobody leads',
      { daemons: { 'namenode-nn1': { says: 'standby' } } },
      false,
      { state: 'Waiting', message: 'not exactly one NameNode is active' },
    ],
  ]
  test.each(states)('%s', (_name, how, begins, status) => {
    const found = assessed(how)
    expect([found.tells?.action.verb, found.status]).toEqual([
      begins ? 'Balance' : undefined,
      { request: 'today', ...status },
    ])
  })

  test('nothing of it where none is declared', () => {
    const plain = expanded()
    const { own, tells } = seenIn(plain, factsOf(plain, livingWorld(plain))).assessment
    expect([tells, own?.['hdfs']?.['balance']]).toEqual([undefined, undefined])
  })
})
