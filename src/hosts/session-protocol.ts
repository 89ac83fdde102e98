/**
 * How ironherd talks to a root bash that stays open. Everything goes over standard input, so that no value stands on a
 * command line, where every user of the host could read it. A run is announced by one line,
 * `<nonce> <seconds> <bytes> <input>`, followed by exactly that many bytes of script; its output comes back between
 * lines with the nonce, on both streams, so that noise of login shells and of processes left behind falls outside.
 */

/** Programs that a host must have; asked once per session by a shell builtin. All are in the packages that DESIGN names. */
const requiredTools = [
  'base64',
  'cat',
  'find',
  'flock',
  'getent',
  'gzip',
  'head',
  'install',
  'mv',
  'nproc',
  'readlink',
  'sha256sum',
  'sha512sum',
  'sort',
  'stat',
  'systemctl',
  'tail',
  'tar',
  'timeout',
]

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Ms between the end of a run's time and the SIGKILL that follows its SIGTERM. */
export const killGraceMs = 2000

/** The command of the channel. No shell syntax: the user's login shell may be any. sudo must never ask. */
export function sessionCommand(user: string): string {
  const bash = '/bin/bash --noprofile --norc'
  return user === 'root' ? bash : `sudo -n -- ${bash}`
}

/**
 * The program that the session's bash reads first. Bash reads a pipe byte by byte while it parses, and `read -N` takes
 * no more than it is told, so the loop and its scripts can share one stream. A script that did not arrive whole is not
 * run. `set -m` gives each run a process group of its own: the watchdog kills it at its time even when the connection
 * is long gone, so that a command that hangs does not hold the machine's lock for ever. It waits by reading a pipe that
 * nobody writes to, which starts no process. TMOUT would end the loop.
 */
export function bootstrap(nonce: string): string {
  return `{
unset BASH_ENV ENV TMOUT CDPATH
export LC_ALL=C PATH=${searchPath}
umask 077
cd /
ironherd_missing=
for ironherd_tool in ${requiredTools.join(' ')}; do
  command -v "$ironherd_tool" >/dev/null || ironherd_missing="$ironherd_missing $ironherd_tool"
done
(( BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404 )) || ironherd_missing="$ironherd_missing bash-4.4-or-newer"
ironherd_serve() {
  local nonce seconds length input script run watch code
  while IFS=' ' read -r nonce seconds length input; do
    IFS= read -r -N "$length" script
    (( \${#script} == length )) || break
    printf '\\n%s begin\\n' "$nonce"
    printf '\\n%s begin\\n' "$nonce" >&2
    if [[ $input == 1 ]]; then ( eval "$script" ) <&0 & else ( eval "$script" ) </dev/null & fi
    run=$!
    script=
    ( read -r -t "$seconds" -u "$never"; kill -TERM -- "-$run"; read -r -t ${killGraceMs / 1000} -u "$never"; kill -KILL -- "-$run" ) </dev/null >/dev/null 2>&1 &
    watch=$!
    { wait "$run"; } 2>/dev/null
    code=$?
    { kill -KILL -- "-$watch" "-$run"; wait "$watch"; } 2>/dev/null
    printf '\\n%s end %d\\n' "$nonce" "$code"
    printf '\\n%s end\\n' "$nonce" >&2
  done
}
exec {never}<> <(:)
set -m
printf '\\n%s ready %d%s\\n' ${nonce} "$EUID" "$ironherd_missing"
ironherd_serve
exit 0
}
`
}

/** What the ready line says: the user that the shell runs as, and the programs that the host lacks. */
export interface Ready {
  readonly uid: number
  readonly missing: readonly string[]
}

/** Undefined as long as the line has not come whole. Whatever stands before it is noise of the login shell. */
export function parseReady(seen: string, nonce: string): Ready | undefined {
  const match = new RegExp(`\\n${nonce} ready (\\d+)((?: [^ \\n]+)*)\\n`).exec(seen)
  if (match === null) return undefined
  return { uid: Number(match[1]), missing: (match[2] ?? '').split(' ').filter((tool) => tool !== '') }
}

/** Announcement and script in one piece, so that they leave in one packet. `input`: the run reads what follows. */
export function encodeRun(nonce: string, script: string, timeoutMs: number, input: boolean): Buffer {
  const body = Buffer.from(script, 'utf8')
  const seconds = Math.max(0.1, timeoutMs / 1000).toFixed(1)
  return Buffer.concat([Buffer.from(`${nonce} ${seconds} ${body.length} ${input ? 1 : 0}\n`), body])
}

const marginBytes = 256

/** Cuts one run's output out of one stream. Bytes before the begin line and after the end line are dropped. */
export class FrameDecoder {
  readonly #begin: Buffer
  readonly #end: Buffer
  readonly #limit: number
  #buffer = Buffer.alloc(4096)
  #length = 0
  #begun = false
  #overflow = false
  #done: { readonly output: Buffer; readonly tail: string } | undefined

  /** `limit`: bytes of output that are kept at most. */
  constructor(nonce: string, limit: number) {
    this.#begin = Buffer.from(`\n${nonce} begin\n`)
    this.#end = Buffer.from(`\n${nonce} end`)
    this.#limit = limit
  }

  /** True once more than the limit has come: the run is to be given up. */
  get overflow(): boolean {
    return this.#overflow
  }

  get begun(): boolean {
    return this.#begun
  }

  /** The output, and what the end line says after `end`; undefined until that has come. */
  get done(): { readonly output: Buffer; readonly tail: string } | undefined {
    return this.#done
  }

  push(chunk: Buffer): void {
    if (this.#done !== undefined || this.#overflow) return
    const from = this.#length
    this.#append(chunk)
    if (!this.#begun) this.#seekBegin(from)
    if (this.#begun) this.#seekEnd(Math.min(from, this.#length))
    if (this.#done === undefined && this.#length > this.#limit + marginBytes) this.#overflow = true
  }

  #append(chunk: Buffer): void {
    if (this.#length + chunk.length > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(this.#buffer.length * 2, this.#length + chunk.length))
      this.#buffer.copy(grown, 0, 0, this.#length)
      this.#buffer = grown
    }
    chunk.copy(this.#buffer, this.#length)
    this.#length += chunk.length
  }

  #seekBegin(from: number): void {
    const seen = this.#buffer.subarray(0, this.#length)
    const at = seen.indexOf(this.#begin, Math.max(0, from - this.#begin.length))
    if (at >= 0) this.#begun = true
    // Noise is let go, but for as much as may be the beginning of the line that is waited for.
    const keepFrom = at >= 0 ? at + this.#begin.length : Math.max(0, this.#length - this.#begin.length)
    this.#buffer.copy(this.#buffer, 0, keepFrom, this.#length)
    this.#length -= keepFrom
  }

  #seekEnd(from: number): void {
    const seen = this.#buffer.subarray(0, this.#length)
    const at = seen.indexOf(this.#end, Math.max(0, from - marginBytes))
    if (at < 0) return
    const newline = seen.indexOf(0x0a, at + this.#end.length)
    if (newline < 0) return
    const tail = seen.toString('latin1', at + this.#end.length, newline).trim()
    this.#done = { output: Buffer.from(seen.subarray(0, at)), tail }
  }
}
