import pLimit from 'p-limit'
import type { HostTarget } from '../model/engine.ts'
import { unknown } from '../model/fact.ts'
import type { HostFacts } from '../model/facts.ts'
import type { Question } from '../model/question.ts'
import type { Attempt, LinkSurroundings } from './link.ts'
import { HostLink, targetIdentity } from './link.ts'
import { parseLook } from './look-reply.ts'
import { renderLook } from './look-script.ts'
import type { FleetSettings } from './settings.ts'
import { defaultSettings } from './settings.ts'
import { SoftwareChecks } from './software-checks.ts'
import { openTunnel } from './tunnel.ts'
import type {
  Failure,
  Fleet,
  FleetObserver,
  HostStats,
  LocalArchive,
  RunOptions,
  RunResult,
  Tunnel,
  UploadResult,
} from './types.ts'
import { uploadArchive } from './upload.ts'

export interface FleetOptions {
  readonly settings?: Partial<FleetSettings>
  /** ms since the epoch. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  readonly observe?: FleetObserver
}

export function createFleet(options: FleetOptions): Fleet {
  return new SshFleet(options)
}

class SshFleet implements Fleet {
  readonly #around: LinkSurroundings
  readonly #links = new Map<string, HostLink>()
  readonly #checks: SoftwareChecks
  readonly #commands: <T>(work: () => Promise<T>) => Promise<T>
  readonly #uploads: <T>(work: () => Promise<T>) => Promise<T>
  /** Two uploads of one file to one host would write behind each other's back. */
  readonly #uploading = new Map<string, Promise<UploadResult>>()
  readonly #sweep: NodeJS.Timeout

  constructor(options: FleetOptions) {
    const settings = { ...defaultSettings, ...options.settings }
    this.#around = { settings, now: options.now, random: options.random, observe: options.observe ?? {} }
    this.#checks = new SoftwareChecks(settings.softwareCheckMs, options.random)
    this.#commands = pLimit(settings.commandConcurrency)
    this.#uploads = pLimit(settings.uploadConcurrency)
    this.#sweep = setInterval(() => this.#closeIdle(), 60_000)
    this.#sweep.unref()
  }

