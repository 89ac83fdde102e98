import { chmodSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isAlive } from '../../../../lab/mesos/agent/processes.ts'
import type { Pid } from '../../../../lab/mesos/common/pid.ts'
import type { ReregisterSlave } from '../../../../lab/mesos/messages.ts'
import { agentId, FakeMaster, framework, Machine, type RunningAgent, until } from './harness.ts'

let master: FakeMaster
let machine: Machine
let frameworks = 0
const pids: number[] = []

beforeEach(async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  master = await FakeMaster.start()
  machine = await Machine.create()
  frameworks += 1
})

afterEach(async () => {
  machine.remove()
  await master.process.close()
  for (const pid of pids.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended as it should.
    }
  }
})

const frameworkId = (): string => `f-${frameworks}`

async function registered(flags: readonly string[] = []): Promise<{ agent: RunningAgent; pid: Pid }> {
  const agent = machine.start(master.address, flags)
  const { from } = await master.next('RegisterSlaveMessage')
  await master.next('UpdateSlaveMessage')
  return { agent, pid: from }
}

/** Of the run of the task `long`: below the work directory, or below its `meta`. */
function runOf(root: string, name = 'long'): string {
  return join(machine.work, root, 'slaves', agentId, 'frameworks', frameworkId(), 'executors', name, 'runs', 'latest')
}

/** A task that writes its process id into its sandbox and stays. */
async function longTask(pid: Pid, checkpoint: boolean): Promise<number> {
  master.run(pid, framework(frameworkId(), checkpoint), { value: 'echo $$; exec sleep 600' })
  await master.update('TASK_RUNNING')
  const task = await until('the task', () => Number(readFileSync(join(runOf(''), 'stdout'), 'utf8')))
  pids.push(task)
  return task
}

function executorPid(): number {
  const pid = Number(readFileSync(join(runOf('meta'), 'pids', 'forked.pid'), 'utf8'))
  pids.push(pid)
  return pid
}

test('a command runs, its output is in the sandbox, and its end is told as recorded', async () => {
  const { agent, pid } = await registered()
  master.run(pid, framework(frameworkId(), false), { value: 'echo hello; echo $MESOS_SANDBOX >&2; exit 3' }, 'f')
  const update = await master.update('TASK_FAILED')
  expect(update.status).toMatchObject({ source: 'SOURCE_EXECUTOR', message: 'Command exited with status 3' })
  expect(readFileSync(join(runOf('', 'f'), 'stdout'), 'utf8')).toBe('hello\n')
  const stderr = readFileSync(join(runOf('', 'f'), 'stderr'), 'utf8')
  expect(stderr).toContain('executor.cpp:722] Starting task f')
  expect(stderr).toContain(`/frameworks/${frameworkId()}/executors/f/runs/`)

  await until('the executor to be let go', () => agent.log().includes(`Cleaning up framework ${frameworkId()}`))
  const state = (await (await fetch(`${agent.url}/state`)).json()) as { completed_frameworks: readonly unknown[] }
  expect(state.completed_frameworks).toMatchObject([
    {
      id: frameworkId(),
      completed_executors: [
        {
          id: 'f',
          name: "Command Executor (Task: f) (Command: sh -c 'echo hello; ...')",
          resources: { cpus: 0.1, mem: 32 },
          completed_tasks: [{ id: 'f', state: 'TASK_FAILED', executor_id: '' }],
        },
      ],
    },
  ])
})

