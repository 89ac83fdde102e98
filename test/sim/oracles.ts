import { keyText } from '../../src/model/object.ts'
import type { Step } from '../../src/model/step.ts'
import { stands } from './approvals.ts'
import type { Basis } from './basis.ts'
import type { Hdfs } from './hdfs.ts'
import type { Machine } from './machine.ts'
import { dataOracle } from './oracle-data.ts'
import { membershipOracle } from './oracle-membership.ts'
import { releaseOracle } from './oracle-release.ts'
import { seenOracle } from './oracle-seen.ts'
import { type Taken, takedownOracle } from './oracle-takedown.ts'
import type { Point } from './script.ts'
import { Downtimes, serves } from './truth.ts'
import type { Ensemble } from './zookeeper.ts'

export interface Violation {
  readonly oracle: string
  readonly why: string
  /** ms since the run began. */
  readonly at: number
}

/** What the oracles look at. */
export interface Witness {
  now(): number
  readonly begun: number
  machine(host: string): Machine | undefined
  readonly machines: () => Iterable<Machine>
  readonly ensemble: Ensemble
  readonly hdfs: Hdfs
  blockedSince(): number | undefined
  basisOf(step: Step): Basis | undefined
  /** By which policy a person has deleted a cluster, '' when nobody has. */
  deletedBy(object: string): string
  isLost(host: string): boolean
  /** Since when a person works at it; undefined: nobody does. */
  restsSince(host: string): number | undefined
  rackOf(host: string): string | undefined
  /** The specs want it there now. */
  isDeclared(machine: Machine, unit: string): boolean
}

/** What one oracle says of a step that is about to have its effect; '' or nothing: it is fine. */
export interface Judged extends Witness {
  readonly downtimes: Downtimes
  readonly taken: Taken
  violate(oracle: string, why: string): void
}

/**
 * What must never be seen, checked at every side effect against the truth of the simulated world. A decision is judged by
 * what was true when the looks that it rests on began: what fails between a look and an act can be seen by nobody. What a
 * guard can see on the host under the lock is judged by what is true then.
 */
export class Oracles {
  readonly #judged: Judged
  readonly #witness: Witness
  readonly violations: Violation[] = []
  readonly #foreign = new Map<string, string>()
  /** Highest epoch that each machine has seen. */
  readonly #epochs = new Map<string, number>()

  constructor(witness: Witness) {
    this.#witness = witness
    const violate = (oracle: string, why: string) => this.violate(oracle, why)
    this.#judged = { ...witness, downtimes: new Downtimes(), taken: new Map(), violate }
  }

  violate(oracle: string, why: string): void {
    if (this.violations.length < 20)
      this.violations.push({ oracle, why, at: this.#witness.now() - this.#witness.begun })
  }

  /** A file that somebody else wrote: it stays as it is. */
  foreign(machine: Machine, path: string, content: string): void {
    this.#foreign.set(`${machine.name} ${path}`, content)
  }

  /** Its owner, or a fault, has taken it away with all that was below `path`. */
  forgetForeign(machine: Machine, path: string): void {
    for (const key of this.#foreign.keys()) if (key.startsWith(`${machine.name} ${path}/`)) this.#foreign.delete(key)
  }

  /** Whom it has stopped is started by the next cluster of its name as if for the first time: nobody waits for that. */
  gone(kind: string): void {
    for (const onMachine of this.#judged.taken.values())
      for (const [unit, { object }] of onMachine) if (object.startsWith(`${kind}/`)) onMachine.delete(unit)
  }

  observe(machine: Machine, unit: string): void {
    this.#judged.downtimes.observe(machine, unit, this.#witness.now())
    if (serves(machine, unit)) this.#judged.taken.get(machine.name)?.delete(unit)
  }

  point(point: Point): void {
    const { machine, moment } = point
    if (moment === 'before') this.#epoch(point)
    if (moment === 'intent') this.#intent(point)
    if (moment !== 'effect') return
    for (const unit of machine.fences) {
      if (!machine.systemd.isMasked(unit)) this.violate('fence', `${machine.name}: ${unit} is not masked any more`)
    }
  }

  /** Files of others, at the end. */
  foreignUntouched(): void {
    for (const [key, content] of this.#foreign) {
      const [host = '', path = ''] = key.split(' ')
      if (this.#witness.machine(host)?.files.get(path)?.content !== content) {
        this.violate('foreign file', `${key} is not as its owner left it`)
      }
    }
  }

  #epoch({ context, machine }: Point): void {
    const seen = this.#epochs.get(machine.name) ?? 0
    const { epoch } = context.authority
    if (epoch < seen) this.violate('epoch', `${machine.name}: epoch ${epoch} acts after ${seen}`)
    this.#epochs.set(machine.name, Math.max(seen, epoch))
  }

  #intent(point: Point): void {
    const { context, machine, step } = point
    const found = this.#witness.basisOf(step)
    if (found === undefined)
      return this.violate('plan', `${machine.name}: ${step.action.verb} that no decision asked for`)
    const basis = found.object === '' ? { ...found, object: keyText(context.object) } : found
    seenOracle(this.#judged, point, basis)
    this.#foreignFile(point)
    this.#approved(point, basis)
    releaseOracle(this.#judged, point, basis)
    if (basis.release === undefined) takedownOracle(this.#judged, point, basis)
    membershipOracle(this.#judged, point, basis)
    dataOracle(this.#judged, point, basis)
  }

  #foreignFile({ machine, step }: Point): void {
    const { action } = step
    const path = action.verb === 'WriteFile' ? action.file.path : action.verb === 'RemoveFile' ? action.path : ''
    if (path !== '' && this.#foreign.has(`${machine.name} ${path}`)) {
      this.violate('foreign file', `${machine.name}: ${action.verb} of ${path}`)
    }
  }

  /** What a policy keeps back runs only when a person has read that very step in a plan and approved that plan. */
  #approved({ machine, step }: Point, { approved, policy }: Basis): void {
    const asks =
      // What cannot be taken back waits whatever the policy (H10).
      step.risk === 'destructive' ||
      policy === 'ApproveAll' ||
      (policy === 'ApproveDisruptive' && ['RestartUnit', 'StopUnit', 'MoveAside'].includes(step.action.verb))
    if (!asks || (approved !== undefined && stands(approved, step))) return
    this.violate('approval', `${machine.name}: ${step.action.verb} for ${step.member} that nobody has approved`)
  }
}
