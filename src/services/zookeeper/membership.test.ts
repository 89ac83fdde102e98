import { describe, expect, test } from 'vitest'
import { expandInput, expansionOf, hostView, minimalSpec } from '../../../test/unit/zookeeper/ensemble.ts'
import { factsOf, grown, type Machine, now } from '../../../test/unit/zookeeper/machines.ts'
import { zookeeperCluster } from '../../clusters/zookeeper/kind.ts'
import type { StandingMember } from '../../model/kind.ts'
import { ensembleText } from './ensemble.ts'
import { parseList } from './membership.ts'

const line = (id: number) => `server.${id}=10.0.0.${id}:2888:3888:participant`
const places = (ids: readonly number[]) => ids.map((id) => ({ id, host: `m${id}` }))

/** An ensemble on its way `to` servers, that works by the list of `force` as its leader, m1 or another, says. */
function assessed(
  stands: readonly number[],
  to: readonly number[],
  machines: Readonly<Record<string, Machine>>,
  force = stands,
  by = 'Reconfig',
  lost: readonly string[] = [],
) {
  const membershipChanges = { by, superSecretRef: { name: 'zk', key: 'super' } }
  const record = (id: number) => ({
    id: String(id),
    ensemble: ensembleText(places(stands)),
    ...(by === 'Reconfig' ? { changesBy: 'Reconfig' } : {}),
  })
  const standing = stands.map(
    (id): StandingMember => ({
      host: `m${id}`,
      stem: `ironherd-default-zk-zookeeper-${id}`,
      record: record(id),
      seen: true,
    }),
  )
  const names = [...new Set([...stands, ...to])].map((id) => `m${id}`)
  const hosts = Object.fromEntries(
    names.map((name) => [name, { ...hostView(name, `10.0.0.${name.slice(1)}`), lost: lost.includes(name) }]),
  )
  const more = { standing, hosts, secrets: { zk: { super: 'hunter2' } } }
  const expansion = expansionOf(expandInput(minimalSpec({ members: places(to), membershipChanges }), more))
  const list = `clientPort=2181\nmembership: \n${force.map(line).join('\n')}\nversion=10000000a`
  const all = [...expansion.members, ...expansion.leaving.map(({ member }) => member)]
  const saying = Object.fromEntries(Object.entries(machines).map(([host, one]) => [host, { list, ...one }]))
  return zookeeperCluster.assess(expansion, factsOf(all, saying), now)
}

const leads = (syncedFollowers: number): Machine => ({ ...grown, says: 'leader', syncedFollowers })

describe('what a server says of its list', () => {
  test('is the end of its answer to conf', () => {
    const text = `clientPort=2181\nserverId=1\nmembership: \n${line(2)}\n${line(1)};10.0.0.1:2181\nversion=10000000a`
    expect(parseList(text)).toEqual({ servers: [`${line(1)};10.0.0.1:2181`, line(2)], version: '10000000a' })
  })

  test.each(['', 'This ZooKeeper instance is not currently serving requests\n', 'conf is not executed', line(1)])(
    'is nothing in %j',
    (text) => {
      expect(parseList(text)).toBeUndefined()
    },
  )
})

