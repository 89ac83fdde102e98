import { describe, expect, it } from 'vitest'
import { everyFault } from '../../e2e/every-fault.ts'
import { longestGap } from '../../e2e/prometheus-saw.ts'

describe('the list of faults', () => {
  it('has a name of its own for each, so that a row says which it was', () => {
    const names = everyFault.map(({ name }) => name)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it.each(['ZooKeeper server', 'Spark master', 'Spark worker', 'shuffle service', 'history server'])(
    'has every harm for the %s',
    (daemon) => {
      const names = everyFault.map(({ name }) => name).filter((name) => name.startsWith(daemon))
      const harms = [
        'kill -9',
        'kill -9 until systemd gives up',
        'unit stopped',
        'unit disabled',
        'unit stopped and masked',
      ]
      const files = ['unit file edited', 'unit file deleted']
      for (const harm of [...harms, ...files])
        expect(names.filter((name) => name.endsWith(`: ${harm}`))).not.toEqual([])
      expect(names.filter((name) => /software damaged \(.* removed\)/.test(name))).toHaveLength(1)
      expect(names.filter((name) => /software damaged \(.* edited\)/.test(name))).toHaveLength(1)
    },
  )
})

describe('the gap in what Prometheus scraped', () => {
  it('is the longest time without an answer, at the edges too', () => {
    expect(longestGap([1, 2, 3, 7, 8], 0, 9)).toBe(4)
    expect(longestGap([5, 6], 0, 7)).toBe(5)
    expect(longestGap([], 0, 60)).toBe(60)
  })
})
