import { mkdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RegisterSlave, ReregisterSlave } from '../../../../lab/mesos/messages.ts'
import { agentId, agentIp, FakeMaster, Machine } from './harness.ts'

let master: FakeMaster
let machine: Machine
const latest = (): string => join(machine.work, 'meta', 'slaves', 'latest')

beforeEach(async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  master = await FakeMaster.start()
  machine = await Machine.create()
})

afterEach(async () => {
  machine.remove()
  await master.process.close()
})

/** An agent that was registered once and is gone. */
async function former(): Promise<void> {
  const agent = machine.start(master.address)
  await master.next('UpdateSlaveMessage')
  agent.child.kill('SIGKILL')
  await agent.end
  // Nothing of it is taken for a word of the next one.
  master.forget()
}

test('an agent registers, keeps what it is in its work directory, and leaves on SIGTERM as glog says', async () => {
  const agent = machine.start(master.address)
  const { body } = await master.next<RegisterSlave>('RegisterSlaveMessage')
  await master.next('UpdateSlaveMessage')
  expect(body.slave).toMatchObject({ hostname: agentIp, port: machine.port, checkpoint: true })
  expect(body.version).toBe('1.12.0')

  const meta = join(machine.work, 'meta')
  expect(readlinkSync(latest())).toBe(join(meta, 'slaves', agentId))
  expect(statSync(join(meta, 'boot_id')).size).toBe(36)
  expect(statSync(join(meta, 'boot_id')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(latest(), 'slave.info'), 'utf8')).toContain(`"value":"${agentId}"`)

  agent.child.kill('SIGTERM')
  expect(await agent.end).toBe('SIGTERM')
  await expect.poll(() => agent.log(), { timeout: 20_000 }).toContain('logging.cpp:98] RAW: Received signal SIGTERM')
})

test('the endpoints of an idle agent answer as recorded', async () => {
  const { url } = machine.start(master.address)
  await master.next('UpdateSlaveMessage')
  await master.next('RegisterSlaveMessage')
  const get = (path: string): Promise<unknown> => fetch(`${url}${path}`).then((response) => response.json())
  const call = (type: string): Promise<unknown> =>
    fetch(`${url}/api/v1`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ type }),
    }).then((response) => response.json())

  expect((await fetch(`${url}/health`)).status).toBe(200)
  expect((await fetch(`${url}/no-such`)).status).toBe(404)
  expect(await get('/containers')).toEqual([])
  expect(await get('/slave(1)/containers')).toEqual([])
  expect(await get('/monitor/statistics')).toEqual([])
  expect(await get('/flags')).toMatchObject({ flags: { work_dir: machine.work, recover: 'reconnect' } })
  expect(await get('/state')).toMatchObject({
    id: agentId,
    pid: `slave(1)@${agentIp}:${machine.port}`,
    resources: { disk: 2048, mem: 1024, gpus: 0, cpus: 2, ports: '[31000-31100]' },
    attributes: { rack: 'r1', zone: 'z1' },
    frameworks: [],
    completed_frameworks: [],
  })
  expect(await call('GET_HEALTH')).toEqual({ type: 'GET_HEALTH', get_health: { healthy: true } })
  expect(await call('GET_CONTAINERS')).toEqual({ type: 'GET_CONTAINERS' })
  expect(await call('GET_TASKS')).toEqual({
    type: 'GET_TASKS',
    get_tasks: { pending_tasks: [], queued_tasks: [], launched_tasks: [], terminated_tasks: [], completed_tasks: [] },
  })
  const refused = await fetch(`${url}/api/v1`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"type":"NO_SUCH_CALL"}',
  })
  expect(refused.status).toBe(400)
  expect(await refused.text()).toBe("Failed to validate agent::Call: Expecting 'type' to be present")
})

test('credentials guard the endpoints that are told to be guarded', async () => {
  const credentials = join(machine.work, 'credentials')
  writeFileSync(credentials, '{"credentials":[{"principal":"ops","secret":"words"}]}')
  const { url } = machine.start(master.address, ['--authenticate_http_readonly', `--http_credentials=${credentials}`])
  await master.next('UpdateSlaveMessage')
  await master.next('RegisterSlaveMessage')
  expect((await fetch(`${url}/state`)).status).toBe(401)
  const authorization = `Basic ${Buffer.from('ops:words').toString('base64')}`
  expect((await fetch(`${url}/state`, { headers: { authorization } })).status).toBe(200)
})

