import type { Fact } from '../model/fact.ts'
import { absent, known, unknown } from '../model/fact.ts'
import type { ZnodeAnswer } from '../model/question.ts'
import { farewell, frame, greetedBytes, greeting, int, packetsOf, text } from './jute.ts'

/**
 * A znode, asked in a session of its own: the greeting, `sync`, so that a server that lags behind the leader catches up first,
 * `getData`, which says as well that there is no such znode, and the end.
 */
export function znodeRequest(path: string): Buffer {
  return Buffer.concat([
    greeting,
    frame(int(syncXid), int(9), text(path)),
    frame(int(dataXid), int(4), text(path), Buffer.of(0)),
    farewell(3),
  ])
}

const [syncXid, dataXid] = [1, 2]

/** Of its data, bytes. */
const mostData = 1024

/** xid, zxid, error. */
const headBytes = 16

/** What stands behind the data of a znode. */
const statBytes = 68

/** The longest answer that is read, bytes; more comes only of a znode with more data than is asked for. */
export function znodeReplyLimit(path: string): number {
  const synced = 4 + headBytes + 4 + Buffer.byteLength(path)
  const got = 4 + headBytes + 4 + mostData + statBytes
  return greetedBytes + synced + got + 4 + headBytes
}

/** `where`: begins what is said of an answer that proves nothing. */
export function znodeFact(said: Buffer, where: string): Fact<ZnodeAnswer> {
  const nothing = (why: string) => unknown('ProbeFailed', `${where}: ${why}`)
  const [greeted, ...packets] = packetsOf(said)
  // A session that is not granted has no time.
  if (greeted === undefined || greeted.length < 36) return nothing('the server gave no answer')
  if (greeted.readInt32BE(4) <= 0) return nothing('the server granted no session')
  const errorOf = (xid: number): number | undefined => {
    const packet = packets.find((found) => found.length >= headBytes && found.readInt32BE(0) === xid)
    return packet?.readInt32BE(12)
  }
  const synced = errorOf(syncXid)
  if (synced !== 0)
    return nothing(synced === undefined ? 'the server did not catch up' : `sync was refused (${synced})`)
  const error = errorOf(dataXid)
  if (error === noNode) return absent
  const tooMuch = `it has more than ${mostData} bytes, or the answer was cut off`
  if (error === undefined) return nothing(tooMuch)
  if (error !== 0) return nothing(`the server refused to tell (${error})`)
  const packet = packets.find((found) => found.readInt32BE(0) === dataXid)?.subarray(headBytes)
  return (packet === undefined ? undefined : dataOf(packet)) ?? nothing(tooMuch)
}

/** KeeperException.Code of ZooKeeper. */
const noNode = -101

function dataOf(packet: Buffer): Fact<ZnodeAnswer> | undefined {
  if (packet.length < 4 + statBytes) return undefined
  const size = Math.max(0, packet.readInt32BE(0))
  if (packet.length !== 4 + size + statBytes || size > mostData) return undefined
  // Behind four times and three versions.
  const owner = packet.readBigUInt64BE(4 + size + 44)
  const data = packet.subarray(4, 4 + size).toString('base64')
  return known({ data, owner: owner === 0n ? '' : owner.toString(16) })
}

/** What an answer looks like, in hex, that says that there is no such znode: a regular expression for bash. */
export function absentZnodePattern(path: string): string {
  const any = (count: number): string => `[0-9a-f]{${2 * count}}`
  const hex = (...parts: readonly Buffer[]): string => Buffer.concat(parts).toString('hex')
  const notZero = Array.from({ length: 8 }, (_, at) => `0{${at}}[1-9a-f][0-9a-f]{${7 - at}}`).join('|')
  const greeted = `${hex(int(greetedBytes - 4))}${any(4)}(${notZero})${any(greetedBytes - 12)}`
  const name = text(path)
  const synced = `${hex(int(headBytes + name.length), int(syncXid))}${any(8)}${hex(int(0), name)}`
  return `^${greeted}${synced}${hex(int(headBytes), int(dataXid))}${any(8)}${hex(int(noNode))}`
}
