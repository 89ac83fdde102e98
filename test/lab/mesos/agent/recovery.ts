import { existsSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Flags } from '../common/flags.ts'
import { exitWith, info, warning } from '../common/log.ts'
import type { SlaveInfo } from '../shapes.ts'
import { incompatibility } from './compatibility.ts'
import type { Gc } from './gc.ts'
import { latestSlave, metaOf, slaveFolder } from './paths.ts'
import { type Recovered, recoverState } from './recover.ts'

/**
 * What the checkpoint holds, and what the agent is from now on: itself again, or a new one without an id. A former self
 * that does not agree with the flags ends the process (c-failures/31–42), except after a reboot (45).
 */
export function formerSelf(
  flags: Flags,
  boot: string,
  description: SlaveInfo,
): { readonly recovered: Recovered; readonly self: SlaveInfo } {
  const workDirectory = flags.text('work_dir') ?? ''
  const recovered = recoverOrGone(workDirectory, boot, flags.boolean('strict'))
  const found = `Finished recovering checkpointed state from '${metaOf(workDirectory)}'`
  info('slave.cpp:7753', `${found}, beginning agent recovery`)
  const { slave } = recovered
  if (slave === undefined) return { recovered, self: description }
  const self: SlaveInfo = { ...description, id: { value: slave.id } }
  const refused = incompatibility(flags.text('reconfiguration_policy') ?? 'equal', slave.info, self)
  if (refused === undefined) return { recovered, self }
  if (!recovered.rebooted) return failedRecovery(workDirectory, refused)
  warning('slave.cpp:7972', `Falling back to recover as a new agent due to error: ${refused}`)
  return { recovered: { rebooted: true, frameworks: [], errors: recovered.errors }, self: description }
}

/** Agents that lived in this work directory before are removed in time. */
export function collectOldAgents(gc: Gc, workDirectory: string, current: string | undefined): void {
  const folder = dirname(latestSlave(metaOf(workDirectory)))
  const ids = existsSync(folder) ? readdirSync(folder).filter((name) => name !== 'latest') : []
  for (const id of ids.filter((each) => each !== current)) {
    info('slave.cpp:8421', `Garbage collecting old agent ${id}`)
    gc.schedule(slaveFolder(workDirectory, id))
    gc.schedule(slaveFolder(metaOf(workDirectory), id))
  }
}

function recoverOrGone(workDirectory: string, boot: string, strict: boolean): Recovered {
  try {
    return recoverState(workDirectory, boot, strict)
  } catch (error) {
    return failedRecovery(workDirectory, error instanceof Error ? error.message : String(error))
  }
}

function failedRecovery(workDirectory: string, reason: string): never {
  return exitWith(
    'slave.cpp:8366',
    `Failed to perform recovery: ${reason}
If recovery failed due to a change in configuration and you want to
keep the current agent id, you might want to change the
\`--reconfiguration_policy\` flag to a more permissive value.

To restart this agent with a new agent id instead, do as follows:
rm -f ${latestSlave(metaOf(workDirectory))}
This ensures that the agent does not recover old live executors.

If you use the Docker containerizer and think that the Docker
daemon state is broken, you can try to clear it. But be careful:
these commands will erase all containers and images from this host,
not just those started by Mesos!
docker kill $(docker ps -q)
docker rm $(docker ps -a -q)
docker rmi $(docker images -q)

Finally, restart the agent.`,
  )
}
