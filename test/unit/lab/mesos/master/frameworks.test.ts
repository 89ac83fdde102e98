import { expect, test } from 'vitest'
import { eventually, type FakeAgent, fakeAgent, type Running, registered, startMaster } from './program.ts'
import { type Event, type Scheduler, subscribe } from './scheduler.ts'

interface Offer {
  readonly id: { readonly value: string }
  readonly agent_id: { readonly value: string }
}

const aware = { capabilities: [{ type: 'PARTITION_AWARE' }] }
const half = [
  { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 64 } },
]

async function offer(framework: Scheduler): Promise<Offer> {
  const { offers } = (await framework.event('OFFERS')).offers as { offers: readonly Offer[] }
  const [first] = offers
  if (first === undefined) throw new Error('OFFERS without an offer')
  return first
}

async function launch(framework: Scheduler, name: string, resources: unknown = half): Promise<Offer> {
  const taken = await offer(framework)
  const task = { name, task_id: { value: name }, agent_id: taken.agent_id, resources, command: { value: 'sleep 9' } }
  const operations = [{ type: 'LAUNCH', launch: { task_infos: [task] } }]
  expect(await framework.call('ACCEPT', { offer_ids: [taken.id], operations })).toMatchObject({ status: 202 })
  return taken
}

function update(agent: FakeAgent, master: Running, framework: string, task: string, id: string, state: string): void {
  const status = { task_id: { value: task }, state, source: 'SOURCE_EXECUTOR', timestamp: 1 }
  const about = {
    framework_id: { value: framework },
    slave_id: { value: id },
    status,
    timestamp: 1,
    uuid: 'AAAAAAAAAAAAAAAAAAAAAA==',
  }
  const body = { update: about, pid: 'slave(1)' }
  agent.process.send('slave(1)', master.pid, 'mesos.internal.StatusUpdateMessage', body)
}

const tasksOf = (master: Running): Promise<unknown> => master.json('/tasks')

test('a task is launched on an offer, its states reach the framework, and its end is over once acknowledged', async () => {
  const master = await startMaster('127.0.213.2')
  const agent = await fakeAgent('127.0.213.12')
  const id = await registered(master, agent)
  const framework = await subscribe(master, aware)
  await launch(framework, 'one')
  await eventually(() => agent.heard.some(({ name }) => name === 'RunTask'))
  expect(await master.json('/slaves')).toMatchObject({ slaves: [{ used_resources: { cpus: 1, mem: 64 } }] })
  update(agent, master, framework.id, 'one', id, 'TASK_RUNNING')
  await framework.event('UPDATE')
  update(agent, master, framework.id, 'one', id, 'TASK_FINISHED')
  const finished = (event: Event): boolean => JSON.stringify(event.update).includes('TASK_FINISHED')
  const { status } = (await framework.event('UPDATE', finished)).update as { status: { uuid: string } }
  expect(await master.json('/frameworks')).toMatchObject({ frameworks: [{ tasks: [{ state: 'TASK_FINISHED' }] }] })
  await framework.call('ACKNOWLEDGE', { agent_id: { value: id }, task_id: { value: 'one' }, uuid: status.uuid })
  await eventually(() => agent.heard.some(({ name }) => name === 'StatusUpdateAcknowledgement'))
  expect(await master.json('/frameworks')).toMatchObject({
    frameworks: [{ tasks: [], completed_tasks: [{ id: 'one' }], used_resources: { cpus: 0 } }],
  })
})

test('a task that wants more than the offer has is an error, and an offer is good for one acceptance', async () => {
  const master = await startMaster('127.0.213.3')
  await registered(master, await fakeAgent('127.0.213.13'))
  const framework = await subscribe(master, aware)
  const taken = await launch(framework, 'big', [{ name: 'cpus', type: 'SCALAR', scalar: { value: 3 } }])
  expect((await framework.event('UPDATE')).update).toMatchObject({
    status: { state: 'TASK_ERROR', reason: 'REASON_TASK_INVALID', source: 'SOURCE_MASTER' },
  })
  const late = { name: 'late', task_id: { value: 'late' }, agent_id: taken.agent_id, resources: half, command: {} }
  const operations = [{ type: 'LAUNCH', launch: { task_infos: [late] } }]
  await framework.call('ACCEPT', { offer_ids: [taken.id], operations })
  const isLate = (event: Event): boolean => JSON.stringify(event.update).includes('late')
  expect((await framework.event('UPDATE', isLate)).update).toMatchObject({
    status: { state: 'TASK_DROPPED', reason: 'REASON_INVALID_OFFERS' },
  })
})