  async look(target: HostTarget, questions: readonly Question[], signal: AbortSignal): Promise<HostFacts> {
    return this.#commands(async () => {
      const link = this.#link(target)
      const began = this.#around.now()
      const check = this.#checks.due(target.key, questions, began)
      const script = renderLook(questions, check)
      const first = await this.#lookOnce(link, script, questions, signal)
      // A connection that died while nobody used it is noticed by the first who does. A look may be sent twice. One that
      // fell silent is not tried again at once: that would only tell later that the host is out of sight.
      const quick = this.#around.now() - began < 2000
      const dead = first.state === 'unknown' && first.code === 'ConnectionLost' && link.connects > 0 && quick
      const facts = dead && !signal.aborted ? await this.#lookOnce(link, script, questions, signal) : first
      if (check !== undefined) this.#checks.learn(target.key, check, facts, this.#around.now())
      return facts
    })
  }

  async #lookOnce(
    link: HostLink,
    script: string,
    questions: readonly Question[],
    signal: AbortSignal,
  ): Promise<HostFacts> {
    const { now, settings, observe } = this.#around
    const host = link.target.name
    // The time of connecting and queueing must not count as the way of the script: it would be taken for clock skew.
    const connected = await link.prepare(signal)
    if (connected !== undefined) return unknown(connected.code, connected.why)
    const sentAt = now()
    const attempt = await link.run(script, { timeoutMs: settings.lookMs, signal })
    const receivedAt = now()
    observe.roundTrip?.(link.target.key, 'look', receivedAt - sentAt, attempt.state === 'answered')
    if (attempt.state === 'failed') return unknown(attempt.code, attempt.why)
    if (attempt.state === 'broken') return unknown(attempt.code, `${host}: ${attempt.why}`)
    if (attempt.code !== 0) {
      const why = wasKilled(attempt.code) ? `the look took longer than ${settings.lookMs / 1000} s` : lastWords(attempt)
      return unknown('ProbeFailed', `${host}: ${why}`)
    }
    return parseLook(attempt.stdout, { host, questions, sentAt, receivedAt })
  }

  async run(target: HostTarget, script: string, options: RunOptions): Promise<RunResult> {
    return this.#commands(async (): Promise<RunResult> => {
      const { now, observe } = this.#around
      const link = this.#link(target)
      const began = now()
      const attempt = await link.run(script, options)
      const took = now() - began
      observe.roundTrip?.(target.key, 'run', took, attempt.state === 'answered')
      if (attempt.state === 'failed') return attempt
      const why = (text: string): string => `${target.name}: ${text}`
      if (attempt.state === 'broken')
        return { state: 'failed', code: attempt.code, why: why(attempt.why), started: true }
      if (wasKilled(attempt.code) && took >= options.timeoutMs) {
        const text = `killed after ${options.timeoutMs / 1000} s: ${lastWords(attempt)}`
        return { state: 'failed', code: 'StepTimedOut', why: why(text), started: true }
      }
      return {
        state: 'ran',
        code: attempt.code,
        stdout: attempt.stdout.toString('utf8'),
        stderr: attempt.stderr.toString('utf8'),
      }
    })
  }

  async upload(
    target: HostTarget,
    archive: LocalArchive,
    remotePath: string,
    options: RunOptions,
  ): Promise<UploadResult> {
    const key = `${target.key} ${remotePath}`
    const running = this.#uploading.get(key)
    if (running !== undefined) {
      await running
      return this.upload(target, archive, remotePath, options)
    }
    const upload = this.#uploads(() => this.#uploadOnce(target, archive, remotePath, options))
    this.#uploading.set(key, upload)
    try {
      return await upload
    } finally {
      this.#uploading.delete(key)
    }
  }

  async #uploadOnce(
    target: HostTarget,
    archive: LocalArchive,
    remotePath: string,
    options: RunOptions,
  ): Promise<UploadResult> {
    const { now, observe } = this.#around
    const began = now()
    const result = await uploadArchive(this.#link(target), archive, remotePath, options)
    const took = now() - began
    observe.roundTrip?.(target.key, 'upload', took, result.state === 'present')
    if (result.state === 'present' && result.sentBytes > 0) observe.uploaded?.(target.key, result.sentBytes, took)
    return result
  }

  async tunnel(target: HostTarget, address: string, port: number, signal: AbortSignal): Promise<Tunnel> {
    const link = this.#link(target)
    const tunnel = await link.withConnection(signal, async (connection) => {
      link.hold(connection)
      try {
        return await openTunnel(connection, address, port, signal, this.#around.settings.openMs, () =>
          link.release(connection),
        )
      } catch (error) {
        link.release(connection)
        throw new Error(`${target.name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    })
    if ('state' in tunnel) throw new Error(tunnel.why)
    return tunnel
  }

  async reach(target: HostTarget, signal: AbortSignal): Promise<Failure | undefined> {
    return this.#commands(() => this.#link(target).reach(signal))
  }

  stats(): ReadonlyMap<string, HostStats> {
    return new Map(
      [...this.#links].map(([key, { connects, roundTrips, lastError }]) => [key, { connects, roundTrips, lastError }]),
    )
  }

  close(): Promise<void> {
    clearInterval(this.#sweep)
    for (const link of this.#links.values()) link.close()
    this.#links.clear()
    return Promise.resolve()
  }

  /** A target that differs from the one known under its key (another pin, key, address…) gets a new link. */
  #link(target: HostTarget): HostLink {
    const known = this.#links.get(target.key)
    if (known !== undefined && known.identity === targetIdentity(target)) {
      known.lastUsed = this.#around.now()
      return known
    }
    known?.replace()
    const { bastion } = target
    const link = new HostLink(target, bastion && (() => this.#link(bastion)), this.#around)
    this.#links.set(target.key, link)
    return link
  }

  #closeIdle(): void {
    for (const [key, link] of this.#links) {
      if (link.busy || this.#around.now() - link.lastUsed < this.#around.settings.idleMs) continue
      link.close()
      this.#links.delete(key)
      this.#checks.forget(key)
    }
  }
}

function wasKilled(code: number): boolean {
  return code === 143 || code === 137
}

function lastWords(attempt: Extract<Attempt, { state: 'answered' }>): string {
  const said = attempt.stderr.toString('utf8').trim().slice(-300)
  return said === '' ? `ended with ${attempt.code}` : said
}
