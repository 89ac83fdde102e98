import type { UnitAnswer } from '../../src/model/question.ts'
import { digestOf } from './digest.ts'
import type { Machine } from './machine.ts'
import type { Launch, Process } from './process.ts'
import { type UnitText, unitText } from './unit-text.ts'

const unitDirectory = '/usr/local/lib/systemd/system'
const startLimit = { windowMs: 120_000, burst: 6 }

interface Unit {
  readonly name: string
  enabled: boolean
  masked: boolean
  /** What systemd holds of the unit file; undefined: nothing. */
  held: string | undefined
  active: 'inactive' | 'active' | 'activating' | 'failed'
  process: Process | undefined
  restarts: number
  result: string
  exitStatus: number
  starts: number[]
  /** Has no file, and is gone when its process is. */
  transient: boolean
  /** Takes back the start that Restart=, or a boot, has ordered. */
  cancel: (() => void) | undefined
}

/** As `systemctl` would say it; '' is success. */
type Said = string

/** One machine's systemd, as far as units of ironherd go: Type=simple, Restart=always, the start limit, masks and links. */
export class Systemd {
  readonly #machine: Machine
  readonly #launch: Launch
  readonly #units = new Map<string, Unit>()
  /** Told of every process that ends or begins. */
  onChange: (unit: string) => void = () => undefined

  constructor(machine: Machine, launch: Launch) {
    this.#machine = machine
    this.#launch = launch
  }

  /** Those that have, or had, a unit file. */
  names(): readonly string[] {
    return [...this.#units.values()].filter(({ held }) => held !== undefined).map(({ name }) => name)
  }

  process(name: string): Process | undefined {
    return this.#units.get(name)?.process
  }

  processes(): readonly { readonly unit: string; readonly process: Process }[] {
    return [...this.#units.values()].flatMap(({ name, process }) =>
      process === undefined ? [] : [{ unit: name, process }],
    )
  }

  isStopped(name: string): boolean {
    return ['inactive', 'failed'].includes(this.#unit(name).active)
  }

  isEnabled(name: string): boolean {
    return this.#units.get(name)?.enabled ?? false
  }

  /** A link to a file that is gone starts nothing. */
  startsByItself(name: string): boolean {
    return this.isEnabled(name) && this.#onDisk(name) !== undefined
  }

  isMasked(name: string): boolean {
    return this.#units.get(name)?.masked ?? false
  }

  // systemctl

  reload(): void {
    for (const unit of this.#units.values()) unit.held = this.#onDisk(unit.name)
  }

  enable(name: string): Said {
    const unit = this.#unit(name)
    if (unit.masked) return `Failed to enable unit: Unit ${name} is masked.`
    if (this.#onDisk(name) === undefined) return `Failed to enable unit: Unit file ${name} does not exist.`
    unit.enabled = true
    return ''
  }

  /** "Unit is masked, ignoring": that is no failure, and the links stay. */
  disable(name: string): Said {
    const unit = this.#unit(name)
    if (!unit.masked) unit.enabled = false
    return ''
  }

  mask(name: string): void {
    this.#unit(name).masked = true
  }

  unmask(name: string): void {
    this.#unit(name).masked = false
  }

  /** Also forgets the starts that count against the limit. */
  resetFailed(name: string): void {
    const unit = this.#unit(name)
    unit.starts = []
    if (unit.active === 'failed') unit.active = 'inactive'
  }

  start(name: string): Said {
    const unit = this.#unit(name)
    if (unit.active === 'active') return ''
    if (unit.masked) return `Failed to start ${name}: Unit ${name} is masked.`
    unit.held ??= this.#onDisk(name)
    if (unit.held === undefined) return `Failed to start ${name}: Unit ${name} not found.`
    unit.cancel?.()
    unit.restarts = 0
    return this.#begin(unit)
  }

  /** What `systemd-run --collect` does. */
  runTransient(name: string, process: Process): Said {
    const unit = this.#unit(name)
    if (unit.process !== undefined) return `Failed to start transient service unit: Unit ${name} was already loaded.`
    Object.assign(unit, { active: 'active', process, result: 'success', exitStatus: 0, transient: true })
    this.onChange(name)
    return ''
  }

  /** It has come to its end. */
  transientEnds(name: string, process: Process): void {
    const unit = this.#unit(name)
    if (unit.process !== process) return
    Object.assign(unit, { active: 'inactive', process: undefined })
    this.onChange(name)
  }

  stop(name: string): void {
    const unit = this.#unit(name)
    unit.cancel?.()
    unit.cancel = undefined
    this.#end(unit, 'terminated')
    unit.active = 'inactive'
    unit.result = 'success'
    this.onChange(name)
  }

  /** SIGKILL from outside: what Restart= makes of it is systemd's business. */
  kill(name: string): void {
    const unit = this.#unit(name)
    if (unit.process === undefined) return
    this.#end(unit, 'killed')
    if (unit.transient) unit.active = 'inactive'
    else this.#left(unit, 'signal', 9)
  }

  powerFails(): void {
    for (const unit of this.#units.values()) {
      unit.cancel?.()
      unit.cancel = undefined
      this.#end(unit, 'powerOff')
      Object.assign(unit, { active: 'inactive', restarts: 0, result: 'success', exitStatus: 0, starts: [] })
      this.onChange(unit.name)
    }
  }

  boot(): void {
    const { clock } = this.#machine
    this.reload()
    for (const unit of this.#units.values()) {
      // What is to be started is settled when the boot begins.
      if (!unit.enabled || unit.masked) continue
      unit.cancel = clock.after(8_000, () => {
        if (unit.active === 'inactive') this.start(unit.name)
      })
    }
  }

  /** The answer of `systemctl show`. */
  show(name: string): UnitAnswer {
    const unit = this.#unit(name)
    const disk = this.#onDisk(name)
    unit.held ??= disk
    const running = unit.process
    const there = unit.held !== undefined || (unit.transient && running !== undefined)
    const loadState = unit.masked ? 'masked' : there ? 'loaded' : 'not-found'
    return {
      loadState,
      activeState: unit.active,
      subState: { inactive: 'dead', active: 'running', activating: 'auto-restart', failed: 'failed' }[unit.active],
      unitFileState: unit.masked ? 'masked' : disk === undefined ? '' : unit.enabled ? 'enabled' : 'disabled',
      fragmentPath: loadState === 'loaded' ? `${unitDirectory}/${name}` : '',
      needReload: !unit.masked && unit.held !== disk,
      mainPid: running?.pid ?? 0,
      startedAt: running?.startedAt ?? 0,
      restarts: unit.restarts,
      result: unit.result,
      exitStatus: unit.exitStatus,
    }
  }

  #unit(name: string): Unit {
    const unit = this.#units.get(name) ?? {
      name,
      enabled: false,
      masked: false,
      held: undefined,
      active: 'inactive',
      process: undefined,
      restarts: 0,
      result: 'success',
      exitStatus: 0,
      starts: [],
      transient: false,
      cancel: undefined,
    }
    this.#units.set(name, unit)
    return unit
  }

  #onDisk(name: string): string | undefined {
    return this.#machine.files.get(`${unitDirectory}/${name}`)?.content
  }

  #begin(unit: Unit): Said {
    const machine = this.#machine
    const { now } = machine.clock
    unit.cancel = undefined
    unit.starts = unit.starts.filter((at) => at > now - startLimit.windowMs)
    if (unit.starts.length >= startLimit.burst) {
      unit.active = 'failed'
      unit.result = 'start-limit-hit'
      return `Failed to start ${unit.name}: start limit hit`
    }
    unit.starts.push(now)
    const text = unit.held === undefined ? undefined : unitText(unit.name, unit.held)
    if (text === undefined) {
      Object.assign(unit, { active: 'failed', result: 'exit-code', exitStatus: 203 })
      return `Failed to start ${unit.name}: Unit has a bad unit file setting.`
    }
    const missing = text.mounts.find((mount) => !machine.isMounted(mount))
    if (missing !== undefined) {
      Object.assign(unit, { active: 'inactive', result: 'dependency' })
      return `A dependency job for ${unit.name} failed: nothing is mounted at ${missing}.`
    }
    const status = this.#prepare(text) ?? this.#launchIn(unit, text)
    if (status === undefined) {
      this.onChange(unit.name)
      return ''
    }
    this.#left(unit, 'exit-code', status)
    // The daemon that exits at once has been started all the same; what fails before it has not.
    return status >= 200 || status === 1 ? `Job for ${unit.name} failed because the control process exited.` : ''
  }

