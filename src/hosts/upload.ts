import { createReadStream } from 'node:fs'
import { commandLine, quote } from '../formats/shell.ts'
import type { ReasonCode } from '../model/reasons.ts'
import { soundMark, soundMarkPath } from './layout.ts'
import type { HostLink } from './link.ts'
import type { Failure, LocalArchive, RunOptions, UploadResult } from './types.ts'

/**
 * Brings an archive to a host: asks what is there, streams what is missing behind a partial file, checks the digest on
 * the host, and only then gives the file its name. Two attempts: a partial file may have been changed, or be another's.
 */
export async function uploadArchive(
  link: HostLink,
  archive: LocalArchive,
  remotePath: string,
  options: RunOptions,
): Promise<UploadResult> {
  const host = link.target.name
  const failed = (code: ReasonCode, why: string): Failure => ({ state: 'failed', code, why: `${host}: ${why}` })
  const match = /^(sha256|sha512):([0-9a-f]+)$/.exec(archive.digest)
  if (match === null) return failed('InvalidSpec', `${archive.digest} is not a digest`)
  const place: Place = { path: remotePath, tool: `${match[1]}sum`, hex: match[2] ?? '', size: archive.size }
  let sentBytes = 0
  for (let attempt = 1; ; attempt++) {
    const probed = await text(link, probeScript(place), options)
    if (typeof probed !== 'string') return probed
    if (probed === 'present') return { state: 'present', sentBytes }
    if (probed === 'full') return failed('DiskFull', `${remotePath}: no room for ${archive.size} bytes`)
    const offset = /^partial (\d+)$/.exec(probed)?.[1]
    if (offset === undefined)
      return failed('ProbeFailed', `${remotePath}: unreadable answer ${JSON.stringify(probed.slice(0, 100))}`)
    const start = Number(offset)
    const sent = await link.run(
      receiveScript(place, start),
      { ...options, input: bytesFrom(archive.file, start) },
      true,
    )
    if (sent.state === 'failed') return sent
    if (sent.state === 'broken') return failed(sent.code, `${remotePath}: ${sent.why}`)
    sentBytes += archive.size - start
    if (sent.code === 0) return { state: 'present', sentBytes }
    const again = attempt < 2 && (sent.code === otherOffset || (sent.code === wrongDigest && start > 0))
    if (again) continue
    const said = sent.stderr.toString('utf8').trim().slice(-300)
    if (sent.code === wrongDigest) {
      const found = sent.stdout.toString('utf8').trim()
      return failed('DigestMismatch', `${remotePath}: what arrived has ${found}, not ${archive.digest}`)
    }
    return failed(codeOf(said), `${remotePath}: ${said === '' ? `failed with ${sent.code}` : said}`)
  }
}

interface Place {
  readonly path: string
  readonly tool: string
  readonly hex: string
  /** Bytes. */
  readonly size: number
}

const otherOffset = 76
const wrongDigest = 79

/** Opened only when it is read, and closed however the reading ends. */
async function* bytesFrom(file: string, start: number): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(file, { start, highWaterMark: 256 * 1024 })) yield chunk as Buffer
}

async function text(link: HostLink, script: string, options: RunOptions): Promise<string | Failure> {
  const answer = await link.run(script, options)
  if (answer.state === 'failed') return answer
  const host = link.target.name
  if (answer.state === 'broken') return { state: 'failed', code: answer.code, why: `${host}: ${answer.why}` }
  if (answer.code === 0) return answer.stdout.toString('utf8').trim()
  const said = answer.stderr.toString('utf8').trim().slice(-300)
  return { state: 'failed', code: codeOf(said), why: `${host}: ${said === '' ? `failed with ${answer.code}` : said}` }
}

function codeOf(said: string): ReasonCode {
  if (said.includes('No space left on device') || said.includes('Disk quota exceeded')) return 'DiskFull'
  return said.includes('Read-only file system') ? 'ReadOnlyFileSystem' : 'StepFailed'
}

function names(place: Place): string {
  const directory = place.path.slice(0, place.path.lastIndexOf('/')) || '/'
  return `final=${quote(place.path)}; partial=${quote(`${place.path}.partial`)}; dir=${quote(directory)}`
}

/** Exported for tests. Prints `present`, `partial <bytes>` or `full`. */
export function probeScript(place: Place): string {
  return `${names(place)}
[[ -d $dir ]] || mkdir -p -- "$dir" || exit 1
if [[ -f $final && ! -L $final && $(stat -c %s -- "$final") == ${place.size} ]]; then
  sum=$(${place.tool} <"$final"); [[ \${sum%% *} == ${place.hex} ]] && { echo present; exit 0; }
fi
size=0; [[ -f $partial && ! -L $partial ]] && size=$(stat -c %s -- "$partial")
(( size > ${place.size} )) && { rm -f -- "$partial" || exit 1; size=0; }
read -r blocks block <<<"$(stat -f -c '%a %S' -- "$dir")"
if (( blocks * block < ${place.size} - size )); then echo full; else echo "partial $size"; fi`
}

/**
 * Reads the missing bytes from standard input. The directory is locked, so that two replicas of ironherd do not append
 * to one file. On a full disk the partial file is removed: services of the host may be waiting for room. The digest is
 * taken afterwards, from memory: on the way, through a `tee`, it was measured to cost both machines a quarter more.
 * Nothing waits for the disk: the file is soon unpacked and removed, and one that a power failure has spoiled has no mark
 * of this boot and is hashed before it is used.
 */
export function receiveScript(place: Place, offset: number): string {
  return `${names(place)}
exec 9<"$dir" && ${commandLine(['flock', '-w', '20'])} 9 || exit ${otherOffset}
size=0; [[ -f $partial && ! -L $partial ]] && size=$(stat -c %s -- "$partial")
(( size == ${offset} )) || exit ${otherOffset}
head -c ${place.size - offset} >>"$partial" || { rm -f -- "$partial"; exit 77; }
[[ $(stat -c %s -- "$partial") == ${place.size} ]] || { echo 'the stream ended too early' >&2; exit 78; }
sum=$(${place.tool} <"$partial") || exit 77
[[ \${sum%% *} == ${place.hex} ]] || { rm -f -- "$partial"; echo "\${sum%% *}"; exit ${wrongDigest}; }
mv -f -- "$partial" "$final" || exit 77
${soundMark}
mark "$final" ${place.hex} >${quote(soundMarkPath(place.path))}; exit 0`
}