describe('an agent that comes back', () => {
  test('is the same agent', async () => {
    await former()
    machine.start(master.address)
    const { body } = await master.next<ReregisterSlave>('ReregisterSlaveMessage')
    expect(body.slave.id?.value).toBe(agentId)
  })

  test('with other attributes goes at once, with status 1 and the words of the recording', async () => {
    await former()
    const agent = machine.start(master.address, ['--attributes=rack:CHANGED;zone:z1'])
    expect(await agent.end).toBe(1)
    await expect
      .poll(() => agent.log(), { timeout: 20_000 })
      .toContain('slave.cpp:8366] EXIT with status 1: Failed to perform recovery: Incompatible agent info detected. \n')
    await expect
      .poll(() => agent.log(), { timeout: 20_000 })
      .toContain(`rm -f ${latest()}\nThis ensures that the agent does not recover old live executors.`)
    expect(readlinkSync(latest())).toContain(agentId)
  })

  test('with more attributes is let back where additions are allowed', async () => {
    await former()
    const grown = machine.start(master.address, [
      '--attributes=rack:r1;zone:z1;gen:g2',
      '--reconfiguration_policy=additive',
    ])
    const { body } = await master.next<ReregisterSlave>('ReregisterSlaveMessage')
    expect(body.slave.attributes).toHaveLength(3)
    await master.next('UpdateSlaveMessage')
    grown.child.kill('SIGKILL')
    await grown.end
    // What it became is what it is compared with from then on.
    expect(await machine.start(master.address).end).toBe(1)
  })

  test('after a reboot with other attributes is a new agent, and with the same ones the old one', async () => {
    await former()
    const boot = { LAB_MESOS_BOOT_ID: '592bb10d-2b48-4fbf-95d8-75573fb96e7a' }
    const same = machine.start(master.address, [], boot)
    await master.next('ReregisterSlaveMessage')
    await expect.poll(() => same.log(), { timeout: 20_000 }).toContain('state.cpp:100] Agent host rebooted')
    same.child.kill('SIGKILL')
    await same.end
    const other = machine.start(master.address, ['--attributes=rack:CHANGED'], {
      LAB_MESOS_BOOT_ID: 'other-boot',
    })
    const { body } = await master.next<RegisterSlave>('RegisterSlaveMessage')
    expect(body.slave.id).toBeUndefined()
    await expect
      .poll(() => other.log(), { timeout: 20_000 })
      .toContain('slave.cpp:7972] Falling back to recover as a new agent due to error: Incompatible')
  })

  test('without `latest` is a new agent, and the old one is collected', async () => {
    await former()
    rmSync(latest())
    const agent = machine.start(master.address)
    await master.next('RegisterSlaveMessage')
    await expect
      .poll(() => agent.log(), { timeout: 20_000 })
      .toContain(`state.cpp:112] Failed to find the latest agent from '${machine.work}/meta'`)
    await expect
      .poll(() => agent.log(), { timeout: 20_000 })
      .toContain(`slave.cpp:8421] Garbage collecting old agent ${agentId}`)
  })

  test('with an empty slave.info is a new agent', async () => {
    await former()
    writeFileSync(join(latest(), 'slave.info'), '')
    const agent = machine.start(master.address)
    await master.next('RegisterSlaveMessage')
    await expect.poll(() => agent.log(), { timeout: 20_000 }).toContain('state.cpp:176] Found empty agent info file')
  })

  test('with a damaged slave.info goes, unless it is told not to be strict', async () => {
    await former()
    writeFileSync(join(latest(), 'slave.info'), 'garbage')
    const strict = machine.start(master.address)
    expect(await strict.end).toBe(1)
    await expect
      .poll(() => strict.log(), { timeout: 20_000 })
      .toContain(
        `Failed to perform recovery: Failed to read agent info from '${machine.work}/meta/slaves/${agentId}/slave.info': Failed to read message of size`,
      )
    machine.start(master.address, ['--no-strict'])
    await master.next('RegisterSlaveMessage')
  })

  test('with a framework whose folder was just made comes back without it', async () => {
    await former()
    mkdirSync(join(latest(), 'frameworks', 'f', 'executors'), { recursive: true })
    machine.start(master.address)
    const { body } = await master.next<ReregisterSlave>('ReregisterSlaveMessage')
    expect(body.frameworks).toEqual([])
  })

  test('to clean up goes with status 0 and leaves `latest`', async () => {
    await former()
    const agent = machine.start(master.address, ['--recover=cleanup'])
    expect(await agent.end).toBe(0)
    expect(readlinkSync(latest())).toContain(agentId)
  })
})

describe('an agent that is told to end', () => {
  test('by its master goes with status 0', async () => {
    master.shutdownWords = 'Agent has been marked gone'
    const agent = machine.start(master.address)
    expect(await agent.end).toBe(0)
    await master.next('RegisterSlaveMessage')
    await expect
      .poll(() => agent.log(), { timeout: 20_000 })
      .toContain(
        `slave.cpp:1041] Agent asked to shut down by master@${master.address} because 'Agent has been marked gone'`,
      )
  })

  test('by SIGUSR1 unregisters first', async () => {
    const agent = machine.start(master.address)
    await master.next('UpdateSlaveMessage')
    await master.next('RegisterSlaveMessage')
    agent.child.kill('SIGUSR1')
    const { body } = await master.next('UnregisterSlaveMessage')
    expect(body).toEqual({ slave_id: { value: agentId } })
    expect(await agent.end).toBe(0)
  })
})

describe('a mistake in the flags', () => {
  test.each([
    ['--resources=cpus:abc', 1, 'Failed to determine agent resources: Bad type for resource cpus value abc type TEXT'],
    ['--attributes=garbage', 'SIGABRT', "attributes.cpp:168] Invalid attribute key:value pair 'garbage'"],
    [
      '--isolation=no/such',
      1,
      "Failed to create a containerizer: Could not create MesosContainerizer: Unknown or unsupported isolator 'no/such'",
    ],
    ['--containerizers=docker', 1, 'Failed to create a containerizer: Could not create DockerContainerizer'],
    ['--ip=10.9.9.9', 'SIGABRT', 'Failed to bind on 10.9.9.9'],
  ])('%s ends it', async (flag, end, words) => {
    const agent = machine.start(master.address, [flag, '--docker=/no/such/docker'])
    expect(await agent.end).toBe(end)
    await expect.poll(() => agent.log(), { timeout: 20_000 }).toContain(words)
  })
})
