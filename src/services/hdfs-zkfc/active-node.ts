/**
 * Id of the NameNode that a lock or a breadcrumb of the failover controllers names: both hold ActiveNodeInfo (HAZKInfo.proto), in
 * which field 1 is the nameservice and field 2 the NameNode. `data`: base64. Undefined: it is none of `nameservice`.
 */
export function namedNode(data: string, nameservice: string): string | undefined {
  const texts = new Map<number, string>()
  const bytes = Buffer.from(data, 'base64')
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0
    const [field, wire] = [tag >> 3, tag & 7]
    const length = bytes[at + 1] ?? 0
    // Ports, varints: of no interest, and last. A text of 128 bytes and more has a longer length: there is none here.
    if (tag >= 0x80 || wire !== 2 || length >= 0x80) break
    const end = at + 2 + length
    if (end > bytes.length) break
    texts.set(field, bytes.toString('utf8', at + 2, end))
    at = end
  }
  return texts.get(1) === nameservice ? texts.get(2) : undefined
}
