import { randomBytes } from 'node:crypto'

/** Base64 of its 16 bytes, as JSON shows the bytes of a status. */
export function newUuid(): string {
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('base64')
}

/** As log lines show it. */
export function uuidText(uuid: string): string {
  const hex = Buffer.from(uuid, 'base64').toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
