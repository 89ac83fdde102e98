import type { Action } from '../../src/model/step.ts'
import type { Machine } from './machine.ts'
import type { Launch } from './process.ts'
import { done, type Ended, type Service } from './service.ts'

/** What fences turn machines off with: no daemon, and nothing but that. */
export class PowerSwitch implements Service {
  readonly withoutSoftware = 203
  readonly start: Launch = () => 1
  readonly #machineOf: (host: string) => Machine | undefined

  constructor(machineOf: (host: string) => Machine | undefined) {
    this.#machineOf = machineOf
  }

  runs(): boolean {
    return false
  }

  changed(): void {}

  act(machine: Machine, action: Action): Promise<Ended> | undefined {
    return action.verb === 'Fence' ? this.#turnOff(machine, action.target) : undefined
  }

  async #turnOff({ clock }: Machine, target: string): Promise<Ended> {
    await clock.sleep(3_000)
    this.#machineOf(target)?.powerOff()
    return done
  }
}
