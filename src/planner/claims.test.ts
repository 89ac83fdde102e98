import { describe, expect, test } from 'vitest'
import { desiredFile, fleet, machine, member, object } from '../../test/unit/builders.ts'
import type { Member } from '../model/member.ts'
import { claimsOf, collisions } from './claims.ts'

const older = '2026-01-01T00:00:00Z'
const younger = '2026-02-01T00:00:00Z'
const other = { kind: 'SparkCluster', namespace: 'default', name: 'spark' }

/** Same host as member 1, with nothing in common but what is given. */
function neighbour(more: Partial<Member>): Member {
  const base = member(1, { id: 'worker' })
  return { ...base, ports: [], dataDirectories: [], files: [], ...more }
}

function codes(first: Member, second: Member, firstAge = older, secondAge = younger): readonly string[] {
  const facts = fleet([first])
  return collisions(claimsOf(other, secondAge, [second], facts), claimsOf(object, firstAge, [first], facts)).map(
    ({ code }) => code,
  )
}

describe('claims of two objects on one machine', () => {
  const port = { port: 2181, purpose: 'web UI', field: 'spec.x' }

  test('collide when they are the same port', () => {
    expect(codes(member(1), neighbour({ ports: [port] }))).toEqual(['PortCollision'])
  })

  test('collide when one directory is the other one or lies in it, and not when names only begin alike', () => {
    for (const path of ['/data/zk', '/data/zk/inner', '/data']) {
      expect(codes(member(1), neighbour({ dataDirectories: [path] }))).toEqual(['DirectoryCollision'])
    }
    expect(codes(member(1), neighbour({ dataDirectories: ['/data/zk2'] }))).toEqual([])
  })

  test('collide when both write one file with other content, and not with the same', () => {
    const first = { ...member(1), files: [desiredFile('/etc/shared.conf', 'a')] }
    expect(codes(first, neighbour({ files: [desiredFile('/etc/shared.conf', 'b')] }))).toEqual(['InvalidSpec'])
    expect(codes(first, neighbour({ files: [desiredFile('/etc/shared.conf', 'a')] }))).toEqual([])
  })

  test('collide when both have one unit', () => {
    expect(codes(member(1), neighbour({ unit: member(1).unit }))).toContain('InvalidSpec')
  })

  test('stop only the younger object, and by name when both are of one age', () => {
    const rival = neighbour({ ports: [port] })
    expect(codes(member(1), rival, younger, older)).toEqual([])
    // SparkCluster… < ZookeeperCluster…
    expect(codes(member(1), rival, older, older)).toEqual([])
  })

  test('do not collide on different machines', () => {
    const facts = fleet([member(1), member(2)])
    const found = collisions(claimsOf(other, younger, [member(2)], facts), claimsOf(object, older, [member(1)], facts))
    expect(found).toEqual([])
  })

  test('collide when two Host objects name one machine', () => {
    const facts = { m1: machine([member(1)], { machineId: 'box' }), m2: machine([member(2)], { machineId: 'box' }) }
    const found = collisions(claimsOf(other, younger, [member(2)], facts), claimsOf(object, older, [member(1)], facts))
    expect(found.map(({ code }) => code)).toContain('PortCollision')
  })
})

function znode(connect: string, path = '/spark') {
  return { connect, path, field: 'spec.standalone.recovery.path' }
}

describe('what two objects keep in ZooKeeper', () => {
  const firstKey = { kind: 'SparkCluster', namespace: 'default', name: 'first' }
  const at = (n: number, connect: string, path?: string) => ({ ...member(n), znodes: [znode(connect, path)] })

  function found(first: readonly Member[], second: readonly Member[], age = younger) {
    const all = [...first, ...second]
    return collisions(claimsOf(other, age, second, fleet(all)), claimsOf(firstKey, older, first, fleet(all)))
  }

  test('collides wherever their members run, once, and the message names both objects, field and value', () => {
    const masters = [at(1, 'a:2181,b:2181,c:2181'), at(2, 'a:2181,b:2181,c:2181')]
    const rivals = [at(3, 'C:2181,a:2181,b:2181'), at(4, 'C:2181,a:2181,b:2181')]
    const [only, ...more] = found(masters, rivals)
    expect(more).toEqual([])
    expect(only?.code).toBe('RecoveryPathCollision')
    expect(only?.message).toMatch(
      /^spec\.standalone\.recovery\.path: \/spark on .*C:2181.* of SparkCluster\/default\/spark /,
    )
    expect(only?.message).toContain('is also spec.standalone.recovery.path of SparkCluster/default/first')
  })

  test('collides as soon as they have one server in common', () => {
    expect(found([at(1, 'a:2181')], [at(2, 'b:2181,a:2181')])).toHaveLength(1)
  })

  test('does not collide on another path or another ensemble, nor for the older of the two', () => {
    expect(found([at(1, 'a:2181')], [at(2, 'a:2181', '/spark-2')])).toEqual([])
    expect(found([at(1, 'a:2181')], [at(2, 'b:2181')])).toEqual([])
    expect(found([at(1, 'a:2181')], [at(2, 'a:2181')], '2025-01-01T00:00:00Z')).toEqual([])
  })
})

describe('claims of one object', () => {
  test('collide with each other, and the message names both fields', () => {
    const second = neighbour({ ports: [{ port: 2181, purpose: 'web UI', field: 'spec.webUiPort' }] })
    const [found] = collisions(claimsOf(object, older, [member(1), second], fleet([member(1)])), [])
    expect(found?.message).toMatch(/spec\.webUiPort.*spec\.ports\.client/)
  })

  test('collide within one member: two ports of one number', () => {
    const port = member(1).ports[0] ?? { port: 0, purpose: '', field: '' }
    const twice = { ...member(1), ports: [port, { ...port, field: 'spec.metrics.port' }] }
    expect(collisions(claimsOf(object, older, [twice], {}), [])).toHaveLength(1)
  })

  test('do not collide where members share what they keep in ZooKeeper', () => {
    const masters = [1, 2].map((n) => ({ ...member(n), znodes: [znode('a:2181,b:2181')] }))
    expect(collisions(claimsOf(object, older, masters, fleet(masters)), [])).toEqual([])
  })

  test('are not compared with an older self', () => {
    const own = claimsOf(object, older, [member(1)], {})
    expect(collisions(own, own)).toEqual([])
  })
})
