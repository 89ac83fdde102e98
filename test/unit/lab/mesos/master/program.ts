import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import { type Pid, parsePid } from '../../../../lab/mesos/common/pid.ts'
import { Libprocess } from '../../../../lab/mesos/common/process.ts'
import type { ReregisterSlave, SlaveInfo, Task } from '../../../../lab/mesos/messages.ts'

// The log lines of what pretends to be an agent are none of the test's.
vi.spyOn(process.stderr, 'write').mockReturnValue(true)

const program = fileURLToPath(new URL('../../../../lab/mesos/master.ts', import.meta.url))

export interface Running {
  readonly pid: Pid
  readonly child: ChildProcess
  /** Everything that it printed so far. */
  log(): string
  json(path: string): Promise<unknown>
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>
}

/** A master alone on an address of its own, with its registry in memory if it has no work directory; ends with the test. */
export async function startMaster(ip: string, ...flags: readonly string[]): Promise<Running> {
  const registry = flags.some((flag) => flag.startsWith('--work_dir=')) ? [] : ['--registry=in_memory']
  const argv = [`--ip=${ip}`, '--port=5050', `--hostname=${ip}`, ...registry, ...flags]
  const child = spawn(process.execPath, [program, ...argv], { env: { ...process.env, LAB_MESOS_TIMERS: 'short' } })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString('utf8')
  })
  const at = (path: string): string => `http://${ip}:5050${path}`
  await eventually(() => /Recovered \d+ agents from the registry|EXIT with status/.test(log) || child.exitCode !== null)
  return {
    pid: parsePid(`master@${ip}:5050`),
    child,
    log: () => log,
    json: async (path) => (await fetch(at(path))).json(),
    post: (path, body, headers = {}) =>
      fetch(at(path), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(body),
        redirect: 'manual',
      }),
  }
}

export interface FakeAgent {
  readonly process: Libprocess
  readonly info: SlaveInfo
  /** Every message from the master, as `name` and body, without pings. */
  readonly heard: { readonly name: string; readonly body: unknown }[]
  register(master: Pid): void
  reregister(master: Pid, id: string, tasks?: readonly Task[]): void
  /** Whether it answers pings. */
  answers: boolean
}

const names = [
  'SlaveRegistered',
  'SlaveReregistered',
  'Shutdown',
  'RunTask',
  'KillTask',
  'StatusUpdateAcknowledgement',
  'UpdateFramework',
  'ShutdownFramework',
  'DrainSlave',
]

/** What speaks like an agent, in the test's own process. */
export async function fakeAgent(ip: string, hostname = ip): Promise<FakeAgent> {
  const libprocess = await Libprocess.listen(ip, 5051)
  onTestFinished(() => libprocess.close().catch(() => undefined))
  const heard: { name: string; body: unknown }[] = []
  for (const name of names)
    libprocess.receive('slave(1)', `mesos.internal.${name}Message`, (_from, body) => heard.push({ name, body }))
  const info: SlaveInfo = {
    hostname,
    port: 5051,
    checkpoint: true,
    resources: [
      { name: 'cpus', type: 'SCALAR', scalar: { value: 2 } },
      { name: 'mem', type: 'SCALAR', scalar: { value: 1024 } },
    ],
    attributes: [{ name: 'rack', type: 'TEXT', text: { value: 'r1' } }],
  }
  const common = { checkpointed_resources: [], version: '1.12.0', agent_capabilities: [{ type: 'AGENT_DRAINING' }] }
  const agent: FakeAgent = {
    process: libprocess,
    info,
    heard,
    answers: true,
    register: (master) =>
      libprocess.send('slave(1)', master, 'mesos.internal.RegisterSlaveMessage', { slave: info, ...common }),
    reregister: (master, id, tasks = []) => {
      const slave = { ...info, id: { value: id } }
      const body: ReregisterSlave = { slave, ...common, executor_infos: [], tasks, frameworks: [] }
      libprocess.send('slave(1)', master, 'mesos.internal.ReregisterSlaveMessage', body)
    },
  }
  libprocess.receive('slave(1)', 'mesos.internal.PingSlaveMessage', (from) => {
    if (agent.answers) libprocess.send('slave(1)', from, 'mesos.internal.PongSlaveMessage', {})
  })
  return agent
}

/** Registers, and gives the id once the master lists the agent. */
export async function registered(master: Running, agent: FakeAgent): Promise<string> {
  agent.register(master.pid)
  await eventually(() => agent.heard.some(({ name }) => name === 'SlaveRegistered'))
  const told = agent.heard.findLast(({ name }) => name === 'SlaveRegistered')
  return (told?.body as { slave_id: { value: string } }).slave_id.value
}

/** Asks until it is so, for 45 seconds. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const until = Date.now() + 45_000
  while (!(await holds())) {
    if (Date.now() > until) throw new Error('It did not come to be within 45 seconds')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
