import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { eventually, fakeAgent, registered, startMaster } from './program.ts'
import { subscribe } from './scheduler.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'mesos-master-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('a machine goes through its maintenance only in order, and its agent ends', async () => {
  const master = await startMaster('127.0.214.2')
  const agent = await fakeAgent('127.0.214.12')
  const id = await registered(master, agent)
  const machine = { hostname: '127.0.214.12', ip: '127.0.214.12' }
  const named = JSON.stringify(machine)
  const down = await master.post('/machine/down', [machine])
  expect([down.status, await down.text()]).toEqual([
    400,
    `Machine '${named}' is not in DRAINING mode and cannot be brought down`,
  ])
  const unavailability = {
    start: { nanoseconds: 1_795_171_701_000_000_000 },
    duration: { nanoseconds: 3_600_000_000_000 },
  }
  const windows = [{ machine_ids: [machine], unavailability }]
  expect((await master.post('/maintenance/schedule', { windows })).status).toBe(200)
  expect(await master.json('/maintenance/schedule')).toEqual({ windows })
  expect(await master.json('/maintenance/status')).toEqual({ draining_machines: [{ id: machine }] })
  expect((await master.post('/machine/down', [machine])).status).toBe(200)
  await eventually(() => agent.heard.some(({ name }) => name === 'Shutdown'))
  expect(await master.json('/maintenance/status')).toEqual({ down_machines: [machine] })
  agent.reregister(master.pid, id)
  await eventually(() => agent.heard.some(({ body }) => JSON.stringify(body).includes('Machine is `DOWN`')))
  expect(await (await master.post('/maintenance/schedule', { windows: [] })).text()).toBe(
    `Machine '${named}' is deactivated and cannot be removed from the schedule`,
  )
  expect((await master.post('/machine/up', [machine])).status).toBe(200)
  expect(await master.json('/maintenance/status')).toEqual({})
  expect(await master.json('/maintenance/schedule')).toEqual({})
  expect(await (await master.post('/machine/up', [machine])).text()).toBe(
    `Machine '${named}' is not in DOWN mode and cannot be brought up`,
  )
})

test('a body without windows empties the schedule, as was recorded', async () => {
  const master = await startMaster('127.0.214.3')
  expect((await master.post('/maintenance/schedule', { foo: 1 })).status).toBe(200)
  expect((await master.post('/maintenance/schedule', { windows: [{}] })).status).toBe(400)
})

test('with authentication only health, version and redirect answer everybody', async () => {
  const credentials = join(folder(), 'credentials')
  writeFileSync(credentials, JSON.stringify({ credentials: [{ principal: 'ops', secret: 'unspoken' }] }))
  const master = await startMaster(
    '127.0.214.4',
    '--authenticate_http_readonly',
    '--authenticate_http_readwrite',
    '--authenticate_frameworks',
    '--authenticate_agents',
    `--credentials=${credentials}`,
  )
  const status = async (path: string, secret?: string): Promise<number> => {
    const given =
      secret === undefined ? {} : { Authorization: `Basic ${Buffer.from(`ops:${secret}`).toString('base64')}` }
    return (await fetch(`http://127.0.214.4:5050${path}`, { headers: given, redirect: 'manual' })).status
  }
  for (const path of ['/health', '/version']) expect(await status(path)).toBe(200)
  expect(await status('/redirect')).toBe(307)
  for (const path of [
    '/flags',
    '/state',
    '/slaves',
    '/metrics/snapshot',
    '/maintenance/status',
    '/registrar(1)/registry',
  ]) {
    expect([path, await status(path)]).toEqual([path, 401])
    expect([path, await status(path, 'wrong')]).toEqual([path, 401])
    expect([path, await status(path, 'unspoken')]).toEqual([path, 200])
  }
  expect((await master.post('/api/v1', { type: 'GET_HEALTH' })).status).toBe(401)
  await expect(subscribe(master, {})).rejects.toThrow('401')
  const right = `Basic ${Buffer.from('ops:unspoken').toString('base64')}`
  expect((await subscribe(master, { principal: 'ops' }, right)).id).not.toBe('')
  await expect(subscribe(master, { principal: 'other' }, right)).rejects.toThrow('403')
  const agent = await fakeAgent('127.0.214.14')
  agent.register(master.pid)
  await eventually(() => agent.heard.length > 0)
  expect(agent.heard).toEqual([{ name: 'Shutdown', body: { message: 'Agent is not authenticated' } }])
  expect(master.log()).not.toContain('unspoken')
})

