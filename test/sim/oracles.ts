import type { HostFacts } from '../../src/model/facts.ts'
import type { Group } from '../../src/model/member.ts'
import { keyText } from '../../src/model/object.ts'
import type { Question } from '../../src/model/question.ts'
import { questionKey } from '../../src/model/question.ts'
import type { Decision, Step } from '../../src/model/step.ts'
import type { Machine } from './machine.ts'
import type { Point } from './script.ts'
import { Downtimes, serves } from './truth.ts'
import { type Ensemble, Server } from './zookeeper.ts'

export interface Violation {
  readonly oracle: string
  readonly why: string
  /** ms since the run began. */
  readonly at: number
}

/** What a daemon knew when it decided on a step. */
export interface Basis {
  readonly daemon: number
  readonly object: string
  /** When the oldest of the looks that it rests on began, true time. */
  readonly lookedAt: number
  readonly decision: Decision
  readonly groups: readonly Group[]
  /** host and unit of every member, by id. */
  readonly members: ReadonlyMap<string, { readonly host: string; readonly unit: string; readonly group: string }>
  /** Hosts whose facts were unknown. */
  readonly unseen: ReadonlySet<string>
  /** What was seen of each host, as its look said it. */
  readonly told: ReadonlyMap<string, HostFacts | undefined>
  /** Hosts of which an older look was told once more. */
  readonly stale: ReadonlySet<string>
}

/** What the oracles look at. */
export interface Witness {
  now(): number
  begun: number
  machine(host: string): Machine | undefined
  ensemble(): Ensemble | undefined
  blockedSince(): number | undefined
  basisOf(step: Step): Basis | undefined
}

/** A member that ironherd took down this long ago counts as a fault (src/planner/ledger.ts). */
const disruptionEndsMs = 10 * 60_000

/**
 * What must never be seen, checked at every side effect against the truth of the simulated world. A decision is judged by
 * what was true when the looks that it rests on began: what fails between a look and an act can be seen by nobody.
 */
export class Oracles {
  readonly #witness: Witness
  readonly violations: Violation[] = []
  readonly downtimes = new Downtimes()
  readonly #foreign = new Map<string, string>()
  /** Units that ironherd took down: machine → unit → object and time. */
  readonly #taken = new Map<string, Map<string, { readonly object: string; readonly at: number }>>()
  /** Highest epoch that each machine has seen. */
  readonly #epochs = new Map<string, number>()

  constructor(witness: Witness) {
    this.#witness = witness
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

  observe(machine: Machine, unit: string): void {
    this.downtimes.observe(machine, unit, this.#witness.now())
    if (serves(machine, unit)) this.#taken.get(machine.name)?.delete(unit)
  }

  point(point: Point): void {
    const { machine, moment, step, context } = point
    switch (moment) {
      case 'before': {
        const seen = this.#epochs.get(machine.name) ?? 0
        const { epoch } = context.authority
        if (epoch < seen) this.violate('epoch', `${machine.name}: epoch ${epoch} acts after ${seen}`)
        this.#epochs.set(machine.name, Math.max(seen, epoch))
        return
      }
      case 'intent':
        this.#unknown(point)
        this.#mount(point)
        this.#blocked(point)
        this.#takedown(point)
        this.#data(point)
        this.#foreignFile(point)
        return
      case 'effect':
        for (const unit of machine.fences) {
          if (!machine.systemd.isMasked(unit)) this.violate('fence', `${machine.name}: ${unit} is not masked any more`)
        }
        return
      case 'after':
        void step
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

  #unknown({ machine, step }: Point): void {
    const basis = this.#witness.basisOf(step)
    if (basis === undefined) this.violate('plan', `${machine.name}: ${step.action.verb} that no decision asked for`)
    else if (basis.unseen.has(step.host)) {
      this.violate('unknown', `${machine.name}: ${step.action.verb} for ${step.member} though the host was not seen`)
    } else {
      const question = questionBehind(step)
      const facts = basis.told.get(step.host)
      if (question === undefined || facts?.state !== 'known') return
      const answer = facts.value.answers[questionKey(question)]
      if (answer?.state === 'unknown') {
        this.violate('unknown', `${machine.name}: ${step.action.verb} though it is not known: ${questionKey(question)}`)
      }
    }
  }

  /** A spec that is refused changes nothing: members that stopped are started as they stand, and that is all. */
  #blocked({ machine, step }: Point): void {
    const since = this.#witness.blockedSince()
    const basis = this.#witness.basisOf(step)
    if (since === undefined || basis === undefined || basis.lookedAt <= since) return
    if (!basis.object.startsWith('ZookeeperCluster') || step.action.verb === 'StartUnit') return
    this.violate('blocked', `${machine.name}: ${step.action.verb} for a spec that is not to be carried out`)
  }

  #mount({ machine, step }: Point): void {
    const { action } = step
    const paths = {
      EnsureDirectory: action.verb === 'EnsureDirectory' ? action.directory.path : '',
      MarkFirstStart: action.verb === 'MarkFirstStart' ? action.path : '',
      MoveAside: action.verb === 'MoveAside' ? action.path : '',
    }
    for (const [verb, path] of Object.entries(paths)) {
      if (path.startsWith('/data/') && !machine.isMounted('/data')) {
        this.violate('mount', `${machine.name}: ${verb} of ${path} while nothing is mounted at /data`)
      }
    }
  }

  #foreignFile({ machine, step }: Point): void {
    const { action } = step
    const path = action.verb === 'WriteFile' ? action.file.path : action.verb === 'RemoveFile' ? action.path : ''
    if (path !== '' && this.#foreign.has(`${machine.name} ${path}`)) {
      this.violate('foreign file', `${machine.name}: ${action.verb} of ${path}`)
    }
  }

