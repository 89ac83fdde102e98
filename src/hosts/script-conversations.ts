import { quote } from '../formats/shell.ts'
import { znodeCall } from './script-znodes.ts'

/** µs from the look's first connect after which nobody is waited for any more. */
const patienceMicros = 2_000_000

/**
 * A conversation runs in a process of its own and starts no other. It hands back `+` and the whole answer, or what bash
 * said of a connect that failed, or nothing as long as the other side is silent: so nobody waits for the process, and
 * the session ends it with everything else that a run leaves behind. A peer that resets must not end it by SIGPIPE.
 * `read -N` without a time limit reads in blocks; other reads, and any with a limit, cost system calls for each byte. It
 * drops NULs, which no answer has.
 */
export const conversations = `jobs=() kinds=() indexes=(); now; patience=$(( now + ${patienceMicros} ))
converse() {
  trap '' PIPE; exec 2>&1
  local text=
  { printf %s "$3" >&3 2>/dev/null
    { IFS= read -r -N "$4" text <&3; } 2>/dev/null
    printf '+%s' "$text"
  } 3<>"/dev/tcp/$1/$2"
}`

/** An answer is whole once its first byte has come: only that one is waited for. */
export const collect = `for i in "\${!jobs[@]}"; do
  now; left=$(( patience - now )); (( left < 10000 )) && left=10000
  printf -v left '%d.%06d' $(( left / 1000000 )) $(( left % 1000000 ))
  mark= answer=
  IFS= read -r -N 1 -t "$left" mark <&"\${jobs[i]}"
  if (( $? > 128 )); then mark='~'; else IFS= read -r -N 1100000 answer <&"\${jobs[i]}"; fi
  f "\${kinds[i]}" "\${indexes[i]}" "$mark$answer"
done`

/** As `converse`; the whole answer stands there before its first byte is shown. */
export function znodeJob(index: number, address: string, port: number, path: string): string {
  const command = `trap '' PIPE; exec 2>&1; said=$(${znodeCall(address, port, path)}) && printf '+%s' "$said" || printf %s "$said"`
  return started('znode', index, command)
}

export function talkJob(index: number, address: string, port: number, send: string): string {
  return job('talk', index, address, port, send, 65536)
}

export function httpJob(index: number, address: string, port: number, path: string): string {
  const host = address.includes(':') ? `[${address}]` : address
  const request = `GET ${path} HTTP/1.0\r\nHost: ${host}:${port}\r\nAccept: */*\r\nConnection: close\r\n\r\n`
  return job('http', index, address, port, request, 1064960)
}

function job(kind: string, index: number, address: string, port: number, send: string, limit: number): string {
  return started(kind, index, `converse ${quote(address)} ${port} ${bytesWord(send)} ${limit}`)
}

function started(kind: string, index: number, command: string): string {
  return `exec {job}< <(${command}); jobs+=("$job"); kinds+=(${kind}); indexes+=(${index})`
}

/** Any bytes as one word: unlike `quote`, which refuses line breaks, this one writes them as escapes. */
function bytesWord(text: string): string {
  const escaped = [...Buffer.from(text, 'utf8')].map((byte) =>
    /[A-Za-z0-9 /.:*-]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  )
  // A hex escape takes at most two digits, so a digit behind it is safe.
  return `$'${escaped.join('')}'`
}
