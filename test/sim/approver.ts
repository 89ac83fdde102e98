import type { SeenPlan } from './approvals.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/**
 * A person who reads the plans that wait and approves them some time after, when something else may wait there by then:
 * an old hash, or one from long ago; who takes approvals back, and removes plans. `careful`: reads and approves at once.
 */
export function approvePlans(world: World, random: Random, careful: () => boolean): void {
  const { approvals, clock, store } = world
  const read: SeenPlan[] = []
  const once = () => {
    for (const seen of approvals.read()) {
      // To forget what runs on a host out of sight is for machines that do not come back: those are given up by their Host.
      if (seen.steps !== 'all' && [...seen.steps].some((step) => / Forget/.test(step))) continue
      read.push(seen)
      if (store.down) continue
      if (careful()) approvals.approve(seen)
      else if (random.chance(0.08)) approvals.approve(random.pick(read))
      else if (random.chance(0.05)) approvals.takeBack(seen.plan)
      else if (random.chance(0.03)) approvals.remove(seen.plan)
      else if (random.chance(0.6))
        clock.after(random.between(0, 6_000), () => void (store.down || approvals.approve(seen)))
    }
    clock.after(careful() ? 2_000 : random.between(1_000, 12_000), once)
  }
  clock.after(2_000, once)
}
