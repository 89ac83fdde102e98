import { expect, test } from 'vitest'
import { contains, format, minus, plus, totals } from '../../../../lab/mesos/master/resources.ts'
import type { Resource } from '../../../../lab/mesos/shapes.ts'

const cpus = (value: number, role = '*'): Resource => ({ name: 'cpus', type: 'SCALAR', scalar: { value }, role })
const ports = (...range: readonly (readonly [number, number])[]): Resource => ({
  name: 'ports',
  type: 'RANGES',
  ranges: { range: range.map(([begin, end]) => ({ begin, end })) },
  role: '*',
})

test('what is taken from ports leaves the ranges around it', () => {
  expect(minus([ports([31000, 31100])], [ports([31010, 31010], [31090, 31100])])).toEqual([
    ports([31000, 31009], [31011, 31089]),
  ])
})

test('ports that come back grow together again', () => {
  expect(plus([ports([31000, 31009], [31011, 31100])], [ports([31010, 31010])])).toEqual([ports([31000, 31100])])
})

test('a tenth of a processor taken and given back again and again leaves nothing over', () => {
  let left: readonly Resource[] = [cpus(2)]
  for (let round = 0; round < 20; round++) left = minus(left, [cpus(0.1)])
  expect(left).toEqual([])
  for (let round = 0; round < 20; round++) left = plus(left, [cpus(0.1)])
  expect(left).toEqual([cpus(2)])
})

test('what is reserved for one role does not serve another', () => {
  expect(contains([cpus(1), cpus(1, 'ads')], [cpus(2)])).toBe(false)
  expect(contains([cpus(1), cpus(1, 'ads')], [cpus(1, 'ads')])).toBe(true)
})

test('two demands for one port are more than there is', () => {
  expect(contains([cpus(1)], [cpus(0.6), cpus(0.6)])).toBe(false)
  expect(contains([ports([1, 2])], [ports([2, 3])])).toBe(false)
})

test('resources are shown as /state and the log show them', () => {
  const all: readonly Resource[] = [
    cpus(2),
    { name: 'mem', type: 'SCALAR', scalar: { value: 1024 } },
    ports([31000, 31100]),
  ]
  expect(totals(all)).toEqual({ disk: 0, mem: 1024, gpus: 0, cpus: 2, ports: '[31000-31100]' })
  expect(format(all)).toBe('cpus:2; mem:1024; ports:[31000-31100]')
})
