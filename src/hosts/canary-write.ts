import zookeeper from 'node-zookeeper-client'
import type { CanaryJob } from './canary-job.ts'
import { within } from './waiting.ts'

type Client = ReturnType<typeof zookeeper.createClient>

/**
 * Every call has a deadline: while a server is frozen, the library waits for ever. Leaves the session closed where it
 * can be; whatever else the library still holds ends with its thread.
 */
export async function writeAndRead({ port, path, value, callMs }: CanaryJob): Promise<void> {
  const client = zookeeper.createClient(`127.0.0.1:${port}`, { sessionTimeout: 10_000, spinDelay: 500, retries: 0 })
  await call<void>('connect', callMs, (done) => {
    client.once('connected', () => done(null))
    client.connect()
  })
  try {
    await write(client, path, Buffer.from(value), callMs)
    const read = await call<Buffer | undefined>(`read ${path}`, callMs, (done) => client.getData(path, done))
    const text = read?.toString('utf8') ?? ''
    if (text !== value) throw new Error(`${path} was written as "${value}" but reads "${text.slice(0, 100)}"`)
  } finally {
    await endSession(client)
  }
}

async function write(client: Client, path: string, value: Buffer, callMs: number): Promise<void> {
  try {
    await call<void>(`write ${path}`, callMs, (done) => client.setData(path, value, done))
  } catch (error) {
    if (!(error instanceof CallError) || error.code !== zookeeper.Exception.NO_NODE) throw error
    // The first time. Another replica may create it at the same moment: mkdirp takes that for done.
    await call<void>(`create ${path}`, callMs, (done) => client.mkdirp(path, done))
    await call<void>(`write ${path}`, callMs, (done) => client.setData(path, value, done))
  }
}

class CallError extends Error {
  readonly code: number | undefined

  constructor(message: string, code: number | undefined) {
    super(message)
    this.code = code
  }
}

interface Answered<T> {
  readonly error: { readonly code?: number; readonly message: string; toString(): string } | null
  readonly value?: T
}

async function call<T>(
  what: string,
  callMs: number,
  start: (done: (error: Answered<T>['error'], value?: T) => void) => void,
): Promise<T> {
  const answered = new Promise<Answered<T>>((resolve) => {
    start((error, value) => resolve(value === undefined ? { error } : { error, value }))
  })
  const answer = await within(callMs, answered, undefined)
  if (answer === undefined) throw new CallError(`no answer to ${what} within ${callMs / 1000} s`, undefined)
  if (answer.error) throw new CallError(`${what}: ${answer.error.toString()}`, answer.error.code)
  // Undefined only where T allows it: calls without a value, and an empty node.
  return answer.value as T
}

/** So that the server does not keep it until its timeout. Only for a client that is connected. */
async function endSession(client: Client): Promise<void> {
  const disconnected = new Promise<void>((resolve) => client.once('disconnected', () => resolve()))
  client.close()
  await within(500, disconnected, undefined)
}
