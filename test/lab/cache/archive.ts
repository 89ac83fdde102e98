// A software archive as its project publishes it: one .tgz with one top directory, and its digests beside it.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustLogged } from '../machine/sh.ts'

export interface Archive {
  readonly file: string
  readonly sha512: string
  readonly sha256: string
}

/**
 * Packs `tree/<top>` into `file`. gzip -1, because the lab unpacks a Spark six times for each time it packs one; sorted, with
 * fixed owner and time, so that the same content has the same digest on every machine.
 */
export async function pack(tree: string, top: string, file: string, logFile: string): Promise<void> {
  const plain = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=2024-01-01 00:00Z']
  await mustLogged(['tar', '-C', tree, ...plain, '-I', 'gzip -1 -n', '-cf', file, top], logFile)
  const { sha512, sha256 } = await digests(file)
  await writeFile(`${file}.digests.json`, JSON.stringify({ sha512, sha256 }))
  // The form that Apache publishes beside its archives.
  const name = file.slice(file.lastIndexOf('/') + 1)
  await writeFile(`${file}.sha512`, `${sha512}  ${name}\n`)
}

async function digests(file: string): Promise<{ sha512: string; sha256: string }> {
  const long = createHash('sha512')
  const short = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    long.update(chunk as Buffer)
    short.update(chunk as Buffer)
  }
  return { sha512: long.digest('hex'), sha256: short.digest('hex') }
}

export async function archiveAt(dir: string, name: string): Promise<Archive> {
  const file = join(dir, name)
  const stored = JSON.parse(await readFile(`${file}.digests.json`, 'utf8')) as { sha512: string; sha256: string }
  return { file, ...stored }
}
