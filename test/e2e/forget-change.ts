// A worker is removed whose host is off: a person lets it go, and when the host comes back all the same it is stopped there.
import { setTimeout as sleep } from 'node:timers/promises'
import { namespace } from '../world/manifests.ts'
import type { World } from '../world/world.ts'
import type { Change } from './changes.ts'
import { readAndApprove } from './read-and-approve.ts'
import { unitOn } from './records.ts'
import { withWorkers } from './standing.ts'

const off = 'm6'

export function forgotten(): Change {
  return {
    name: 'Spark: a worker on a host that is off is removed, and forgotten by approval',
    given: (standing) => withWorkers(standing, ['m4', 'm5', off]),
    to: (standing) => withWorkers(standing, ['m4', 'm5']),
    job: 'through',
    beside: (world) => world.lab.host(off).powerOff(),
    async check(world) {
      await hasEvent(world, 'analytics')
      await world.lab.host(off).powerOn()
      const unit = await unitOn(world.lab, off, 'spark-worker')
      const end = Date.now() + 90_000
      const state = `systemctl is-active ${unit}; systemctl is-enabled ${unit}; true`
      while (/^(active|activating|enabled)/m.test((await world.lab.host(off).exec(state)).stdout)) {
        if (Date.now() > end) throw new Error(`${unit} still runs on ${off}`)
        await sleep(500)
      }
    },
  }
}

/** Waits for the plan that shows nothing but that, approves what was read, and returns why it was shown. */
export async function approveForget(world: World, plan: string, host: string): Promise<string> {
  const steps = await readAndApprove(world, plan, (step) => step.verb === 'Forget' && step.host === host)
  return steps.map(({ member, reason, verb }) => `${verb} ${member}@${host}: ${reason}`).join('; ')
}

async function hasEvent(world: World, name: string): Promise<void> {
  const args = ['get', 'events', '-n', namespace, '-o', 'json', '--field-selector', `involvedObject.name=${name}`]
  for (let tries = 0; tries < 60; tries += 1) {
    if ((await world.lab.kube.kubectl(args)).stdout.includes('"Forgotten"')) return
    await sleep(500)
  }
  throw new Error('nobody was told that it is forgotten')
}
