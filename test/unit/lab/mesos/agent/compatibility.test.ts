import { describe, expect, test } from 'vitest'
import { parseAttributes } from '../../../../lab/mesos/agent/attributes.ts'
import { incompatibility } from '../../../../lab/mesos/agent/compatibility.ts'
import { parseResources } from '../../../../lab/mesos/agent/machine-resources.ts'
import type { SlaveInfo } from '../../../../lab/mesos/messages.ts'

const ruler = '------------------------------------------------------------'
const agent = (
  attributes = 'rack:r1;zone:z1',
  resources = 'cpus:2;mem:1024;ports:[31000-31100]',
  hostname = '127.0.4.12',
): SlaveInfo => ({
  hostname,
  port: 5051,
  resources: parseResources(resources),
  attributes: parseAttributes(attributes),
  id: { value: 'a-S0' },
  checkpoint: true,
})

describe('the policy equal', () => {
  test('lets the same agent back, whatever the order of its resources', () => {
    const turned = agent('zone:z1;rack:r1', 'mem:1024;ports:[31000-31100];cpus:2')
    expect(incompatibility('equal', agent(), turned)).toBeUndefined()
  })

  test.each([
    ['a value', agent('rack:CHANGED;zone:z1')],
    ['one more', agent('rack:r1;zone:z1;gen:g2')],
    ['more of a resource', agent(undefined, 'cpus:4;mem:1024;ports:[31000-31100]')],
    ['a host name', agent(undefined, undefined, 'agent-renamed')],
    ['a port', { ...agent(), port: 5061 }],
  ])('refuses %s', (_, changed) => {
    expect(incompatibility('equal', agent(), changed)).toContain('Incompatible agent info detected. ')
  })

  test('shows both agents as the recordings do', () => {
    const before: SlaveInfo = { ...agent('rack:r1', 'ports:[1-2]'), port: 5051 }
    const [head, old] = (incompatibility('equal', before, agent('rack:r2', 'ports:[1-2]')) ?? '').split(
      'New agent info:',
    )
    expect(`${head}`).toBe(
      `Incompatible agent info detected. \n\n${ruler}\nOld agent info:\nhostname: "127.0.4.12"\nresources {\n  name: "ports"\n  type: RANGES\n  ranges {\n    range {\n      begin: 1\n      end: 2\n    }\n  }\n}\nattributes {\n  name: "rack"\n  type: TEXT\n  text {\n    value: "r1"\n  }\n}\nid {\n  value: "a-S0"\n}\ncheckpoint: true\nport: 5051\n\n\n${ruler}\n`,
    )
    expect(old?.endsWith(`port: 5051\n\n\n${ruler}`)).toBe(true)
  })
})

describe('the policy additive', () => {
  const refused = "Configuration change not permitted under 'additive' policy"

  test.each([
    ['one more attribute', agent('rack:r1;zone:z1;gen:g2')],
    ['more of an amount', agent(undefined, 'cpus:4;mem:1024;ports:[31000-31100]')],
    ['a wider range', agent(undefined, 'cpus:2;mem:1024;ports:[30000-32000]')],
    ['a new resource', agent(undefined, 'cpus:2;mem:1024;ports:[31000-31100];gpus:1')],
  ])('lets %s pass', (_, changed) => {
    expect(incompatibility('additive', agent(), changed)).toBeUndefined()
  })

  test.each([
    [agent('rack:CHANGED;zone:z1'), `${refused}: Value of text attribute 'rack' changed from r1 to CHANGED`],
    [agent('rack:r1'), `${refused}: Couldn't find attribute zone:z1`],
    [
      agent(undefined, 'cpus:2;mem:512;ports:[31000-31100]'),
      `${refused}: Value of scalar resource 'mem' decreased from 1024 to 512`,
    ],
    [
      agent(undefined, 'cpus:2;mem:1024;ports:[31000-31050]'),
      `${refused}: Previous value of range resource 'ports' ([31000-31100]) not included in current [31000-31050]`,
    ],
    [
      agent(undefined, undefined, 'other'),
      'Configuration change not permitted under `additive` policy: Hostname changed from 127.0.4.12 to other',
    ],
  ])('refuses what takes something away (%#)', (changed, words) => {
    expect(incompatibility('additive', agent(), changed)).toBe(words)
  })
})
