import { randomBytes } from 'node:crypto'
import type { ClientChannel } from 'ssh2'
import type { ReasonCode } from '../model/reasons.ts'
import type { Connection } from './connection.ts'
import { bootstrap, encodeRun, FrameDecoder, killGraceMs, parseReady, sessionCommand } from './session-protocol.ts'
import type { FleetSettings } from './settings.ts'
import { messageOf, within } from './waiting.ts'

export interface ExchangeOptions {
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Bytes that the script reads on its standard input. */
  readonly input?: AsyncIterable<Buffer>
}

export type Exchange =
  | { readonly state: 'answered'; readonly code: number; readonly stdout: Buffer; readonly stderr: Buffer }
  /** No answer, or none that can be used; `silent`: the connection is to be given up. */
  | { readonly state: 'broken'; readonly code: ReasonCode; readonly why: string; readonly silent: boolean }

export type Opened = { readonly state: 'open'; readonly session: Session } | OpenFailure
export interface OpenFailure {
  readonly state: 'failed'
  readonly code: ReasonCode
  readonly why: string
}

const noiseLimit = 65536

/** Opens a root shell on the connection and waits for its first word. Never rejects. */
export async function openSession(connection: Connection, user: string, settings: FleetSettings): Promise<Opened> {
  const failed = (code: ReasonCode, why: string): OpenFailure => ({ state: 'failed', code, why })
  let channel: ClientChannel
  try {
    const opened = await within(settings.openMs, connection.exec(sessionCommand(user)), undefined)
    if (opened === undefined) {
      connection.destroy('it did not open a channel in time')
      return failed('ConnectionLost', `no channel was opened within ${settings.openMs / 1000} s`)
    }
    channel = opened
  } catch (error) {
    connection.destroy(messageOf(error))
    return failed('ConnectionLost', `no channel could be opened: ${messageOf(error)}`)
  }
  channel.on('error', () => {})
  const nonce = randomBytes(12).toString('hex')
  let noise = ''
  let complaints = ''
  const ready = await within(
    settings.openMs,
    new Promise<ReturnType<typeof parseReady>>((resolve) => {
      channel.on('data', (data: Buffer) => {
        noise = (noise + data.toString('latin1')).slice(-noiseLimit)
        const found = parseReady(noise, nonce)
        if (found !== undefined) resolve(found)
      })
      channel.stderr.on('data', (data: Buffer) => {
        complaints = (complaints + data.toString('utf8')).slice(-2000)
      })
      channel.once('close', () => resolve(undefined))
      channel.write(bootstrap(nonce))
    }),
    'late' as const,
  )
  channel.removeAllListeners('data')
  channel.stderr.removeAllListeners('data')
  if (ready === 'late') {
    connection.destroy('the root shell did not answer in time')
    return failed('ConnectionLost', `the root shell said nothing within ${settings.openMs / 1000} s`)
  }
  if (ready === undefined) {
    if (connection.lost !== undefined) return failed('ConnectionLost', connection.lost)
    return failed(...judgeRefusal(complaints.trim(), noise.trim(), user))
  }
  if (ready.uid !== 0) {
    channel.destroy()
    return failed('SudoRefused', `the shell behind sudo runs as uid ${ready.uid}, not as root`)
  }
  if (ready.missing.length > 0) {
    channel.destroy()
    return failed('ToolMissing', `the host lacks ${ready.missing.join(', ')}: install that there`)
  }
  return { state: 'open', session: new Session(channel, connection, settings) }
}

/** sudo's words may be in any language, but it always begins with its name. */
function judgeRefusal(complaints: string, noise: string, user: string): [ReasonCode, string] {
  const said = complaints === '' ? noise.slice(-300) : complaints.slice(-300)
  if (
    /sudo: .*(not found|No such file)|bash: .*(not found|No such file)/i.test(complaints) ||
    /not found/.test(complaints)
  ) {
    return ['ToolMissing', `sudo or /bin/bash is missing: ${said}`]
  }
  if (/^sudo: |\nsudo: |sudoers/.test(complaints))
    return [
      'SudoRefused',
      `sudo refused for user ${user} (${said}): give that user a sudo rule with NOPASSWD, or log in as root`,
    ]
  return ['ProbeFailed', `no root shell for user ${user}: ${said === '' ? 'it ended without a word' : said}`]
}

