import { quote } from '../formats/shell.ts'
import { znodeReplyLimit, znodeRequest } from '../formats/znode.ts'

/**
 * Defines `znode`, which prints in hex what a ZooKeeper server says of a znode. Its answer has NULs, which bash would drop, so this
 * conversation alone costs processes.
 */
export const znode = `znode() {
  { printf "$3" >&3
    timeout 3 head -c "$4" <&3 | od -An -v -tx1 | tr -d ' \\n'
  } 3<>"/dev/tcp/$1/$2"
}`

/** `znode` with its words. */
export function znodeCall(address: string, port: number, path: string): string {
  const request = znodeRequest(path).toString('hex').replace(/../g, '\\x$&')
  return `znode ${quote(address)} ${port} '${request}' ${znodeReplyLimit(path)}`
}