  #takedown({ machine, step, context }: Point): void {
    const { action } = step
    if (action.verb !== 'StopUnit' && action.verb !== 'RestartUnit') return
    const basis = this.#witness.basisOf(step)
    const { unit } = action
    const now = this.#witness.now()
    if (basis === undefined) return
    // One that began to serve only after the look was rightly taken for one that does not.
    const since = this.downtimes.upSince(machine, unit)
    if (serves(machine, unit) && since !== undefined && since < basis.lookedAt) {
      this.#quorum(machine, unit, basis)
      this.#budget(machine, unit, step, basis)
      this.#sharedMachine(machine, unit, basis)
      this.#leaderLast(machine, unit, step, basis)
    }
    this.#breaker(step, basis)
    if (machine.systemd.process(unit) === undefined) return
    this.downtimes.takenDown(machine, unit, now)
    const onMachine = this.#taken.get(machine.name) ?? new Map<string, { object: string; at: number }>()
    onMachine.set(unit, { object: keyText(context.object), at: now })
    this.#taken.set(machine.name, onMachine)
  }

  /** It served when the decision was made, and ironherd did not take it down since. */
  #excused(machine: Machine | undefined, unit: string, basis: Basis): boolean {
    if (machine === undefined) return false
    const down = this.downtimes.of(machine, unit)
    return down !== undefined && !down.byIronherd && down.since >= basis.lookedAt
  }

  #quorum(machine: Machine, unit: string, basis: Basis): void {
    const server = machine.systemd.process(unit)
    const ensemble = this.#witness.ensemble()
    if (!(server instanceof Server) || ensemble === undefined || ensemble.voters === 1) return
    const serving = ensemble.serving()
    if (serving.length < ensemble.majority) return
    const others = serving.filter((other) => other !== server).length
    const excused = [...basis.members.values()].filter((member) => {
      const other = this.#witness.machine(member.host)
      return (
        member.unit !== unit &&
        other !== undefined &&
        !serves(other, member.unit) &&
        this.#excused(other, member.unit, basis)
      )
    }).length
    if (others + excused >= ensemble.majority) return
    this.violate('quorum', `${machine.name}: a serving server is taken down, ${others} of ${ensemble.voters} are left`)
  }

  #budget(machine: Machine, unit: string, step: Step, basis: Basis): void {
    const own = basis.members.get(step.member)
    const group = basis.groups.find(({ name }) => name === own?.group)
    if (group?.budget.kind !== 'MaxUnavailable') return
    const others = [...basis.members.values()].filter((other) => other.group === group.name && other.unit !== unit)
    const down = others.filter((other) => {
      const at = this.#witness.machine(other.host)
      return at !== undefined && !serves(at, other.unit) && !this.#excused(at, other.unit, basis)
    })
    if (down.length < group.budget.count) return
    const names = down.map(({ host }) => host).join(', ')
    this.violate('budget', `${machine.name}: ${step.member} is taken down while ${names} of ${group.name} do not serve`)
  }

  #sharedMachine(machine: Machine, unit: string, basis: Basis): void {
    for (const [other, { at, object }] of this.#taken.get(machine.name) ?? []) {
      if (other === unit || object === basis.object || this.#witness.now() - at > disruptionEndsMs) continue
      if (!serves(machine, other)) this.violate('machine', `${machine.name}: ${unit} and ${other} are down at once`)
    }
  }

  #leaderLast(machine: Machine, unit: string, step: Step, basis: Basis): void {
    const server = machine.systemd.process(unit)
    if (!(server instanceof Server) || server.state !== 'leading') return
    const others = (basis.decision.plan?.waves ?? [])
      .flatMap((wave) => wave.steps)
      .filter((other) => other.action.verb === 'RestartUnit' && other.member !== step.member)
      .filter((other) => basis.members.get(other.member)?.group === basis.members.get(step.member)?.group)
    // It may have become the leader since.
    if (others.length > 0 && server.leadsSince < basis.lookedAt) {
      this.violate('leader last', `${machine.name}: the leader is restarted before ${others.length} others`)
    }
  }

  #breaker(step: Step, basis: Basis): void {
    const own = basis.members.get(step.member)
    const group = basis.groups.find(({ name }) => name === own?.group)
    if (group === undefined) return
    const unseen = [...basis.members.values()].filter(
      (other) => other.group === group.name && basis.unseen.has(other.host),
    )
    if (unseen.length > group.breaker) {
      this.violate(
        'breaker',
        `${step.host}: ${step.member} is restarted while ${unseen.length} of ${group.name} are unseen`,
      )
    }
  }

  #data({ machine, step }: Point): void {
    const { action } = step
    const ensemble = this.#witness.ensemble()
    const basis = this.#witness.basisOf(step)
    if (ensemble === undefined || basis === undefined) return
    if (action.verb === 'MarkFirstStart' && ensemble.born) {
      this.violate('first start', `${machine.name}: the marker is written for an ensemble that has led before`)
    }
    if (
      action.verb === 'MoveAside' &&
      this.#holdsData(machine, action.path) &&
      !this.#othersServe(machine, ensemble, basis)
    ) {
      this.violate('data', `${machine.name}: ${action.path} is moved aside while no majority of the others serves`)
    }
    if (action.verb !== 'StartUnit' && action.verb !== 'RestartUnit') return
    const dataDir = '/data/zookeeper'
    const isServer = action.unit.includes('zookeeper')
    if (!isServer || !ensemble.born || this.#holdsData(machine, dataDir)) return
    if (machine.files.has(`${dataDir}/initialize`)) return
    if (action.verb === 'RestartUnit' && serves(machine, action.unit)) return
    // A look from when it had its data: without a vote it does no harm, and the next look sees it.
    if (basis.stale.has(machine.name) || machine.lostDataAt >= basis.lookedAt) return
    if (!this.#othersServe(machine, ensemble, basis)) {
      this.violate(
        'emptied',
        `${machine.name}: a server without data is started while no majority of the others serves`,
      )
    }
  }

  #holdsData(machine: Machine, path: string): boolean {
    for (const file of machine.files.keys()) {
      if (
        file.startsWith(path) &&
        (file.endsWith('/snapshot.0') || file.endsWith('/log.1')) &&
        !file.includes('.aside-')
      )
        return true
    }
    return false
  }

  #othersServe(machine: Machine, ensemble: Ensemble, basis: Basis): boolean {
    const others = [...basis.members.values()].filter((member) => {
      if (member.host === machine.name) return false
      const other = this.#witness.machine(member.host)
      return other !== undefined && (serves(other, member.unit) || this.#excused(other, member.unit, basis))
    })
    return others.length >= ensemble.majority
  }
}

/** What has to be known for a step to be right. */
function questionBehind({ action }: Step): Question | undefined {
  switch (action.verb) {
    case 'WriteFile':
      return { ask: 'file', path: action.file.path }
    case 'EnsureDirectory':
      return { ask: 'directory', path: action.directory.path }
    case 'InstallArchive':
      return { ask: 'software', path: action.software.path }
    case 'StartUnit':
    case 'StopUnit':
    case 'RestartUnit':
      return { ask: 'unit', unit: action.unit }
    default:
      return undefined
  }
}