test('a restarted master waits for the agents that its registry names, and ends where too many stay away', async () => {
  const timing = ['--agent_reregister_timeout=3secs', '--recovery_agent_removal_limit=40%']
  const flags = [`--work_dir=${folder()}`, ...timing]
  const first = await startMaster('127.0.214.5', ...flags)
  const [here, away] = [await fakeAgent('127.0.214.15'), await fakeAgent('127.0.214.16')]
  const kept = await registered(first, here)
  const missing = await registered(first, away)
  first.child.kill('SIGKILL')
  await eventually(() => first.child.signalCode !== null)
  const second = await startMaster('127.0.214.5', ...flags)
  here.reregister(second.pid, kept)
  await eventually(() => here.heard.some(({ name }) => name === 'SlaveReregistered'))
  expect(await second.json('/slaves')).toMatchObject({
    slaves: [{ id: kept }],
    recovered_slaves: [{ id: missing, hostname: '127.0.214.16', port: 5051, attributes: { rack: 'r1' } }],
  })
  await eventually(() => second.child.exitCode !== null)
  expect(second.child.exitCode).toBe(1)
  await expect
    .poll(() => second.log(), { timeout: 20_000 })
    .toContain(
      'Post-recovery agent removal limit exceeded! After 3secs there were 1 (50%) agents recovered from the registry that did not reregister: ',
    )
})

test('a restarted master gives up the agents that stay away while they are few enough', async () => {
  const flags = [`--work_dir=${folder()}`, '--agent_reregister_timeout=2secs']
  const first = await startMaster('127.0.214.6', ...flags)
  const id = await registered(first, await fakeAgent('127.0.214.17'))
  first.child.kill('SIGKILL')
  await eventually(() => first.child.signalCode !== null)
  const second = await startMaster('127.0.214.6', ...flags)
  await eventually(() =>
    second.log().includes(`Marked agent ${id} (127.0.214.17) unreachable: did not reregister within 2secs`),
  )
  expect(await second.json('/metrics/snapshot')).toMatchObject({
    'master/recovery_slave_removals': 1,
    'master/slaves_unreachable': 1,
  })
})

test('ACLs bar an agent, a framework and an operator without the right', async () => {
  const acls = {
    permissive: true,
    register_agents: [{ principals: { type: 'ANY' }, agents: { type: 'NONE' } }],
    register_frameworks: [
      { principals: { type: 'ANY' }, roles: { values: ['web'] } },
      { principals: { type: 'ANY' }, roles: { type: 'NONE' } },
    ],
    update_maintenance_schedules: [{ principals: { type: 'NONE' }, machines: { type: 'ANY' } }],
  }
  const master = await startMaster('127.0.214.7', `--acls=${JSON.stringify(acls)}`)
  const agent = await fakeAgent('127.0.214.18')
  agent.register(master.pid)
  await eventually(() => agent.heard.length > 0)
  expect(agent.heard).toEqual([{ name: 'Shutdown', body: { message: 'Not authorized to register agent' } }])
  await expect(subscribe(master, { role: 'batch' })).rejects.toThrow("403 Not authorized to use roles '{ batch }'")
  expect((await subscribe(master, { role: 'web' })).id).not.toBe('')
  expect((await master.post('/maintenance/schedule', { windows: [] })).status).toBe(403)
  const update = { type: 'UPDATE_MAINTENANCE_SCHEDULE', update_maintenance_schedule: { schedule: {} } }
  expect((await master.post('/api/v1', update)).status).toBe(403)
})
