import { describe, expect, test } from 'vitest'
import { hearUpgrade } from '../../../src/clusters/hdfs/upgrade.ts'
import type { Expansion, StandingMember } from '../../../src/model/kind.ts'
import { journalEntry } from '../builders.ts'
import { expanded, fileOf, hosts, memberOf, minimal, standingOf } from './cluster.ts'
import { seen, seenIn } from './judged.ts'
import { type Daemon, factsOf, livingWorld, now } from './machines.ts'

const archive = (digit: string) => ({
  archive: { url: `http://mirror.example/${digit}.tgz`, sha256: digit.repeat(64) },
})
const older = { ...minimal, version: '3.3.6', software: archive('3') }
const newer = { ...minimal, version: '3.4.2', software: archive('4') }
const third = { ...minimal, version: '3.5.0', software: archive('5') }

type Said = 'none' | 'preparing' | 'prepared' | 'ended' | undefined

function at(raw: unknown, standing: readonly StandingMember[], said: Said): Expansion {
  return expanded(raw, { standing, ...(said === undefined ? {} : { heard: { upgrade: said } }) })
}

/** Who is to run which version, in short: `jn nn zk` and `dn`. */
function versions({ members }: Expansion): string {
  const of = (service: string) => [
    ...new Set(members.filter((one) => one.service === service).map(({ identity }) => identity['version'])),
  ]
  return ['journalnode', 'namenode', 'zkfc', 'datanode'].map((role) => of(`hdfs-${role}`).join('+')).join(' ')
}

const stood = standingOf(expanded(older))

/** Its records after all of a stage were restarted. */
function after(raw: unknown, before: readonly StandingMember[], said: Said): readonly StandingMember[] {
  return standingOf(at(raw, before, said))
}

const names = after(newer, stood, 'prepared')
const all = after(newer, names, 'prepared')
const oldNodes = after(older, all, 'prepared')
const wentBack = after(older, oldNodes, 'prepared')

function startOf(expansion: Expansion): string {
  return /IRONHERD_START=(.*)/.exec(fileOf(memberOf(expansion, 'hdfs-namenode-nn1'), 'start.env'))?.[1] ?? ''
}