test('what one framework declines goes to another, and comes back to the first only after its filter', async () => {
  const master = await startMaster('127.0.213.4', '--allocation_interval=100ms')
  await registered(master, await fakeAgent('127.0.213.14'))
  const first = await subscribe(master, aware)
  const declined = await offer(first)
  const second = await subscribe(master, { ...aware, name: 'second' })
  expect(second.events.map(({ type }) => type)).toEqual(['SUBSCRIBED'])
  await first.call('DECLINE', { offer_ids: [declined.id], filters: { refuse_seconds: 60 } })
  const taken = await offer(second)
  await second.call('DECLINE', { offer_ids: [taken.id], filters: { refuse_seconds: 60 } })
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(first.events.filter(({ type }) => type === 'OFFERS')).toHaveLength(1)
  await first.call('REVIVE')
  await first.event('OFFERS', (event) => !JSON.stringify(event).includes(`"${declined.id.value}"`))
})

test('a framework that comes back in time keeps its tasks; after its timeout it is over for ever', async () => {
  const master = await startMaster('127.0.213.5')
  const agent = await fakeAgent('127.0.213.15')
  await registered(master, agent)
  const lasting = { ...aware, failover_timeout: 1 }
  const before = await subscribe(master, lasting)
  await launch(before, 'kept')
  before.disconnect()
  await eventually(() => master.log().includes('1secs to failover'))
  const after = await subscribe(master, { ...lasting, id: { value: before.id } })
  expect(after.id).toBe(before.id)
  // Longer than its timeout: it came back in time.
  await new Promise((resolve) => setTimeout(resolve, 1300))
  expect(await master.json('/frameworks')).toMatchObject({ frameworks: [{ active: true, tasks: [{ id: 'kept' }] }] })
  const other = await subscribe(master, { ...lasting, id: { value: before.id } })
  await eventually(() => after.ended())
  expect((await after.event('ERROR')).error).toEqual({ message: 'Framework failed over' })
  other.disconnect()
  await eventually(() => master.log().includes('Framework failover timeout, removing framework'))
  await eventually(() => agent.heard.some(({ name }) => name === 'ShutdownFramework'))
  expect(await master.json('/frameworks')).toMatchObject({
    frameworks: [],
    completed_frameworks: [{ id: before.id, completed_tasks: [{ id: 'kept', state: 'TASK_KILLED' }] }],
  })
  const late = await subscribe(master, { ...lasting, id: { value: before.id } })
  expect((await late.event('ERROR')).error).toEqual({ message: 'Framework has been removed' })
})

test('without checkpointing a task is lost with its agent, with checkpointing it waits for the agent', async () => {
  const master = await startMaster('127.0.213.6')
  const agent = await fakeAgent('127.0.213.16')
  const id = await registered(master, agent)
  const kept = await subscribe(master, { ...aware, checkpoint: true })
  await launch(kept, 'kept')
  await kept.call('SUPPRESS')
  const lost = await subscribe(master, aware)
  await launch(lost, 'lost')
  await agent.process.close()
  expect((await lost.event('UPDATE')).update).toMatchObject({
    status: { state: 'TASK_LOST', reason: 'REASON_AGENT_DISCONNECTED', message: 'Agent 127.0.213.16 disconnected' },
  })
  expect(await tasksOf(master)).toMatchObject({
    tasks: [
      { id: 'kept', state: 'TASK_STAGING', slave_id: id },
      { id: 'lost', state: 'TASK_LOST' },
    ],
  })
})

test('calls of a stream that is not current, of nobody, or before a subscription are refused', async () => {
  const master = await startMaster('127.0.213.7')
  const framework = await subscribe(master, aware)
  const body = { type: 'REVIVE', framework_id: { value: framework.id } }
  expect((await master.post('/api/v1/scheduler', body)).status).toBe(400)
  const stale = await master.post('/api/v1/scheduler', body, { 'Mesos-Stream-Id': 'other' })
  expect(await stale.text()).toContain("didn't match the stream ID")
  const nobody = await master.post('/api/v1/scheduler', { ...body, framework_id: { value: 'x' } })
  expect([nobody.status, await nobody.text()]).toEqual([400, 'Framework cannot be found'])
  framework.disconnect()
})

test('reconciliation tells what is known, and what was never heard of', async () => {
  const master = await startMaster('127.0.213.8')
  const id = await registered(master, await fakeAgent('127.0.213.18'))
  const framework = await subscribe(master, aware)
  await launch(framework, 'one')
  await framework.call('RECONCILE', { tasks: [] })
  expect((await framework.event('UPDATE')).update).toMatchObject({
    status: { state: 'TASK_STAGING', reason: 'REASON_RECONCILIATION' },
  })
  const asked = [
    { task_id: { value: 'two' }, agent_id: { value: id } },
    { task_id: { value: 'three' }, agent_id: { value: 'other' } },
  ]
  await framework.call('RECONCILE', { tasks: asked })
  const about = (task: string) => (event: Event) => JSON.stringify(event.update).includes(`"${task}"`)
  expect((await framework.event('UPDATE', about('two'))).update).toMatchObject({ status: { state: 'TASK_GONE' } })
  expect((await framework.event('UPDATE', about('three'))).update).toMatchObject({ status: { state: 'TASK_UNKNOWN' } })
})
