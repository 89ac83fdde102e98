import { describe, expect, test } from 'vitest'
import { dataDirectory } from './common.ts'
import { joinMount, systemPathRefusal } from './paths.ts'
import { javaMemory, memoryMiB } from './quantity.ts'

describe('places for data', () => {
  test.each([
    '/etc',
    '/etc/zk',
    '/usr/share/zk',
    '/',
    '/var',
    '/var/lib',
    '/home',
    '/opt',
    '/opt/ironherd/x',
    '/var/log/zk',
    '/root/x',
  ])('%s is refused', (path) => {
    expect(systemPathRefusal(path)).toContain(path)
  })

  test.each(['/data', '/data/zk', '/var/lib/zookeeper', '/opt/zk', '/srv/zk', '/etcetera/zk', '/home/zk/data'])(
    '%s is taken',
    (path) => {
      expect(systemPathRefusal(path)).toBeUndefined()
    },
  )

  test.each(['../etc', 'a/../b', '/a', 'a//b', 'a/', '.', '..', 'a b', 'a\nb', 'a:b', 'a%b', '$a', ''])(
    'the path %j below a mount is refused',
    (path) => {
      expect(dataDirectory.safeParse({ mount: '/data', path }).success).toBe(false)
    },
  )

  test.each(['zk', 'zk/data', '.hidden/x', 'a.b-c_d@e+f=g', '1'])('the path %j below a mount is taken', (path) => {
    expect(dataDirectory.safeParse({ mount: '/', path }).success).toBe(true)
    expect(joinMount('/', path)).toBe(`/${path}`)
    expect(joinMount('/data', path)).toBe(`/data/${path}`)
  })
})

test('memory is read as Java reads it', () => {
  expect([memoryMiB('512m'), memoryMiB('512Mi'), memoryMiB('2g'), memoryMiB('2Gi')]).toEqual([512, 512, 2048, 2048])
  expect(javaMemory('2Gi')).toBe('2048m')
  expect(() => memoryMiB('2')).toThrow(RangeError)
})
