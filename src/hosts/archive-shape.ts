import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { messageOf } from './waiting.ts'

const blockSize = 512

/** Longest extended header that is read; a path has at most 4096 bytes. */
const longestHeader = 1 << 20

/**
 * Why a file cannot be unpacked as software: it is no tar archive, is cut off, or has not exactly one top directory.
 * Undefined: it can, or only the host's tar can tell (compressed otherwise than with gzip). So that an archive that is of no
 * use is refused before anything is done on any host. Reads the whole file once; rejects only when that fails.
 */
export async function archiveFault(file: string, signal: AbortSignal): Promise<string | undefined> {
  const start = await firstBytes(file)
  const zipped = start[0] === 0x1f && start[1] === 0x8b
  if (!zipped && !isHeader(start)) {
    return otherwiseCompressed(start) ? undefined : 'it is not a tar archive, nor one that is compressed with gzip'
  }
  const tops = new Map<string, string>()
  const reader = new TarReader((path, type) => {
    const [top = '', ...below] = path.split('/').filter((part) => part !== '' && part !== '.')
    if (top === '') return
    const isDirectory = below.length > 0 || type === '5'
    tops.set(top, isDirectory || tops.get(top) === 'directory' ? 'directory' : 'file')
  })
  const raw = createReadStream(file, { signal, highWaterMark: 1 << 20 })
  const source = zipped ? raw.pipe(createGunzip({ chunkSize: 1 << 18 })) : raw
  raw.on('error', (error) => source.destroy(error))
  try {
    for await (const chunk of source) if (!reader.push(chunk as Buffer)) break
  } catch (error) {
    if (signal.aborted) throw error
    return `it cannot be unpacked: ${messageOf(error)}`
  } finally {
    raw.destroy()
  }
  if (reader.broken) return 'it is not a tar archive, or it is damaged'
  if (!reader.ended) return 'it is cut off'
  const names = [...tops.keys()]
  if (names.length === 1 && [...tops.values()][0] === 'directory') return undefined
  const found = names.length === 0 ? 'it is empty' : `it has ${names.slice(0, 3).join(', ')} at its top`
  return `${found}, not exactly one top directory`
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file)
  try {
    const buffer = Buffer.alloc(blockSize)
    const { bytesRead } = await handle.read(buffer, 0, blockSize, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** bzip2, xz, zstd, lzip. */
function otherwiseCompressed(start: Buffer): boolean {
  const magics = ['425a68', 'fd377a585a00', '28b52ffd', '4c5a4950']
  return magics.some((magic) => start.subarray(0, magic.length / 2).toString('hex') === magic)
}

/** The sum over the header, its own field taken as blanks. */
function isHeader(block: Buffer): boolean {
  if (block.length < blockSize) return false
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0)
  return sum === numberIn(block.subarray(148, 156))
}

/** Octal digits, or big-endian bytes behind a byte of 0x80. */
function numberIn(field: Buffer): number {
  if ((field[0] ?? 0) & 0x80) return field.subarray(1).reduce((value, byte) => value * 256 + byte, 0)
  return Number.parseInt(textIn(field).trim() || '0', 8)
}

function textIn(field: Buffer): string {
  const end = field.indexOf(0)
  return field.subarray(0, end === -1 ? field.length : end).toString('utf8')
}

/** Goes from header to header and tells each entry's path and type; data are passed over. */
class TarReader {
  broken = false
  ended = false
  readonly #tell: (path: string, type: string) => void
  #buffer: Buffer = Buffer.alloc(0)
  /** Bytes of data, with their padding, that are still to come. */
  #skip = 0
  /** Data of an extended header, being collected. */
  #extended: { readonly type: string; readonly size: number; readonly padded: number } | undefined
  #path = ''

  constructor(tell: (path: string, type: string) => void) {
    this.#tell = tell
  }

  /** False: there is no need for more. */
  push(chunk: Buffer): boolean {
    let at = Math.min(this.#skip, chunk.length)
    this.#skip -= at
    if (at === chunk.length) return true
    this.#buffer = this.#buffer.length === 0 ? chunk.subarray(at) : Buffer.concat([this.#buffer, chunk.subarray(at)])
    at = 0
    for (;;) {
      const wanted = this.#extended?.padded ?? blockSize
      if (this.#buffer.length - at < wanted) break
      const block = this.#buffer.subarray(at, at + wanted)
      at += wanted
      if (this.#extended !== undefined) this.#extend(block)
      else if (!this.#header(block)) return false
      const passed = Math.min(this.#skip, this.#buffer.length - at)
      at += passed
      this.#skip -= passed
    }
    this.#buffer = this.#buffer.subarray(at)
    return true
  }

  #header(block: Buffer): boolean {
    if (block.every((byte) => byte === 0)) {
      this.ended = true
      return false
    }
    if (!isHeader(block)) {
      this.broken = true
      return false
    }
    const size = numberIn(block.subarray(124, 136))
    const padded = Math.ceil(size / blockSize) * blockSize
    const type = String.fromCharCode(block[156] ?? 0)
    if (type === 'L' || type === 'x') {
      this.broken = padded > longestHeader
      this.#extended = padded === 0 ? undefined : { type, size, padded }
      return !this.broken
    }
    if (type !== 'g' && type !== 'K') {
      const prefix = textIn(block.subarray(257, 262)) === 'ustar' ? textIn(block.subarray(345, 500)) : ''
      const name = textIn(block.subarray(0, 100))
      this.#tell(this.#path || (prefix === '' ? name : `${prefix}/${name}`), type)
      this.#path = ''
    }
    this.#skip = padded
    return true
  }

  #extend(data: Buffer): void {
    const { type = '', size = 0 } = this.#extended ?? {}
    this.#extended = undefined
    const text = textIn(data.subarray(0, size))
    this.#path = type === 'L' ? text : (/(?:^|\n)\d+ path=([^\n]*)/.exec(text)?.[1] ?? this.#path)
  }
}
