import type { MasterInfo } from '../common/detector.ts'
import { exitWith, info, warning } from '../common/log.ts'
import { formatPid, type Pid, parsePid } from '../common/pid.ts'
import type { Libprocess } from '../common/process.ts'
import type {
  PingSlave,
  RegisterSlave,
  Shutdown,
  SlaveRegistered,
  SlaveReregistered,
  UnregisterSlave,
  UpdateSlave,
} from '../messages.ts'
import type { Credential, SlaveInfo } from '../shapes.ts'
import { capabilities } from './capabilities.ts'
import { PingWatch } from './ping-watch.ts'
import type { RegistrationEvents } from './registration-events.ts'
import { newUuid } from './uuid.ts'

const self = 'slave(1)'
const maxBackoffMs = 60_000

/** The agent's standing with the leading master: registers with growing pauses, answers pings, and starts again when they stop. */
export class Registration {
  readonly #process: Libprocess
  readonly #version: string
  readonly #backoffFactorMs: number
  readonly #credential: Credential | undefined
  readonly #events: RegistrationEvents
  readonly #resourceVersion = newUuid()
  #info: SlaveInfo
  #ready = false
  #leader: MasterInfo | undefined
  #master: Pid | undefined
  #registered = false
  #link: { unlink(): void } | undefined
  #retry: NodeJS.Timeout | undefined
  readonly #pings = new PingWatch(() => {
    info('slave.cpp:1464', 'Re-detecting master')
    this.#begin(this.#leader)
  })

  constructor(
    process: Libprocess,
    settings: {
      readonly version: string
      readonly backoffFactorMs: number
      readonly credential: Credential | undefined
    },
    info: SlaveInfo,
    events: RegistrationEvents,
  ) {
    this.#process = process
    this.#version = settings.version
    this.#backoffFactorMs = settings.backoffFactorMs
    this.#credential = settings.credential
    this.#info = info
    this.#events = events
    const on = (name: string, handler: (from: Pid, body: unknown) => void): void =>
      process.receive(self, `mesos.internal.${name}`, handler)
    on('SlaveRegisteredMessage', (from, body) => this.#accepted(from, body as SlaveRegistered))
    on('SlaveReregisteredMessage', (from, body) => this.#acceptedAgain(from, body as SlaveReregistered))
    on('PingSlaveMessage', (from, body) => this.#ping(from, body as PingSlave))
    on('ShutdownMessage', (from, body) => this.#told(from, body as Shutdown))
  }

  get registered(): boolean {
    return this.#registered
  }

  get leader(): MasterInfo | undefined {
    return this.#leader
  }

  get master(): Pid | undefined {
    return this.#master
  }

  get info(): SlaveInfo {
    return this.#info
  }

  /** Recovery is over: from now on a master that is known is registered with. */
  start(info: SlaveInfo): void {
    this.#info = info
    this.#ready = true
    if (this.#leader !== undefined) this.#begin(this.#leader)
  }

  detected(leader: MasterInfo | undefined): void {
    this.#leader = leader
    if (this.#ready) this.#begin(leader)
  }

  /** SIGUSR1: the master is told that this agent is no more. */
  unregister(): void {
    if (this.#info.id === undefined) return
    const body: UnregisterSlave = { slave_id: this.#info.id }
    this.#tell('UnregisterSlaveMessage', body)
  }

  close(): void {
    this.#ready = false
    this.#master = undefined
    clearTimeout(this.#retry)
    this.#pings.stop()
    this.#link?.unlink()
  }

  #begin(leader: MasterInfo | undefined): void {
    this.#registered = false
    clearTimeout(this.#retry)
    this.#link?.unlink()
    this.#events.lost()
    if (leader === undefined) {
      info('slave.cpp:1468', 'Lost leading master')
      this.#master = undefined
    } else {
      this.#master = parsePid(leader.pid)
      info('slave.cpp:1475', `New master detected at ${leader.pid}`)
      if (this.#credential === undefined) {
        info('slave.cpp:1529', 'No credentials provided. Attempting to register without authentication')
      }
      this.#watch(this.#master)
      this.#pings.expect()
      this.#later(this.#backoffFactorMs)
    }
    info('slave.cpp:1540', 'Detecting new master')
  }

  /** Somewhere within the pause, so that not all agents come at once; the next pause is twice as long. */
  #later(pauseMs: number): void {
    this.#retry = setTimeout(() => {
      if (this.#registered || this.#master === undefined) return
      this.#register(this.#master)
      this.#later(Math.min(pauseMs * 2, maxBackoffMs))
    }, Math.random() * pauseMs)
  }

  #register(master: Pid): void {
    const common: RegisterSlave = {
      slave: this.#info,
      checkpointed_resources: [],
      version: this.#version,
      agent_capabilities: capabilities.map((type) => ({ type })),
      ...(this.#credential === undefined ? {} : { credential: this.#credential }),
    }
    this.#watch(master)
    if (this.#info.id === undefined) this.#tell('RegisterSlaveMessage', common)
    else this.#tell('ReregisterSlaveMessage', { ...common, ...this.#events.report() })
  }

  #accepted(from: Pid, { slave_id, connection }: SlaveRegistered): void {
    if (!this.#isMaster(from)) return
    this.#pings.timeoutMs = connection.total_ping_timeout_seconds * 1000
    if (this.#registered) return
    if (this.#info.id !== undefined && this.#info.id.value !== slave_id.value) {
      exitWith(
        'slave.cpp:1722',
        `Registered but got wrong id: ${slave_id.value}(expected: ${this.#info.id.value}). Committing suicide`,
      )
    }
    info('slave.cpp:1700', `Registered with master ${formatPid(from)}; given agent ID ${slave_id.value}`)
    this.#info = { ...this.#info, id: slave_id }
    this.#events.registered(slave_id.value)
    this.#settled('slave.cpp:1795')
  }

  #acceptedAgain(from: Pid, message: SlaveReregistered): void {
    if (!this.#isMaster(from)) return
    this.#pings.timeoutMs = message.connection.total_ping_timeout_seconds * 1000
    const expected = this.#info.id?.value ?? ''
    if (message.slave_id.value !== expected) {
      exitWith(
        'slave.cpp:1850',
        `Re-registered but got wrong id: ${message.slave_id.value} (expected: ${expected}). Committing suicide`,
      )
    }
    if (this.#registered) {
      warning('slave.cpp:1863', `Already reregistered with master ${formatPid(from)}`)
      return
    }
    info('slave.cpp:1832', `Re-registered with master ${formatPid(from)}`)
    this.#events.reregistered(message)
    this.#settled('slave.cpp:1886')
  }

  #settled(place: string): void {
    this.#registered = true
    clearTimeout(this.#retry)
    this.#pings.expect()
    const { id } = this.#info
    if (id === undefined) return
    const update: UpdateSlave = {
      slave_id: id,
      update_oversubscribed_resources: false,
      resource_version_uuid: { value: this.#resourceVersion },
    }
    const shown = { operations: {}, resource_providers: {}, resource_version_uuid: { value: this.#resourceVersion } }
    const words = { ...shown, slave_id: id, update_oversubscribed_resources: false }
    info(place, `Forwarding agent update ${JSON.stringify(words)}`)
    this.#tell('UpdateSlaveMessage', update)
  }

  #ping(from: Pid, { connected }: PingSlave): void {
    this.#process.send(self, from, 'mesos.internal.PongSlaveMessage', {})
    if (this.#master === undefined || from.ip !== this.#master.ip || from.port !== this.#master.port) return
    this.#pings.expect()
    if (connected || !this.#registered) return
    info(
      'slave.cpp:6662',
      'Master marked the agent as disconnected but the agent considers itself registered! Forcing re-registration.',
    )
    this.#begin(this.#leader)
  }

  #told(from: Pid, { message }: Shutdown): void {
    if (!this.#isMaster(from)) return
    // The message is the stand-ins' own way to say it; the real agent learns it while it authenticates, and exits so.
    if (message === 'Master refused authentication')
      exitWith('slave.cpp:1618', `Master ${formatPid(from)} refused authentication`)
    info('slave.cpp:1041', `Agent asked to shut down by ${formatPid(from)} because '${message}'`)
    this.#events.shutdown(message)
  }

  #watch(master: Pid): void {
    this.#link?.unlink()
    this.#link = this.#process.link(master, () => {
      info('slave.cpp:6718', `Got exited event for ${formatPid(master)}`)
      warning('slave.cpp:6723', 'Master disconnected! Waiting for a new master to be elected')
    })
  }

  #isMaster(from: Pid): boolean {
    if (this.#master !== undefined && formatPid(from) === formatPid(this.#master)) return true
    warning('slave.cpp:1675', `Ignoring message from ${formatPid(from)} because it is not the expected master`)
    return false
  }

  #tell(name: string, body: unknown): void {
    if (this.#master !== undefined) this.#process.send(self, this.#master, `mesos.internal.${name}`, body)
  }
}