describe('the version goes from one line to another', () => {
  const old = '3.3.6 3.3.6 3.3.6 3.3.6'
  const stages: readonly (readonly [
    name: string,
    raw: unknown,
    standing: readonly StandingMember[],
    said: Said,
    versions: string,
    start: '' | '-rollingUpgrade started',
  ])[] = [
    ['nobody moves before it is prepared', newer, stood, 'none', old, ''],
    ['nor while the image for a rollback is written', newer, stood, 'preparing', old, ''],
    ['nor while no NameNode says how far it is', newer, stood, undefined, old, ''],
    ['then the names', newer, stood, 'prepared', '3.4.2 3.4.2 3.4.2 3.3.6', '-rollingUpgrade started'],
    ['then all', newer, names, 'prepared', '3.4.2 3.4.2 3.4.2 3.4.2', '-rollingUpgrade started'],
    [
      'and so they stay until it is ended',
      newer,
      all,
      'prepared',
      '3.4.2 3.4.2 3.4.2 3.4.2',
      '-rollingUpgrade started',
    ],
    [
      'what nobody can say changes nobody',
      newer,
      names,
      undefined,
      '3.4.2 3.4.2 3.4.2 3.3.6',
      '-rollingUpgrade started',
    ],
    [
      'one NameNode has not heard of the end',
      newer,
      all,
      'ended',
      '3.4.2 3.4.2 3.4.2 3.4.2',
      '-rollingUpgrade started',
    ],
    ['it has ended', newer, all, 'none', '3.4.2 3.4.2 3.4.2 3.4.2', ''],
    ['back: DataNodes first', older, all, 'prepared', '3.4.2 3.4.2 3.4.2 3.3.6', '-rollingUpgrade started'],
    ['back: then the names', older, oldNodes, 'prepared', '3.3.6 3.3.6 3.3.6 3.3.6', '-rollingUpgrade started'],
    ['back in the midst of the names', older, names, 'prepared', '3.3.6 3.3.6 3.3.6 3.3.6', '-rollingUpgrade started'],
    ['back, and it has ended', older, wentBack, 'none', old, ''],
    ['back before anybody was changed', older, stood, 'prepared', old, '-rollingUpgrade started'],
  ]
  test.each(stages)('%s', (_name, raw, standing, said, expected, start) => {
    const expansion = at(raw, standing, said)
    expect(expansion.refusals).toEqual([])
    expect([versions(expansion), startOf(expansion)]).toEqual([expected, start])
  })

  test('one NameNode that was not restarted yet keeps the DataNodes waiting', () => {
    const mixed = names.map((one) => (one.record['member'] === 'hdfs-namenode-nn1' ? stoodAs(one) : one))
    expect(versions(at(newer, mixed, 'prepared'))).toBe('3.4.2 3.4.2 3.4.2 3.3.6')
    expect(versions(at(older, mixed, 'prepared'))).toBe('3.3.6 3.3.6 3.3.6 3.3.6')
    expect(versions(at(newer, mixed, undefined))).toBe('3.4.2 3.3.6+3.4.2 3.4.2 3.3.6')
  })

  test('a DataNode on a host that is given up is not waited for, one that is only out of sight is', () => {
    const behind = all.map((one) => (one.record['member'] === 'hdfs-datanode-w3' ? stoodAs(one) : one))
    const lost = { ...hosts, w3: { ...hosts['w3'], lost: true } } as typeof hosts
    const more = { standing: behind, heard: { upgrade: 'prepared' } }
    const asks = (expansion: Expansion) => seen(expansion, livingWorld(expansion, saying('prepared'))).assessment.asks
    expect(asks(expanded(newer, more))).toBeUndefined()
    expect(asks(expanded(newer, { ...more, hosts: lost }))).toBeDefined()
  })

  test('the software of those who wait is the one that they were started with', () => {
    const { software } = memberOf(at(newer, stood, 'none'), 'hdfs-namenode-nn1')
    expect(software).toMatchObject({
      path: `/opt/ironherd/hadoop-3.3.6-${'3'.repeat(12)}`,
      digest: `sha256:${'3'.repeat(64)}`,
    })
  })

  function stoodAs({ host, record }: StandingMember): StandingMember {
    const found = stood.find((one) => one.host === host && one.record['member'] === record['member'])
    if (found === undefined) throw new Error(`no ${record['member'] ?? ''} on ${host}`)
    return found
  }
})

describe('is refused by name', () => {
  const cases: readonly (readonly [
    name: string,
    raw: unknown,
    standing: readonly StandingMember[],
    said: Said,
    why: string,
  ])[] = [
    ['back when it was ended', older, all, 'none', '3.3.6 is of an older line than 3.4.2, which runs'],
    ['a third version while one is under way', third, names, 'prepared', 'from 3.3.6 to 3.4.2 is under way'],
    ['a third version before it is ended', third, all, 'prepared', 'from 3.3.6 to 3.4.2 is under way'],
    ['another version of the line before it is ended', { ...newer, version: '3.4.3' }, all, 'prepared', '3.4.3'],
    ['another first number', { ...minimal, version: '2.10.2' }, stood, 'none', 'their first numbers differ'],
    [
      'NameNodes of two lines that know of no upgrade',
      newer,
      names.map((one) => (one.record['id'] === 'nn2' ? one : (stood.find((old) => old.stem === one.stem) ?? one))),
      'none',
      'no rolling upgrade is under way',
    ],
  ]
  test.each(cases)('%s', (_name, raw, standing, said, why) => {
    const refusals = at(raw, standing, said).refusals.filter(({ code }) => code === 'VersionChangeUnsupported')
    expect(refusals.map(({ message }) => message).join()).toContain(why)
  })
})

