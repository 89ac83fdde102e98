import { formatPid, type Pid } from '../common/pid.ts'
import type { Executor } from './model.ts'

export interface ExecutorEnvironment {
  /** `--executor_environment_variables`: these and no others of ours. */
  readonly variables: Readonly<Record<string, string>> | undefined
  readonly agent: Pid
  readonly recoveryMs: number
  readonly shutdownGraceMs: number
}

/** The variables of an executor: those of the flag or, without it, the agent's that are not Mesos' own, and what it must know. */
export function executorEnvironment(
  executor: Executor,
  settings: ExecutorEnvironment,
  own: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const inherited = Object.fromEntries(
    Object.entries(own).filter(([name]) => !name.startsWith('MESOS_') && !name.startsWith('LIBPROCESS_')),
  )
  const { slaveId, frameworkId, executorId, containerId } = executor.path
  const { agent } = settings
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...(settings.variables ?? inherited),
    LIBPROCESS_IP: agent.ip,
    LIBPROCESS_PORT: '0',
    MESOS_AGENT_ENDPOINT: `${agent.ip}:${agent.port}`,
    MESOS_CHECKPOINT: executor.checkpoint ? '1' : '0',
    MESOS_CONTAINER_ID: containerId,
    MESOS_DIRECTORY: executor.directory,
    MESOS_EXECUTOR_ID: executorId,
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: String(settings.shutdownGraceMs),
    MESOS_FRAMEWORK_ID: frameworkId,
    MESOS_RECOVERY_TIMEOUT: String(settings.recoveryMs),
    MESOS_SANDBOX: executor.directory,
    MESOS_SLAVE_ID: slaveId,
    MESOS_SLAVE_PID: formatPid(agent),
  }
}

/** The flag is a JSON object of text. Throws an Error on anything else. */
export function parseVariables(flag: string | undefined): Readonly<Record<string, string>> | undefined {
  if (flag === undefined) return undefined
  const variables: unknown = JSON.parse(flag)
  const valid = typeof variables === 'object' && variables !== null && !Array.isArray(variables)
  if (!valid) throw new Error('Expecting a JSON object')
  const entries: [string, unknown][] = Object.entries(variables)
  const wrong = entries.find(([, value]) => typeof value !== 'string')
  if (wrong !== undefined) throw new Error(`\`executor_environment_variables\` must only contain string values`)
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}
