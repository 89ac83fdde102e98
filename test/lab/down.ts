// Taking a lab down, from nothing but its name: whatever part of it there is goes, and what is not there is no error.
import { join } from 'node:path'
import { powerOff } from './hosts/boot.ts'
import { removeGroups } from './hosts/cgroup.ts'
import { removeDisks } from './hosts/disk.ts'
import { heal, removeBridge, type Subnet } from './hosts/network.ts'
import { removeTraces } from './hosts/trace.ts'
import { withLock } from './machine/lock.ts'
import { stateHome } from './machine/places.ts'
import { kill } from './machine/processes.ts'
import { releaseMachine } from './machine/settings.ts'
import { isAbandoned, labNames, readRecord, rememberedProcesses } from './record.ts'

export interface TakeDownOptions {
  /** A process of the lab that must not be killed: the one that is doing this. */
  readonly keep?: number
}

export async function takeDown(name: string, options: TakeDownOptions = {}): Promise<void> {
  await withLock(join(stateHome(), 'locks', 'down'), async () => {
    const record = readRecord(name)
    for (const id of rememberedProcesses(name)) if (id.pid !== options.keep) kill(id)
    const failures: unknown[] = []
    const attempt = async (work: () => Promise<void>): Promise<void> => {
      try {
        await work()
      } catch (error) {
        failures.push(error)
      }
    }
    if (record !== undefined) {
      const subnet: Subnet = { lab: name, number: record.subnet }
      await attempt(() => removeTraces(name, record.hosts))
      await Promise.all(
        record.hosts.map(async (host) => {
          await attempt(() => powerOff(subnet, host))
          await attempt(() => heal(subnet, host))
        }),
      )
      await attempt(() => removeBridge(subnet))
      await attempt(() => Promise.resolve(removeGroups(name)))
    }
    // The record goes last, with the directory: a take-down that fails half way can be done again.
    if (failures.length > 0) throw new AggregateError(failures, `lab ${name}: not everything could be taken down`)
    await removeDisks(name)
  })
  await releaseMachine()
}

/** Takes down what crashed runs left. Labs that are alive, and those that `lab up` left running, stay. */
export async function takeDownAbandoned(log: (line: string) => void): Promise<void> {
  for (const name of labNames()) {
    const record = readRecord(name)
    if (record === undefined || !isAbandoned(record)) continue
    log(`lab: removing what an earlier run left: ${name}`)
    await takeDown(name)
  }
}
