import { expect, test } from 'vitest'
import { attributesOf, formatAttributes, parseAttributes } from '../../../../lab/mesos/agent/attributes.ts'
import { agentResources, parseResources } from '../../../../lab/mesos/agent/machine-resources.ts'

test('resources are read as the flag of the recordings states them', () => {
  expect(parseResources('cpus:2;mem:1024;disk:2048;ports:[31000-31100]')).toEqual([
    { name: 'cpus', type: 'SCALAR', scalar: { value: 2 } },
    { name: 'mem', type: 'SCALAR', scalar: { value: 1024 } },
    { name: 'disk', type: 'SCALAR', scalar: { value: 2048 } },
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 31000, end: 31100 }] } },
  ])
})

test('a role, several ranges, a set and a JSON list are resources too', () => {
  expect(parseResources('cpus(ads):0.5;ports:[1-2, 5-9];disks:{sda,sdb}')).toEqual([
    { name: 'cpus', type: 'SCALAR', scalar: { value: 0.5 }, role: 'ads' },
    {
      name: 'ports',
      type: 'RANGES',
      ranges: {
        range: [
          { begin: 1, end: 2 },
          { begin: 5, end: 9 },
        ],
      },
    },
    { name: 'disks', type: 'SET', set: { item: ['sda', 'sdb'] } },
  ])
  expect(parseResources('[{"name":"cpus","type":"SCALAR","scalar":{"value":2}}]')).toEqual([
    { name: 'cpus', type: 'SCALAR', scalar: { value: 2 } },
  ])
})

test('text is no amount of a resource', () => {
  expect(() => parseResources('cpus:abc')).toThrow('Bad type for resource cpus value abc type TEXT')
  expect(() => parseResources('cpus')).toThrow("Bad value for resources, missing or extra ':' in cpus")
})

test('what the flag does not state comes from the machine', () => {
  const resources = agentResources('cpus:2;gpus:1', '/', '*')
  expect(resources.map(({ name }) => name)).toEqual(['cpus', 'gpus', 'mem', 'disk', 'ports'])
  expect(resources[0]?.scalar?.value).toBe(2)
  expect(resources[2]?.scalar?.value).toBeGreaterThan(0)
  expect(resources[4]?.ranges?.range).toEqual([{ begin: 31000, end: 32000 }])
})

test('a default role goes to resources without one', () => {
  expect(parseResources('cpus:1;mem(b):2', 'a').map(({ role }) => role)).toEqual(['a', 'b'])
})

test('attributes are text, numbers and ranges', () => {
  const attributes = parseAttributes('rack:r1;zone:z1;weight:4;ids:[1-3]')
  expect(formatAttributes(attributes)).toBe('rack=r1, zone=z1, weight=4, ids=[1-3]')
  expect(attributesOf(attributes)).toEqual({ rack: 'r1', zone: 'z1', weight: 4, ids: '[1-3]' })
})
