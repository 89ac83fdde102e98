import { expect, test, vi } from 'vitest'
import type { Registry } from '../../../../lab/mesos/log/registry.ts'
import * as changes from '../../../../lab/mesos/master/registry-changes.ts'
import type { SlaveInfo } from '../../../../lab/mesos/shapes.ts'

const agent = (id: string): SlaveInfo => ({
  id: { value: id },
  hostname: `${id}.example`,
  port: 5051,
  resources: [],
  checkpoint: true,
})

const after = (...steps: readonly ((registry: Registry) => Registry)[]): Registry =>
  steps.reduce((registry, step) => step(registry), {} as Registry)

test('an agent that was unreachable and comes back leaves an empty list behind, as was recorded', () => {
  const registry = after(
    changes.admitted(agent('S0')),
    changes.unreachable('S0', 1_795_171_705),
    changes.reachable(agent('S0')),
  )
  expect(registry).toEqual({ slaves: { slaves: [{ info: agent('S0'), deactivated: false }] }, unreachable: {} })
})

test('a drained agent stays drained while it is out of reach', () => {
  const config = { mark_gone: false }
  const away = after(
    changes.admitted(agent('S0')),
    changes.draining('S0', config),
    changes.drained('S0'),
    changes.unreachable('S0', 1),
  )
  expect(away.slaves).toEqual({})
  expect(away.unreachable?.slaves?.[0]).toMatchObject({ deactivated: true, drain_info: { state: 'DRAINED', config } })
  const back = changes.reachable(agent('S0'))(away)
  expect(back.slaves?.slaves?.[0]).toMatchObject({ deactivated: true, drain_info: { state: 'DRAINED' } })
})

test('the registry asks for masters that can drain exactly as long as an agent is deactivated', () => {
  const deactivated = after(changes.admitted(agent('S0')), changes.deactivated('S0'))
  expect(deactivated.minimum_capabilities).toEqual([{ capability: 'AGENT_DRAINING' }])
  expect(changes.reactivated('S0')(deactivated)).not.toHaveProperty('minimum_capabilities')
  expect(changes.gone('S0', 1)(deactivated)).not.toHaveProperty('minimum_capabilities')
})

test('a gone agent is nowhere else', () => {
  const registry = after(changes.admitted(agent('S0')), changes.unreachable('S0', 1), changes.gone('S0', 2))
  expect(registry).toEqual({
    slaves: {},
    unreachable: {},
    gone: { slaves: [{ id: { value: 'S0' }, timestamp: { nanoseconds: 2_000_000_000 } }] },
  })
})

test('an agent that the registry never had may register again', () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  expect(after(changes.reachable(agent('S7'))).slaves?.slaves).toEqual([{ info: agent('S7'), deactivated: false }])
  expect(written).toHaveBeenCalledWith(expect.stringContaining('Allowing UNKNOWN agent to reregister'))
  written.mockRestore()
})
