import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { chmod, chown, cp, rm } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import type { CommandInfo } from '../shapes.ts'

export type Uri = NonNullable<CommandInfo['uris']>[number]

export interface FetchSettings {
  readonly frameworksHome: string
  /** Where `bin/hadoop` stands; absent means the one of the PATH. */
  readonly hadoopHome?: string
  /** An HTTP download that brings nothing for so long is given up. */
  readonly stallMs: number
  readonly owner?: { readonly uid: number; readonly gid: number }
  readonly log: (words: string) => void
}

const run = promisify(execFile)

const archives: readonly { readonly ends: readonly string[]; readonly command: readonly string[] }[] = [
  {
    ends: ['.tar', '.tar.gz', '.tgz', '.tar.bz2', '.tbz2', '.tar.xz', '.txz'],
    command: ['tar', '-C', '$DIR', '-xf', '$FILE'],
  },
  { ends: ['.gz'], command: ['gunzip', '-k', '$FILE'] },
  { ends: ['.zip'], command: ['unzip', '-o', '-d', '$DIR', '$FILE'] },
]

/** Brings a URI into the sandbox: copied, unpacked where it is an archive, executable where it is to be. Throws. */
export async function fetchUri(uri: Uri, sandbox: string, settings: FetchSettings): Promise<void> {
  settings.log(`Fetching URI '${uri.value}'`)
  const target = join(sandbox, uri.output_file ?? basename(new URL(uri.value, 'file:///').pathname))
  await download(uri.value, target, settings)
  if (settings.owner !== undefined) await chown(target, settings.owner.uid, settings.owner.gid)
  settings.log(`Fetched '${uri.value}' to '${target}'`)
  if (uri.executable === true) await chmod(target, 0o755)
  else if (uri.extract !== false) await extract(target, sandbox, settings)
}

async function download(uri: string, target: string, settings: FetchSettings): Promise<void> {
  if (/^https?:\/\//.test(uri)) return downloadHttp(uri, target, settings.stallMs)
  if (/^(hdfs|hftp|s3|s3n):\/\//.test(uri)) {
    const hadoop = settings.hadoopHome === undefined ? 'hadoop' : join(settings.hadoopHome, 'bin', 'hadoop')
    await run(hadoop, ['fs', '-copyToLocal', uri, target])
    return
  }
  const path = uri.replace(/^file:\/\//, '')
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) throw new Error(`Unsupported URI '${uri}'`)
  if (!isAbsolute(path) && settings.frameworksHome === '') {
    throw new Error(
      `A relative path was passed for the resource but the Mesos framework home was not specified: ${uri}`,
    )
  }
  await cp(isAbsolute(path) ? path : join(settings.frameworksHome, path), target, { recursive: true })
}

async function downloadHttp(uri: string, target: string, stallMs: number): Promise<void> {
  const stalled = new AbortController()
  const expire = (): void => stalled.abort(new Error(`'${uri}' brought nothing for ${stallMs} ms`))
  let timer = setTimeout(expire, stallMs)
  try {
    const response = await fetch(uri, { signal: stalled.signal })
    if (!response.ok || response.body === null) throw new Error(`Error downloading resource: ${response.status}`)
    const body = Readable.from(response.body)
    body.on('data', () => {
      clearTimeout(timer)
      timer = setTimeout(expire, stallMs)
    })
    await pipeline(body, createWriteStream(target), { signal: stalled.signal })
  } catch (error) {
    await rm(target, { force: true })
    throw stalled.signal.aborted ? stalled.signal.reason : error
  } finally {
    clearTimeout(timer)
  }
}

async function extract(file: string, sandbox: string, settings: FetchSettings): Promise<void> {
  const archive = archives.find(({ ends }) => ends.some((end) => file.endsWith(end)))
  if (archive === undefined) return
  const [program = '', ...args] = archive.command.map((word) => word.replace('$DIR', sandbox).replace('$FILE', file))
  // Whoever owns the sandbox unpacks, so that what comes out is theirs.
  await run(program, args, { cwd: sandbox, ...settings.owner })
  settings.log(`Extracted '${file}' into '${sandbox}'`)
}
