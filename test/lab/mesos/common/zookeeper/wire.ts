/** Jute, as far as groups need it: big-endian integers, and strings and buffers with their length before them. */
export class Writer {
  readonly #parts: Buffer[] = []

  int(value: number): this {
    const part = Buffer.alloc(4)
    part.writeInt32BE(value)
    return this.#push(part)
  }

  long(value: bigint): this {
    const part = Buffer.alloc(8)
    part.writeBigInt64BE(value)
    return this.#push(part)
  }

  boolean(value: boolean): this {
    return this.#push(Buffer.from([value ? 1 : 0]))
  }

  buffer(value: Buffer): this {
    return this.int(value.length).#push(value)
  }

  string(value: string): this {
    return this.buffer(Buffer.from(value))
  }

  strings(values: readonly string[]): this {
    this.int(values.length)
    for (const value of values) this.string(value)
    return this
  }

  with(other: Writer): this {
    this.#parts.push(...other.#parts)
    return this
  }

  /** The packet with its length before it. */
  packet(): Buffer {
    const body = Buffer.concat(this.#parts)
    const length = Buffer.alloc(4)
    length.writeInt32BE(body.length)
    return Buffer.concat([length, body])
  }

  #push(part: Buffer): this {
    this.#parts.push(part)
    return this
  }
}

/** Reads in the order in which it was written; throws a RangeError behind the end. */
export class Reader {
  readonly #packet: Buffer
  #at = 0

  constructor(packet: Buffer) {
    this.#packet = packet
  }

  int(): number {
    this.#at += 4
    return this.#packet.readInt32BE(this.#at - 4)
  }

  long(): bigint {
    this.#at += 8
    return this.#packet.readBigInt64BE(this.#at - 8)
  }

  /** What was not there (length -1) is empty. */
  buffer(): Buffer {
    const length = Math.max(0, this.int())
    this.#at += length
    return this.#packet.subarray(this.#at - length, this.#at)
  }

  string(): string {
    return this.buffer().toString('utf8')
  }

  strings(): string[] {
    return Array.from({ length: Math.max(0, this.int()) }, () => this.string())
  }
}

/** Cuts what comes in into packets. */
export class Packets {
  #rest: Buffer = Buffer.alloc(0)

  take(data: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, data])
    const packets: Buffer[] = []
    while (this.#rest.length >= 4) {
      const end = 4 + this.#rest.readInt32BE(0)
      if (this.#rest.length < end) break
      packets.push(this.#rest.subarray(4, end))
      this.#rest = this.#rest.subarray(end)
    }
    return packets
  }
}