  /** What systemd does before ExecStart; a number is the exit status with which it fails. */
  #prepare(text: UnitText): number | undefined {
    const machine = this.#machine
    if (!machine.users.has(text.user)) return 217
    if (!machine.directories.has(text.workingDirectory)) return 200
    const lines = text.summed.map((path) => {
      const file = machine.files.get(path)
      return file === undefined ? undefined : `${digestOf(file.content)}  ${path}\n`
    })
    if (lines.includes(undefined)) return 1
    machine.put(text.loaded, { content: lines.join(''), mode: '644', owner: 'root', group: 'root' })
    return undefined
  }

  #launchIn(unit: Unit, text: UnitText): number | undefined {
    const launched = this.#launch(this.#machine, text, (status) => {
      if (unit.process === undefined) return
      this.#end(unit, 'killed')
      this.#left(unit, status === 0 ? 'success' : 'exit-code', status)
    })
    if (typeof launched === 'number') return launched
    unit.process = launched
    unit.active = 'active'
    return undefined
  }

  #end(unit: Unit, how: 'terminated' | 'killed' | 'powerOff'): void {
    const { process } = unit
    unit.process = undefined
    process?.gone(how)
    const text = unit.held === undefined ? undefined : unitText(unit.name, unit.held)
    if (text !== undefined) this.#machine.files.delete(text.loaded)
  }

  /** The main process is gone and nobody asked for it: Restart=always. */
  #left(unit: Unit, result: string, exitStatus: number): void {
    const machine = this.#machine
    const { boots, clock } = machine
    Object.assign(unit, { active: 'activating', result, exitStatus })
    const text = unit.held === undefined ? undefined : unitText(unit.name, unit.held)
    this.onChange(unit.name)
    unit.cancel = clock.after(text?.restartMs ?? 2000, () => {
      if (!machine.on || machine.boots !== boots || unit.active !== 'activating') return
      unit.restarts++
      if (unit.masked) Object.assign(unit, { active: 'failed', result: 'resources' })
      else this.#begin(unit)
    })
  }
}
