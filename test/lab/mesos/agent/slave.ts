import type { Flags } from '../common/flags.ts'
import { exitWith, info } from '../common/log.ts'
import type { Metrics } from '../common/metrics.ts'
import { formatPid } from '../common/pid.ts'
import type { Libprocess } from '../common/process.ts'
import { version } from '../common/version.ts'
import type { SlaveReregistered } from '../messages.ts'
import type { SlaveInfo } from '../shapes.ts'
import { Draining } from './draining.ts'
import { addGauges } from './gauges.ts'
import { receiveOrders } from './orders.ts'
import { assemble, type Parts } from './parts.ts'
import { reconnect, restore } from './reconnect.ts'
import { bootId } from './recover.ts'
import { collectOldAgents, formerSelf } from './recovery.ts'
import { Registration } from './registration.ts'
import { credentialOf } from './settings.ts'
import type { AgentView } from './view.ts'

/** An agent from its recovery to its end. */
export class Slave {
  readonly #flags: Flags
  readonly #process: Libprocess
  readonly #parts: Parts
  readonly #draining: Draining
  readonly #registration: Registration
  readonly #startTime = Date.now() / 1000
  readonly #ended: () => void
  #recoverySeconds: number | undefined
  /** Told to end, it goes when its last framework has gone. */
  #terminating = false

  /** `ended` is called once, when the process may go with status 0. */
  constructor(flags: Flags, process: Libprocess, metrics: Metrics, description: SlaveInfo, ended: () => void) {
    this.#flags = flags
    this.#process = process
    this.#ended = ended
    this.#parts = assemble(flags, process, metrics, description.hostname, {
      master: () => this.#registration.master,
      emptied: () => this.#emptied(),
    })
    this.#draining = new Draining(this.#parts)
    const settings = {
      version,
      backoffFactorMs: flags.duration('registration_backoff_factor') ?? 0,
      credential: credentialOf(flags),
    }
    this.#registration = new Registration(process, settings, description, {
      report: () => this.#parts.frameworks.report(),
      registered: (id) => {
        this.#parts.checkpoint.slave(this.#registration.info, id)
        this.#parts.updates.resume()
      },
      reregistered: (message) => this.#reregistered(message),
      lost: () => this.#parts.updates.pause(),
      shutdown: () => this.#shutdown(),
    })
    receiveOrders(process, this.#parts, {
      slaveId: () => this.#registration.info.id?.value,
      refusal: () => this.#refusal(),
      drain: (config) => this.#draining.start(this.#registration.info.id?.value ?? '', config),
    })
    addGauges(metrics, this.view, this.#parts.gc, 2 ** 31)
  }

  get registration(): Registration {
    return this.#registration
  }

  get view(): AgentView {
    return {
      pid: formatPid({ id: 'slave(1)', ip: this.#process.ip, port: this.#process.port }),
      startTime: this.#startTime,
      flags: this.#flags.all(),
      frameworks: this.#parts.frameworks,
      now: () => ({
        info: this.#registration.info,
        registered: this.#registration.registered,
        leader: this.#registration.leader,
        draining: this.#draining.order,
        recoverySeconds: this.#recoverySeconds,
      }),
    }
  }

  /** Comes back as what it was, or as a new agent; then registers. A failed recovery is the end of the process. */
  async recover(environment: NodeJS.ProcessEnv): Promise<void> {
    const began = performance.now()
    const boot = bootId(environment)
    this.#parts.updates.pause()
    const { recovered, self } = formerSelf(this.#flags, boot, this.#registration.info)
    this.#parts.counters.recoveryErrors.add(recovered.errors)
    const cleanup = this.#flags.text('recover') === 'cleanup'
    restore(this.#parts, recovered)
    await reconnect(this.#parts, this.#flags.duration('executor_reregistration_timeout') ?? 0, cleanup)
    info('slave.cpp:8388', 'Finished recovery')
    this.#parts.checkpoint.bootId(boot)
    this.#recoverySeconds = (performance.now() - began) / 1000
    collectOldAgents(this.#parts.gc, this.#flags.text('work_dir') ?? '', self.id?.value)
    if (cleanup) this.#shutdown()
    else {
      this.#registration.start(self)
      if (recovered.drain !== undefined) this.#draining.start(self.id?.value ?? '', recovered.drain)
    }
  }

  /** SIGUSR1: gone for good, as far as the master is told (f-timing/shutdown.txt). */
  leave(user: string): void {
    info('slave.cpp:1047', `Received SIGUSR1 signal from user ${user}; unregistering and shutting down`)
    this.#registration.unregister()
    this.#shutdown()
  }

  #reregistered({ reconciliations, slave_id }: SlaveReregistered): void {
    // What it may have become is what it has to be from now on.
    this.#parts.checkpoint.slave(this.#registration.info, slave_id.value)
    this.#parts.updates.resume()
    for (const { framework_id, statuses } of reconciliations) {
      for (const { task_id } of statuses) {
        const which = { slaveId: slave_id.value, frameworkId: framework_id.value, taskId: task_id.value }
        const reason = 'REASON_RECONCILIATION'
        this.#parts.states.refuse(
          which,
          'TASK_LOST',
          reason,
          'Reconciliation: task unknown to the agent',
          () => undefined,
        )
      }
    }
  }

  #refusal(): string | undefined {
    if (this.#terminating) return 'the agent is terminating'
    return this.#draining.order === undefined ? undefined : 'Agent is draining'
  }

  #shutdown(): void {
    if (this.#terminating) return
    this.#terminating = true
    for (const id of [...this.#parts.frameworks.running.keys()]) this.#parts.runner.shutdownFramework(id)
    if (this.#parts.frameworks.running.size === 0) this.#terminate()
  }

  #emptied(): void {
    this.#draining.finish(this.#registration.info.id?.value ?? '')
    if (this.#terminating) this.#terminate()
  }

  #terminate(): void {
    info('slave.cpp:1004', 'Agent terminating')
    this.#registration.close()
    this.#parts.gc.close()
    this.#ended()
  }
}

/** The flags that only have some values; a wrong one is the end. */
export function checkChoices(flags: Flags): void {
  const policy = flags.text('reconfiguration_policy') ?? ''
  if (!['equal', 'additive'].includes(policy)) {
    exitWith(
      'slave.cpp:470',
      `Unknown option for 'reconfiguration_policy' flag ${policy}. Please run the agent with '--help' to see the valid options.`,
    )
  }
  const recover = flags.text('recover') ?? ''
  if (!['reconnect', 'cleanup'].includes(recover)) {
    exitWith(
      'slave.cpp:340',
      `Unknown option for 'recover' flag ${recover}. Please run the agent with '--help' to see the valid options`,
    )
  }
}
