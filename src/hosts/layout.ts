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
 * Bash that prints the directories of a family that nothing uses, one a line: not `keep`, no link, unchanged for ten minutes,
 * named by no unit of ironherd and on no process' command line (a process may run on after its unit was written anew).
 * What cannot be searched counts as in use. The pattern is handed over by a descriptor: grep has a command line, too.
 */
export function supersededSoftware(familyPrefix: string, keep: string): string {
  return `( set +e; shopt -s nullglob
for d in ${quote(familyPrefix)}*/; do
  d=\${d%/}; if [ -L "$d" ] || [ "$d" = ${quote(keep)} ] || [ -z "$(find "$d" -maxdepth 0 -cmin +10)" ]; then continue; fi
  cat /dev/null /usr/local/lib/systemd/system/ironherd-*.service 2>&1 | grep -qaF -f <(printf %s "$d"); [ "\${PIPESTATUS[*]}" = '0 1' ] || continue
  cat /proc/[0-9]*/cmdline 2>/dev/null | grep -qaF -f <(printf %s "$d"); [ "\${PIPESTATUS[1]}" = 1 ] || continue
  printf '%s\\n' "$d"
done )`
}