describe('an ensemble that is told its list', () => {
  const three = { m1: leads(3), m2: grown, m3: grown }

  test('gets the new one when the newcomer serves and all are in step', () => {
    const { tells } = assessed([1, 2, 3], [1, 2, 3, 4, 5], { ...three, m4: grown })
    expect(tells).toMatchObject({
      member: 'zookeeper-1',
      host: 'm1',
      risk: 'none',
      action: {
        verb: 'ReconfigEnsemble',
        address: '10.0.0.1',
        port: 2181,
        servers: [1, 2, 3, 4].map(line),
        version: '10000000a',
        secret: { name: 'zk', key: 'super' },
      },
      guards: [{ guard: 'SameList', servers: [1, 2, 3].map(line), version: '10000000a' }],
    })
    expect(tells?.waits).toBeUndefined()
    expect(JSON.stringify(tells)).not.toContain('hunter2')
  })

  test.each([
    ['does not serve yet', { ...three, m4: { ...grown, says: 'notServing' } as const }, 'zookeeper-4'],
    ['is out of sight', { ...three, m4: { unreachable: true } }, 'zookeeper-4 (unknown)'],
    ['is not in step', { ...three, m1: leads(2), m4: grown }, 'in step'],
    [
      'has another that is down',
      { ...three, m1: leads(2), m2: { unit: 'stopped' } as const, m4: grown },
      'zookeeper-2',
    ],
  ])('waits while the newcomer %s', (_what, machines, words) => {
    expect(assessed([1, 2, 3], [1, 2, 3, 4, 5], machines).tells?.waits).toContain(words)
  })

  test('waits for a newcomer whose host was given up, and not for one that is counted already', () => {
    const five = [1, 2, 3, 4, 5]
    const machines = { m1: leads(3), m2: grown, m3: { unreachable: true }, m4: grown, m5: grown } as const
    const told = (force: readonly number[]) => assessed(five, five, machines, force, 'Reconfig', ['m3']).tells
    expect(told([1, 2, 4, 5])?.waits).toContain('zookeeper-3')
    expect(told([1, 2, 3, 4])).toBeDefined()
    expect(told([1, 2, 3, 4])?.waits).toBeUndefined()
  })

  test('counts by the list that it was told, whatever its records still say', () => {
    const quorum = (force: readonly number[]) => assessed([1, 2], [1, 2, 3], { ...three, m1: leads(2) }, force).quorum
    expect(quorum([1, 2])).toMatchObject({ margin: 0, pair: true })
    expect(quorum([1, 2, 3])).toEqual({ voters: 3, serving: 3, majority: 2, margin: 1 })
  })

  test('is told nothing as long as one of them is to be restarted so that it can be told', () => {
    const deaf = { ...grown, list: `${[1, 2, 3].map(line).join('\n')}\nversion=0` }
    const { otherwise, tells } = assessed([1, 2, 3], [1, 2, 3, 4, 5], { ...three, m2: deaf, m4: grown })
    expect(tells).toBeUndefined()
    expect(Object.keys(otherwise ?? {})).toContain('zookeeper-2')
  })

  test('has it: nothing is told, and who does not know of it yet is not as declared', () => {
    const machines = { ...three, m2: { ...grown, list: `${line(1)}\nversion=1` }, m4: grown }
    const { otherwise, tells } = assessed([1, 2, 3], [1, 2, 3, 4, 5], machines, [1, 2, 3, 4])
    expect(tells).toBeUndefined()
    expect(Object.keys(otherwise ?? {})).toEqual(['zookeeper-2'])
  })

  test('without a leader, or with one that does not say its list, is told nothing, and nobody leaves', () => {
    for (const m1 of [grown, { ...leads(2), list: 'nothing' }]) {
      const { otherwise, tells } = assessed([1, 2, 3, 4], [1, 2, 3], { ...three, m1, m4: grown })
      expect([tells, otherwise?.['zookeeper-4']]).toEqual([undefined, 'which list the ensemble has is not known'])
    }
  })

  test('who leaves is counted until it is in the list no more', () => {
    const machines = { ...three, m4: grown }
    const before = assessed([1, 2, 3, 4], [1, 2, 3], machines)
    expect(before.otherwise?.['zookeeper-4']).toBe('it votes by servers 1, 2, 3, 4')
    expect(before.tells?.action).toMatchObject({ servers: [1, 2, 3].map(line) })
    expect(assessed([1, 2, 3, 4], [1, 2, 3], machines, [1, 2, 3]).otherwise).toEqual({})
  })

  test('a leader that leaves is asked by another, and gives the lead up by that', () => {
    const machines = { m1: grown, m2: grown, m3: grown, m4: leads(3) }
    expect(assessed([1, 2, 3, 4], [1, 2, 3], machines).tells).toMatchObject({ host: 'm1', risk: 'leaderChange' })
  })

  test('a leader that leaves and was started to be told nothing counts no more, so that it is restarted', () => {
    const list = [1, 2, 3, 4].map(line).join('\n')
    const m4 = { ...leads(3), list: `${list}\nversion=0` }
    const { otherwise, tells } = assessed([1, 2, 3, 4], [1, 2, 3], { m1: grown, m2: grown, m3: grown, m4 })
    expect([tells, otherwise?.['zookeeper-4']]).toEqual([undefined, undefined])
    expect(Object.keys(otherwise ?? {})).toEqual(['zookeeper-1', 'zookeeper-2', 'zookeeper-3'])
  })

  test('where restarts change it, nothing is told', () => {
    const { otherwise, tells } = assessed([1, 2, 3], [1, 2, 3, 4, 5], { ...three, m4: grown }, [1, 2, 3], 'Restart')
    expect([otherwise, tells]).toEqual([undefined, undefined])
  })
})