/** One root shell that runs one script at a time. */
export class Session {
  readonly #channel: ClientChannel
  readonly #connection: Connection
  readonly #settings: FleetSettings
  #onData: ((stream: 'out' | 'err', data: Buffer) => void) | undefined
  #onClose: (() => void) | undefined
  #closed = false

  constructor(channel: ClientChannel, connection: Connection, settings: FleetSettings) {
    this.#channel = channel
    this.#connection = connection
    this.#settings = settings
    channel.on('data', (data: Buffer) => this.#onData?.('out', data))
    channel.stderr.on('data', (data: Buffer) => this.#onData?.('err', data))
    channel.once('close', () => {
      this.#closed = true
      this.#onClose?.()
    })
  }

  get usable(): boolean {
    return !this.#closed && this.#connection.lost === undefined
  }

  /** The shell ends when its input does; whatever still runs in it ends at its own time. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#channel.end()
    this.#channel.destroy()
  }

  /** Never rejects. After anything but an answer the session is closed: what comes from it later would be misread. */
  async run(script: string, options: ExchangeOptions): Promise<Exchange> {
    const result = await this.#exchange(script, options)
    if (result.state === 'broken') this.close()
    return result
  }

  async #exchange(script: string, options: ExchangeOptions): Promise<Exchange> {
    const nonce = randomBytes(12).toString('hex')
    const out = new FrameDecoder(nonce, this.#settings.outputLimit)
    const err = new FrameDecoder(nonce, this.#settings.outputLimit)
    const broken = (code: ReasonCode, why: string, silent = false): Exchange => ({ state: 'broken', code, why, silent })
    const cleanups: (() => void)[] = []
    try {
      return await new Promise<Exchange>((resolve) => {
        this.#onData = (stream, data) => {
          const decoder = stream === 'out' ? out : err
          decoder.push(data)
          if (decoder.overflow) {
            resolve(broken('StepFailed', `it printed more than ${this.#settings.outputLimit >> 20} MiB`))
          } else if (out.done !== undefined && err.done !== undefined) {
            resolve({
              state: 'answered',
              code: Number(out.done.tail),
              stdout: out.done.output,
              stderr: err.done.output,
            })
          }
        }
        this.#onClose = () => resolve(broken('ConnectionLost', 'the root shell ended before it answered'))
        cleanups.push(
          this.#connection.onLost((why) => resolve(broken('ConnectionLost', `the connection was lost: ${why}`))),
        )
        const abort = (): void => resolve(broken('ConnectionLost', 'it was given up before it answered'))
        options.signal.addEventListener('abort', abort, { once: true })
        cleanups.push(() => options.signal.removeEventListener('abort', abort))
        const patience = options.timeoutMs + killGraceMs + this.#settings.graceMs
        const deadline = setTimeout(() => {
          resolve(broken('ConnectionLost', `no answer within ${Math.round(patience / 1000)} s`, true))
        }, patience)
        cleanups.push(() => clearTimeout(deadline))
        this.#channel.write(encodeRun(nonce, script, options.timeoutMs, options.input !== undefined))
        if (options.input !== undefined) {
          this.#pump(options.input, () => out.done !== undefined || !this.usable).catch((error: unknown) =>
            resolve(broken('ProbeFailed', `the data to send could not be read: ${messageOf(error)}`)),
          )
        }
      })
    } finally {
      for (const cleanup of cleanups) cleanup()
      this.#onData = undefined
      this.#onClose = undefined
    }
  }

  /** Sends as fast as the host takes it; stops when the script has ended without having read all. */
  async #pump(input: AsyncIterable<Buffer>, over: () => boolean): Promise<void> {
    for await (const chunk of input) {
      if (over()) return
      if (this.#channel.write(chunk)) continue
      await new Promise<void>((resolve) => {
        const check = setInterval(() => over() && done(), 100)
        const done = (): void => {
          clearInterval(check)
          this.#channel.removeListener('drain', done)
          resolve()
        }
        this.#channel.once('drain', done)
      })
    }
  }
}
