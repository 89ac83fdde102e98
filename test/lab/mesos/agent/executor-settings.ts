import { type Pid, parsePid } from '../common/pid.ts'

/** What the agent tells an executor by variables (environment.ts writes them). */
export interface Settings {
  readonly agent: Pid
  readonly slaveId: string
  readonly frameworkId: string
  readonly executorId: string
  readonly directory: string
  readonly checkpoint: boolean
  readonly recoveryMs: number
  readonly shutdownGraceMs: number
}

/** Throws an Error where one is missing. */
export function settingsOf(environment: NodeJS.ProcessEnv): Settings {
  const needed = (name: string): string => {
    const value = environment[name]
    if (value === undefined) throw new Error(`Expecting '${name}' to be set in the environment`)
    return value
  }
  return {
    agent: parsePid(needed('MESOS_SLAVE_PID')),
    slaveId: needed('MESOS_SLAVE_ID'),
    frameworkId: needed('MESOS_FRAMEWORK_ID'),
    executorId: needed('MESOS_EXECUTOR_ID'),
    directory: needed('MESOS_DIRECTORY'),
    checkpoint: environment.MESOS_CHECKPOINT === '1',
    recoveryMs: Number(environment.MESOS_RECOVERY_TIMEOUT ?? 0),
    shutdownGraceMs: Number(environment.MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD ?? 0),
  }
}