test('a NameNode does not move meanwhile, and the other way round', () => {
  const [nn1] = minimal.nameNodes.members
  const moved = { nameNodes: { ...minimal.nameNodes, members: [nn1, { id: 'nn2', host: 'w1' }] } }
  const why = (raw: object, standing: readonly StandingMember[], said: Said) =>
    at({ ...raw, ...moved }, standing, said).refusals.map(({ code, message }) => `${code} ${message}`)
  const refused = [expect.stringMatching(/^MembershipChangeUnsupported .*put one of the two back/) as string]
  expect(why(newer, stood, 'none')).toEqual(refused)
  expect(why(newer, names, 'prepared')).toEqual(refused)
  expect(why(older, stood, 'none')).toEqual([])
})

function saying(upgrade: 'none' | 'preparing' | 'prepared', more: Daemon = {}): Readonly<Record<string, Daemon>> {
  return { 'namenode-nn1': { upgrade, ...more }, 'namenode-nn2': { upgrade } }
}

const fresh = `${new Date(now - 600_000).toISOString().replace(/[-:]|[.]\d+/g, '')}-0000000000000000007`

describe('it begins', () => {
  const expansion = at(newer, stood, 'none')
  const assessed = (more: Readonly<Record<string, Daemon>>) => seen(expansion, livingWorld(expansion, more)).assessment

  test('with a copy of the image of the active, by its old software', () => {
    expect(assessed(saying('none')).tells).toMatchObject({
      member: 'hdfs-namenode-nn1',
      action: { verb: 'CopyImage', nameDir: '/data/dfs/nn', owner: 'hdfs' },
      risk: 'none',
      guards: [{ guard: 'NameNodeIs', state: 'active' }],
    })
  })

  test('then it is prepared', () => {
    const { tells } = assessed(saying('none', { copies: [fresh] }))
    expect(tells).toMatchObject({ action: { verb: 'RollUpgrade', what: 'prepare', from: '3.3.6', to: '3.4.2' } })
    expect(tells?.action).toMatchObject({ tool: { home: expect.stringContaining('hadoop-3.3.6') as string } })
    expect(tells?.waits).toBeUndefined()
  })

  test('a copy of long ago is none', () => {
    const { tells } = assessed(saying('none', { copies: ['20200101T000000Z-0000000000000000007', 'notes'] }))
    expect(tells?.action.verb).toBe('CopyImage')
  })

  test('and waits for the image', () => {
    expect(assessed(saying('preparing')).tells?.waits).toContain('the image to which a rollback could go back')
  })

  const holds: readonly (readonly [name: string, more: Readonly<Record<string, Daemon>>, why: string])[] = [
    ['blocks are missing', saying('none', { missingBlocks: 2 }), '2 blocks are missing'],
    ['blocks lack copies', saying('none', { lowBlocks: 3 }), 'UnderReplicated'],
    ['a NameNode is out', { ...saying('none'), 'namenode-nn2': { unit: 'stopped' } }, 'namenode-nn2'],
    ['a controller is out', { ...saying('none'), 'zkfc-nn2': { unit: 'stopped' } }, 'zkfc-nn2'],
    ['a journal is out', { ...saying('none'), 'journalnode-m3': { unit: 'stopped' } }, 'JournalBehind'],
    ['a DataNode is out', { ...saying('none'), 'datanode-w2': { unit: 'stopped' } }, 'datanode-w2'],
  ]
  test.each(holds)('not while %s', (_name, more, why) => {
    expect(assessed(more).tells?.waits).toContain(why)
  })

  test('not while nobody is active', () => {
    expect(assessed(saying('none', { says: 'standby' })).tells).toBeUndefined()
  })

  test('is not ordered again at once', () => {
    const facts = factsOf(expansion, livingWorld(expansion, saying('none', { copies: [fresh] })))
    const asked = (ago: number) => {
      const host = facts['m1']
      if (host?.state !== 'known') throw new Error('m1 was not seen')
      const entry = { verb: 'RollUpgrade', phase: 'intent', at: now - ago } as const
      const journal = [journalEntry(memberOf(expansion, 'hdfs-namenode-nn1'), entry)]
      return seenIn(expansion, { ...facts, m1: { ...host, value: { ...host.value, journal } } }).assessment.tells
    }
    expect([asked(5_000)?.action.verb, asked(60_000)?.action.verb]).toEqual([undefined, 'RollUpgrade'])
  })

  test('nothing of it where no version changes', () => {
    const settled = at(older, stood, 'none')
    const { asks, own, tells } = seen(settled, livingWorld(settled, saying('none'))).assessment
    expect([asks, tells, own?.['hdfs']?.['upgrade']]).toEqual([undefined, undefined, undefined])
  })
})