test('a checkpointed task outlives its agent, and the next agent reports and ends it', async () => {
  const { agent, pid } = await registered()
  const task = await longTask(pid, true)
  agent.child.kill('SIGKILL')
  await agent.end
  expect(isAlive(task)).toBe(true)

  const next = machine.start(master.address, ['--executor_reregistration_timeout=500ms'])
  const { from, body } = await master.next<ReregisterSlave>('ReregisterSlaveMessage')
  expect(body.tasks).toMatchObject([{ task_id: { value: 'long' }, state: 'TASK_RUNNING' }])
  expect(body.frameworks).toMatchObject([{ id: { value: frameworkId() } }])
  await expect
    .poll(() => next.log(), { timeout: 20_000 })
    .toContain(`slave.cpp:5675] Received re-registration message from executor 'long'`)
  const containers = (await (await fetch(`${next.url}/containers`)).json()) as readonly unknown[]
  expect(containers).toMatchObject([
    { executor_id: 'long', status: { executor_pid: executorPid() }, statistics: { cpus_soft_limit: 0.2 } },
  ])

  master.tell(from, 'KillTaskMessage', { framework_id: { value: frameworkId() }, task_id: { value: 'long' } })
  await master.update('TASK_KILLING')
  const update = await master.update('TASK_KILLED')
  expect(update.status.message).toBe('Command terminated with signal Terminated')
  await until('the task to end', () => !isAlive(task))
})

test('a task that is not checkpointed ends with its agent', async () => {
  const { agent, pid } = await registered()
  const task = await longTask(pid, false)
  agent.child.kill('SIGTERM')
  await agent.end
  await until('the task to end', () => !isAlive(task))
})

test('a checkpointed task whose agent stays away ends after the recovery timeout', async () => {
  const { agent, pid } = await registered(['--recovery_timeout=1secs'])
  const task = await longTask(pid, true)
  agent.child.kill('SIGKILL')
  await agent.end
  expect(isAlive(task)).toBe(true)
  await until('the task to end', () => !isAlive(task))
  expect(readFileSync(join(runOf(''), 'stderr'), 'utf8')).toContain('Recovery timeout of 1secs exceeded')
})

test('an agent that cleans up ends the tasks that it finds', async () => {
  const { agent, pid } = await registered()
  const task = await longTask(pid, true)
  agent.child.kill('SIGKILL')
  await agent.end
  expect(await machine.start(master.address, ['--recover=cleanup']).end).toBe(0)
  expect(isAlive(task)).toBe(false)
})

test('the posix launcher forgets a process that no checkpoint names', async () => {
  const { agent, pid } = await registered()
  const task = await longTask(pid, true)
  agent.child.kill('SIGKILL')
  await agent.end
  executorPid()
  unlinkSync(join(machine.work, 'meta', 'slaves', 'latest'))
  const next = machine.start(master.address)
  await master.next('RegisterSlaveMessage')
  await expect
    .poll(() => next.log(), { timeout: 20_000 })
    .toMatch(/launcher.cpp:164\] Ignored destroy for unknown container [0-9a-f-]{36}/)
  expect(isAlive(task)).toBe(true)
})

test.runIf(process.getuid?.() === 0)('the linux launcher leaves nothing of a container', async () => {
  const { agent, pid } = await registered(['--launcher=linux'])
  const task = await longTask(pid, true)
  process.kill(executorPid(), 'SIGKILL')
  await master.update('TASK_FAILED')
  await until('the task to end', () => !isAlive(task))
  agent.child.kill('SIGKILL')
})

test('an executor that dies takes its task with it into TASK_FAILED', async () => {
  const { pid } = await registered()
  await longTask(pid, true)
  process.kill(executorPid(), 'SIGKILL')
  const update = await master.update('TASK_FAILED')
  expect(update.status).toMatchObject({ source: 'SOURCE_AGENT', reason: 'REASON_COMMAND_EXECUTOR_FAILED' })
})

test('after a reboot nobody looks for the processes of before', async () => {
  const { agent, pid } = await registered()
  await longTask(pid, true)
  agent.child.kill('SIGKILL')
  await agent.end
  executorPid()
  machine.start(master.address, [], { LAB_MESOS_BOOT_ID: 'another-boot' })
  const { body } = await master.next<ReregisterSlave>('ReregisterSlaveMessage')
  expect(body.tasks).toMatchObject([{ state: 'TASK_FAILED' }])
})

