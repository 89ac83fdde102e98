import { existsSync, rmSync, statfsSync } from 'node:fs'
import { info } from '../common/log.ts'

export interface GcSettings {
  readonly workDirectory: string
  readonly delayMs: number
  /** Share of the disk that is kept free. */
  readonly headroom: number
  readonly watchMs: number
}

const dayMs = 86_400_000

/** Removes what has ended once it is old enough: the fuller the disk, the sooner. */
export class Gc {
  readonly #settings: GcSettings
  readonly #scheduled = new Map<string, number>()
  readonly #timer: NodeJS.Timeout
  succeeded = 0
  failed = 0

  constructor(settings: GcSettings) {
    this.#settings = settings
    this.#timer = setInterval(() => this.#prune(), settings.watchMs)
    this.#timer.unref()
  }

  get pending(): number {
    return this.#scheduled.size
  }

  /** `slave/executor_directory_max_allowed_age_secs`, before the use of the disk is known. */
  get maxAgeSeconds(): number {
    return (this.#settings.delayMs * (1 - this.#settings.headroom)) / 1000
  }

  schedule(path: string): void {
    if (!existsSync(path)) return
    info('gc.cpp:95', `Scheduling '${path}' for gc ${this.#settings.delayMs / dayMs}days in the future`)
    this.#scheduled.set(path, Date.now())
  }

  /** What is used again is kept. */
  unschedule(path: string): void {
    this.#scheduled.delete(path)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #prune(): void {
    const usage = diskUsage(this.#settings.workDirectory)
    const age = this.#settings.delayMs * Math.max(0, 1 - this.#settings.headroom - usage)
    info('slave.cpp:7668', `Current disk usage ${(usage * 100).toFixed(2)}%. Max allowed age: ${age / dayMs}days`)
    for (const [path, since] of this.#scheduled) {
      if (Date.now() - since < age) continue
      this.#scheduled.delete(path)
      this.#remove(path)
    }
  }

  #remove(path: string): void {
    try {
      rmSync(path, { recursive: true, force: true })
      this.succeeded += 1
    } catch {
      this.failed += 1
    }
  }
}

function diskUsage(directory: string): number {
  const { blocks, bavail } = statfsSync(directory)
  return blocks === 0 ? 0 : 1 - bavail / blocks
}
