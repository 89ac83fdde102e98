/**
 * What ZooKeeper's client protocol is written in, the same since 3.4 (zookeeper.jute): numbers with the highest byte first, and a
 * length before whatever may be long, each packet included.
 */
export function frame(...parts: readonly Buffer[]): Buffer {
  return bytes(Buffer.concat(parts))
}

export function text(value: string): Buffer {
  return bytes(Buffer.from(value))
}

export function bytes(value: Buffer): Buffer {
  return Buffer.concat([int(value.length), value])
}

export function int(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}

export function long(value: bigint): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigInt64BE(value)
  return buffer
}

/** Asks for a session of ten seconds. A server may be sent what follows with it: it takes the packets one after the other. */
export const greeting = frame(int(0), long(0n), int(10_000), long(0n), bytes(Buffer.alloc(16)), Buffer.of(0))

/** Of the answer to the greeting, its own length included. */
export const greetedBytes = 41

/** Ends the session: the server answers and closes the connection. */
export function farewell(xid: number): Buffer {
  return frame(int(xid), int(-11))
}

/** The packets of what a server said, without their lengths; one that is not whole is left out. */
export function packetsOf(said: Buffer): readonly Buffer[] {
  const packets: Buffer[] = []
  for (let at = 0; at + 4 <= said.length; ) {
    const end = at + 4 + said.readInt32BE(at)
    if (end < at + 4 || end > said.length) break
    packets.push(said.subarray(at + 4, end))
    at = end
  }
  return packets
}
