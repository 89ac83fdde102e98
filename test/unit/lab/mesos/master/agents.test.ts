import { expect, test } from 'vitest'
import { eventually, fakeAgent, registered, startMaster } from './program.ts'

interface Listed {
  readonly slaves: readonly { readonly id: string; readonly active: boolean; readonly deactivated: boolean }[]
}

// Long enough for an agent that answers on a loaded machine.
const pings = ['--agent_ping_timeout=500ms', '--max_agent_ping_timeouts=4']

test('an agent that answers no pings is unreachable, and comes back under its id', async () => {
  const master = await startMaster('127.0.212.2', ...pings)
  const agent = await fakeAgent('127.0.212.12')
  const id = await registered(master, agent)
  agent.answers = false
  await eventually(() => master.log().includes(`Marked agent ${id} (127.0.212.12) unreachable: health check timed out`))
  expect(await master.json('/state')).toMatchObject({ activated_slaves: 0, unreachable_slaves: 1, slaves: [] })
  agent.answers = true
  agent.reregister(master.pid, id)
  await eventually(() => agent.heard.some(({ name }) => name === 'SlaveReregistered'))
  expect(await master.json('/slaves')).toMatchObject({ slaves: [{ id, active: true }] })
  expect(await master.json('/metrics/snapshot')).toMatchObject({
    'master/slave_removals': 1,
    'master/slave_removals/reason_unhealthy': 1,
    'master/slave_reregistrations': 1,
  })
})

test('an agent whose process ends is disconnected at once, and a new one at its address takes its place', async () => {
  const master = await startMaster('127.0.212.3')
  const agent = await fakeAgent('127.0.212.13')
  const id = await registered(master, agent)
  await agent.process.close()
  await eventually(() => master.log().includes(`Agent ${id} at slave(1)@127.0.212.13:5051 (127.0.212.13) disconnected`))
  expect(await master.json('/slaves')).toMatchObject({ slaves: [{ id, active: false, deactivated: false }] })
  const next = await registered(master, await fakeAgent('127.0.212.13'))
  expect(next).not.toBe(id)
  const { slaves } = (await master.json('/slaves')) as Listed
  expect(slaves.map((slave) => slave.id)).toEqual([next])
})

test('an agent with another address or a gone one is told to end', async () => {
  const master = await startMaster('127.0.212.4')
  const agent = await fakeAgent('127.0.212.14')
  const id = await registered(master, agent)
  const elsewhere = await fakeAgent('127.0.212.24', '127.0.212.14')
  elsewhere.reregister(master.pid, id)
  await eventually(() => elsewhere.heard.length > 0)
  expect(elsewhere.heard).toEqual([
    { name: 'Shutdown', body: { message: 'Agent attempted to reregister with different IP / hostname' } },
  ])
  const gone = { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id: { value: id } } }
  expect((await master.post('/api/v1', gone)).status).toBe(200)
  await eventually(() => agent.heard.some(({ name }) => name === 'Shutdown'))
  agent.reregister(master.pid, id)
  await eventually(() => master.log().includes('because it is already marked gone'))
  expect(await master.json('/slaves')).toMatchObject({ slaves: [] })
  expect((await master.post('/api/v1', gone)).status).toBe(200)
})

test('the removal rate limit lets one go at a time, and a pong in the meantime keeps the others', async () => {
  const master = await startMaster('127.0.212.5', ...pings, '--agent_removal_rate_limit=1/8secs')
  const [first, second] = [await fakeAgent('127.0.212.15'), await fakeAgent('127.0.212.16')]
  const ids = [await registered(master, first), await registered(master, second)]
  first.answers = false
  second.answers = false
  await eventually(() => master.log().includes('Marked agent'))
  await eventually(() => master.log().split('Scheduling transition').length === 3)
  second.answers = true
  first.answers = true
  await eventually(() => master.log().includes('because a pong was received!'))
  await new Promise((resolve) => setTimeout(resolve, 8500))
  const [, gone] = /Marked agent (\S+)/.exec(master.log()) ?? []
  const { slaves } = (await master.json('/slaves')) as Listed
  expect(slaves.map((slave) => slave.id)).toEqual(ids.filter((id) => id !== gone))
})

test('a drained agent gets no offers and stays so until it is reactivated', async () => {
  const master = await startMaster('127.0.212.6')
  const agent = await fakeAgent('127.0.212.17')
  const id = await registered(master, agent)
  const call = (type: string, extra: object = {}) =>
    master.post('/api/v1', { type, [type.toLowerCase()]: { agent_id: { value: id }, ...extra } })
  expect(await (await call('REACTIVATE_AGENT')).text()).toBe('Agent is not deactivated')
  expect((await call('DRAIN_AGENT', { max_grace_period: { seconds: 5 } })).status).toBe(200)
  await eventually(() => agent.heard.some(({ name }) => name === 'DrainSlave'))
  expect(agent.heard.at(-1)?.body).toEqual({
    config: { mark_gone: false, max_grace_period: { nanoseconds: 5_000_000_000 } },
  })
  await eventually(() => master.log().includes(`Agent ${id} successfully marked as DRAINED`))
  expect(await master.json('/slaves')).toMatchObject({
    slaves: [{ id, active: false, deactivated: true, drain_info: { state: 'DRAINED' } }],
  })
  expect((await call('REACTIVATE_AGENT')).status).toBe(200)
  expect(await master.json('/registrar(1)/registry')).not.toHaveProperty('minimum_capabilities')
})