test('a task whose files cannot be fetched fails', async () => {
  const { pid } = await registered()
  master.run(pid, framework(frameworkId(), false), { value: 'true', uris: [{ value: '/no/such/file' }] })
  const update = await master.update('TASK_FAILED')
  expect(update.status).toMatchObject({ reason: 'REASON_CONTAINER_LAUNCH_FAILED', source: 'SOURCE_AGENT' })
  expect(update.status.message).toMatch(/^Failed to launch container: Failed to fetch all URIs for container '/)
})

test('files are fetched before the command runs, and variables come from the flag and the command', async () => {
  mkdirSync(join(machine.work, 'files'))
  writeFileSync(join(machine.work, 'files', 'script'), 'echo $FLAG $OWN $SECRET')
  const { pid } = await registered(['--executor_environment_variables={"PATH":"/bin:/usr/bin","FLAG":"a"}'])
  master.run(pid, framework(frameworkId(), false), {
    value: '. ./script',
    uris: [{ value: join(machine.work, 'files', 'script') }],
    environment: { variables: [{ name: 'OWN', value: 'b' }] },
  })
  await master.update('TASK_FINISHED')
  expect(readFileSync(join(runOf(''), 'stdout'), 'utf8')).toBe('a b\n')
})

test.runIf(process.getuid?.() === 0)(
  'a task runs as its user, and one whose user is unknown does not run',
  async () => {
    chmodSync(machine.work, 0o755)
    const { pid } = await registered()
    master.run(pid, framework(frameworkId(), false), { value: 'id -un; touch own', user: 'nobody' })
    await master.update('TASK_FINISHED')
    expect(readFileSync(join(runOf(''), 'stdout'), 'utf8')).toBe('nobody\n')
    master.run(pid, framework(frameworkId(), false), { value: 'id -un', user: 'no-such-user' }, 'other')
    expect((await master.update('TASK_FAILED')).status.message).toBe(
      "Failed to launch container: Failed to get user information for 'no-such-user': Success",
    )
  },
)

test('what a stand-in cannot run is refused, not pretended', async () => {
  const { pid } = await registered()
  master.tell(pid, 'RunTaskMessage', {
    framework: framework(frameworkId(), false),
    task: { name: 'x', task_id: { value: 'x' }, agent_id: { value: agentId }, resources: [], executor: {} },
  })
  expect((await master.update('TASK_ERROR')).status.message).toBe('This agent runs command tasks only')
})

test('an agent that drains ends its tasks and takes no new ones', async () => {
  const { agent, pid } = await registered()
  const task = await longTask(pid, true)
  master.tell(pid, 'DrainSlaveMessage', { config: { max_grace_period: { nanoseconds: 1e9 }, mark_gone: false } })
  const update = await master.update('TASK_KILLED')
  expect(update.status.reason).toBe('REASON_SLAVE_DRAINING')
  expect(isAlive(task)).toBe(false)
  await until('the end of the draining', () => agent.log().includes('Agent finished draining'))
  master.tell(pid, 'DrainSlaveMessage', { config: { mark_gone: false } })
  await until('the words', () =>
    agent
      .log()
      .includes(
        'Received DrainConfig {"mark_gone":false}; agent has no stored frameworks, tasks, or operations, so draining is already complete',
      ),
  )
})

test('the end of a framework ends its executors', async () => {
  const { agent, pid } = await registered()
  const task = await longTask(pid, true)
  master.tell(pid, 'ShutdownFrameworkMessage', { framework_id: { value: frameworkId() } })
  await until('the task to end', () => !isAlive(task))
  await until('the framework to go', () => agent.log().includes(`Cleaning up framework ${frameworkId()}`))
})

test('a command that does not listen is killed after the grace period', async () => {
  const { pid } = await registered()
  master.run(pid, framework(frameworkId(), false), { value: 'trap "" TERM; echo $$; while :; do sleep 1; done' })
  await master.update('TASK_RUNNING')
  await until('the trap', () => readFileSync(join(runOf(''), 'stdout'), 'utf8'))
  master.tell(pid, 'KillTaskMessage', {
    framework_id: { value: frameworkId() },
    task_id: { value: 'long' },
    kill_policy: { grace_period: { nanoseconds: 3e8 } },
  })
  expect((await master.update('TASK_KILLED')).status.message).toBe('Command terminated with signal Killed')
})
