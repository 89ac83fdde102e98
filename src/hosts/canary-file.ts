import type { HdfsCanary } from '../model/canary.ts'
import type { HostTarget } from '../model/engine.ts'
import { type HttpReply, httpThrough } from './tunnelled-http.ts'
import type { Fleet } from './types.ts'
import { messageOf } from './waiting.ts'

export interface FilePlace {
  /** The NameNode's host, and what it binds. */
  readonly target: HostTarget
  readonly address: string
  /** All hosts of the cluster by name, as far as they can be tried. */
  readonly others: Readonly<Record<string, HostTarget>>
}

export interface FileJob extends FilePlace {
  readonly canary: HdfsCanary
  /** ASCII, in one line. */
  readonly value: string
  /** For each call, ms. */
  readonly callMs: number
}

/**
 * By WebHDFS, as its REST API documents it: the NameNode is asked, answers 307 with the address of a DataNode, and the data
 * goes to and comes from there, over the SSH connection of that DataNode's host. What stood in the file is replaced, no
 * other file is touched. Throws an Error with the place and the reason.
 */
export async function writeAndReadFile(fleet: Pick<Fleet, 'tunnel'>, job: FileJob, signal: AbortSignal): Promise<void> {
  const { canary, target, address, value } = job
  const nameNode = await open(fleet, job, target, address, canary.port, signal)
  const file = `/webhdfs/v1${canary.path.split('/').map(encodeURIComponent).join('/')}`
  const who = `user.name=${encodeURIComponent(canary.user)}`

  const toWrite = await nameNode('PUT', `${file}?op=CREATE&overwrite=true&${who}`)
  expect(toWrite, 307, `create ${canary.path}`)
  await atDataNode(fleet, job, toWrite, signal, async (ask, path) => {
    expect(await ask('PUT', path, value), 201, `write ${canary.path}`)
  })

  const toRead = await nameNode('GET', `${file}?op=OPEN&${who}`)
  expect(toRead, 307, `open ${canary.path}`)
  await atDataNode(fleet, job, toRead, signal, async (ask, path) => {
    const read = await ask('GET', path)
    expect(read, 200, `read ${canary.path}`)
    if (read.body === value) return
    throw new Error(`${canary.path} was written as "${value}" but reads "${read.body.slice(0, 100)}"`)
  })
}

type Ask = (method: 'GET' | 'PUT', path: string, body?: string) => Promise<HttpReply>

async function open(
  fleet: Pick<Fleet, 'tunnel'>,
  { callMs }: FileJob,
  target: HostTarget,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<Ask> {
  const tunnel = await fleet.tunnel(target, address, port, signal)
  return (method, path, body = '') => httpThrough(tunnel.port, { method, address, port, path, body }, callMs, signal)
}

/** Goes where a NameNode has sent us, but only to a DataNode of this cluster. */
async function atDataNode(
  fleet: Pick<Fleet, 'tunnel'>,
  job: FileJob,
  { location }: HttpReply,
  signal: AbortSignal,
  work: (ask: Ask, path: string) => Promise<void>,
): Promise<void> {
  const { canary, others } = job
  const place = URL.canParse(location) ? new URL(location) : undefined
  if (place?.protocol !== 'http:') throw new Error(`it sent us to "${location.slice(0, 200)}", which is no http URL`)
  const { hostname, pathname, search } = place
  // An URL leaves out the port that its protocol has anyway.
  const port = place.port === '' ? 80 : Number(place.port)
  const node = canary.dataNodes.find((one) => one.address === hostname && one.port === port)
  if (node === undefined) throw new Error(`it sent us to ${hostname}:${port}, which is no DataNode of this cluster`)
  const target = others[node.host]
  if (target === undefined) throw new Error(`it sent us to ${node.host}, which cannot be reached now`)
  try {
    await work(await open(fleet, job, target, node.address, node.port, signal), `${pathname}${search}`)
  } catch (error) {
    throw new Error(`it sent us to ${node.host}:${node.port}: ${messageOf(error)}`)
  }
}

function expect({ body, status }: HttpReply, wanted: number, what: string): void {
  if (status !== wanted) throw new Error(`${what}: ${remoteException(body) ?? `HTTP status ${status}`}`)
}

/** What WebHDFS says went wrong: exception and the first line of its message. Undefined: the body is something else. */
function remoteException(body: string): string | undefined {
  const said = /"exception"\s*:\s*"(\w+)"/.exec(body)?.[1]
  if (said === undefined) return undefined
  const message = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? ''
  const [first = ''] = message.split(/\\[nr]/)
  return `${said}: ${first.replaceAll(/\\(.)/g, '$1').slice(0, 300)}`
}
