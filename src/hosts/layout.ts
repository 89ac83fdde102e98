import { quote } from '../formats/shell.ts'

/**
 * Where ironherd's own state stands on a host, and in which form: the look reads it, the executor writes it. The
 * directory is root's (0700): what it says decides who may act on the machine.
 */
export const stateDirectory = '/var/lib/ironherd'

export const stateFiles = {
  /** Id of the installation that keeps the machine; text, one line. */
  installation: `${stateDirectory}/installation`,
  /** Highest epoch seen; decimal, one line. */
  epoch: `${stateDirectory}/epoch`,
  lock: `${stateDirectory}/lock`,
  /** TSV lines: at (ms since the epoch, host's clock), epoch, phase, object, member, verb, step, detail. */
  journal: `${stateDirectory}/journal`,
  /** Lines of `sha256  path`, as sha256sum prints them, of the files that ironherd wrote. */
  ownFiles: `${stateDirectory}/own-files`,
  /** One `<unit without .service>.json` per member that was started on the machine: what it was started as. */
  members: `${stateDirectory}/members`,
  /** One record per installed archive, see `softwareRecordPath`. */
  software: `${stateDirectory}/software`,
} as const

/**
 * The record of software unpacked at `path`: two lines, `archive sha512:…` and `listing <sha256 hex>`, where listing is
 * what `softwareListing(path)` printed right after unpacking.
 */
export function softwareRecordPath(path: string): string {
  return `${stateFiles.software}/${path.slice(path.lastIndexOf('/') + 1)}`
}

/**
 * Beside the record, so that a look need not sort and digest some ten thousand names to see that nothing has changed: the
 * record's listing digest on the first line, then what `softwareTree` printed for `path` at that time.
 */
export function softwareTreePath(path: string): string {
  return `${softwareRecordPath(path)}.tree`
}

/** Also beside the record: the digest of every file, as sha256sum prints them, with names relative to `path`, sorted. */
export function softwareSumsPath(path: string): string {
  return `${softwareRecordPath(path)}.sums`
}

/**
 * Bash that prints one line: the sha256 over type, mode, size, modification time, path and link target of every file
 * under `path` (directories left out: their times change when a process leaves an empty cache behind). Fails when
 * anything below cannot be read, so that a damaged disk is not taken for a changed listing. Records are NUL-terminated,
 * so that no file name can pretend to be two. The same text must be used for recording and for looking.
 */
export function softwareListing(path: string): string {
  const find = `find ${quote(path)} -mindepth 1 ! -type d -printf '%y %m %s %T@ %P %l\\0'`
  return `( set -o pipefail; ${find} | LC_ALL=C sort -z | sha256sum | { IFS=' ' read -r digest rest && printf '%s\\n' "$digest"; } )`
}

/**
 * Defines `tree PATH…`, which prints the same facts as the listing in find's own order and without a NUL, so that bash
 * can hold it. Two slashes stand before each PATH's files and after each file: no relative path holds these, and where
 * a link's target ends is told by its size. Another order than recorded is no change: then the listing decides.
 */
export const softwareTree = `tree() {
  local p; local -a starts=()
  for p; do starts+=(-o -samefile "$p"); done
  find "$@" ! -type d -printf '%y %m %s %T@ %l/%P//' -o '(' "\${starts[@]:1}" ')' -printf '//'
}`

/**
 * Defines `mark FILE HEX`, which prints what FILE is known by once its digest was seen to be HEX, until it is touched or
 * the machine boots: after a power failure a file may have its length and times, and not its content.
 */
export const soundMark = `mark() { local b; read -r b </proc/sys/kernel/random/boot_id && stat -c "$b $2 %i %s %.9Y %.9Z" -- "$1"; }`

/** Where the mark of an uploaded file is kept, so that it need not be read and hashed again. */
export function soundMarkPath(path: string): string {
  return `${path}.sound`
}

/**
 * Defines `superseded PREFIX KEEP`, which puts into `idle` the directories of a family that nothing uses: not KEEP, no
 * link, unchanged for ten minutes, named by no unit of ironherd and on no process' command line (a process may run on
 * after its unit was written anew). What cannot be searched counts as in use. As long as there is none but KEEP, no
 * process is started. The find is waited for: while it ends, its own command line still names them all.
 */
export const supersededSoftware = `superseded() {
  idle=()
  local d file text found=() words=()
  for d in "$1"*/; do d=\${d%/}; if [[ -d $d && ! -L $d && $d != "$2" ]]; then found+=("$d"); fi; done
  if (( \${#found[@]} )); then mapfile -d '' -t found < <(exec find "\${found[@]}" -maxdepth 0 -cmin +10 -printf '%p\\0' 2>/dev/null); wait $! || :; fi
  if (( \${#found[@]} == 0 )); then return 0; fi
  for file in /usr/local/lib/systemd/system/ironherd-*.service; do
    [[ -e $file || -L $file ]] || continue
    if [[ -d $file ]] || ! text=$(cat -- "$file" 2>/dev/null); then return 0; fi
    unused "$text"
  done
  for file in /proc/[0-9]*/cmdline; do
    { mapfile -d '' -t words <"$file"; } 2>/dev/null || words=()
    unused "\${words[*]}"
  done
  idle=("\${found[@]}")
}
unused() {
  local d; local -a still=()
  for d in "\${found[@]}"; do [[ $1 == *"$d"* ]] || still+=("$d"); done
  found=("\${still[@]}")
}`
