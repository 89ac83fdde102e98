import { expect, it } from 'vitest'
import { createControl } from '../../../bench/scale/control.ts'
import { fleetOf } from '../../../bench/scale/fleet.ts'
import { machinesPerSite, settledSite } from '../../../bench/scale/site.ts'

it('simulated sites are at rest: a pass over them looks at every machine and neither does nor says anything', async () => {
  const fleet = fleetOf([await settledSite(0), await settledSite(1)])
  const control = createControl(fleet)
  const { store } = fleet
  const all = ['Host', 'ZookeeperCluster', 'SparkCluster'].flatMap((kind) => store.list(kind))
  try {
    for (let writes = -1; writes !== store.writes; ) {
      writes = store.writes
      await control.passOver(all)
    }
    expect(fleet.looks).toBeGreaterThanOrEqual(2 * machinesPerSite)
    expect(fleet.waves).toBe(0)
  } finally {
    await control.stop()
  }
})