describe('it ends', () => {
  const expansion = at(newer, all, 'prepared')
  const assessed = (more: Readonly<Record<string, Daemon>>, of = expansion) =>
    seen(of, livingWorld(of, more)).assessment

  test('by a person alone', () => {
    const { asks, own } = assessed(saying('prepared'))
    expect(asks).toMatchObject({
      member: 'hdfs-namenode-nn1',
      action: { verb: 'RollUpgrade', what: 'finalize', from: '3.3.6', to: '3.4.2' },
      risk: 'destructive',
    })
    expect(asks?.waits).toBeUndefined()
    expect(own?.['hdfs']?.['upgrade']).toEqual({ state: 'AwaitsFinalize', from: '3.3.6', to: '3.4.2' })
  })

  test('what is asked stays the same when another leads', () => {
    const other = saying('prepared', { says: 'standby' })
    const { asks } = assessed({ ...other, 'namenode-nn2': { upgrade: 'prepared', says: 'active' } })
    expect(asks?.action).toEqual(assessed(saying('prepared')).asks?.action)
    expect([asks?.member, asks?.guards]).toMatchObject(['hdfs-namenode-nn1', [{ address: '10.9.0.2' }]])
  })

  test('not while a block is missing', () => {
    expect(assessed(saying('prepared', { missingBlocks: 1 })).asks?.waits).toContain('1 blocks are missing')
  })

  test('also when it was taken back', () => {
    const back = at(older, wentBack, 'prepared')
    expect(assessed(saying('prepared'), back).asks?.action).toMatchObject({ from: '3.3.6', to: '3.3.6' })
  })

  test.each([
    ['the names are not all at it', at(newer, stood, 'prepared')],
    ['the DataNodes are not all at it', at(newer, names, 'prepared')],
    ['it is taken back', at(older, all, 'prepared')],
    ['nobody says how far it is', at(newer, all, undefined)],
    ['one has not heard of the end', at(newer, all, 'ended')],
  ])('not while %s', (_name, of) => {
    expect(assessed(saying('prepared'), of).asks).toBeUndefined()
  })
})

describe('how far it is', () => {
  const expansion = at(newer, all, 'prepared')
  const heard = (more: Readonly<Record<string, Daemon>>) =>
    hearUpgrade(expansion, factsOf(expansion, livingWorld(expansion, more)))['upgrade']

  test.each<[string, Readonly<Record<string, Daemon>>, Said]>([
    ['the active says', { 'namenode-nn1': { upgrade: 'prepared' }, 'namenode-nn2': { upgrade: 'none' } }, 'prepared'],
    ['all must have heard of the end', { ...saying('prepared'), 'namenode-nn1': { upgrade: 'none' } }, 'ended'],
    ['one that is out may not have', { ...saying('none'), 'namenode-nn2': { unit: 'stopped' } }, 'ended'],
    ['all have', saying('none'), 'none'],
    ['a standby says, where nobody is active', saying('prepared', { says: 'standby' }), 'prepared'],
    [
      'standbys that differ say nothing',
      { 'namenode-nn1': { upgrade: 'none', says: 'standby' }, 'namenode-nn2': { upgrade: 'prepared' } },
      undefined,
    ],
    ['nobody says', { 'namenode-nn1': { unit: 'stopped' }, 'namenode-nn2': { unit: 'stopped' } }, undefined],
  ])('%s', (_name, more, said) => {
    expect(heard(more)).toBe(said)
  })
})
