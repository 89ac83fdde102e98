import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DiskStorage } from '../../../../lab/mesos/log/storage.ts'
import type { Written } from '../../../../lab/mesos/log/wire.ts'
import { scratchFolder } from './scratch.ts'

let folder: string

beforeEach(() => {
  folder = scratchFolder()
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function append(position: number, bytes: string): { action: Written } {
  const content = { type: 'APPEND', bytes } as const
  return { action: { position, promised: 1, performed: 1, content, learned: true } }
}

function truncate(position: number, to: number): { action: Written } {
  const content = { type: 'TRUNCATE', to } as const
  return { action: { position, promised: 1, performed: 1, content, learned: true } }
}

/** Votes, has promised 1, and knows the positions 3 and 4. */
function fill(): void {
  const storage = new DiskStorage(folder)
  storage.persist({ status: 'VOTING' })
  storage.persist({ promised: 1 })
  for (const position of [1, 2, 3]) storage.persist(append(position, `value ${position}`))
  storage.persist(truncate(4, 3))
  storage.close()
}

/** Opens it once more, as a restart does; gives the status and the positions. */
function reopened(): [string, number, number[]] {
  const storage = new DiskStorage(folder)
  storage.close()
  const { status, begin, actions } = storage.contents
  return [status, begin, [...actions.keys()]]
}

const whole = ['VOTING', 3, [3, 4]]
const nothing = ['EMPTY', 0, []]

function names(): string[] {
  return readdirSync(folder).sort()
}

function named(ending: RegExp): string[] {
  return names().filter((name) => ending.test(name))
}

describe('the folder', () => {
  test('has the files of a leveldb, and after a truncation an empty log and one table', () => {
    fill()
    const files = names().map((name) => name.replace(/\d{6}/, 'N'))
    expect(files.sort()).toEqual(['CURRENT', 'LOCK', 'LOG', 'MANIFEST-N', 'N.ldb', 'N.log'])
    expect(readFileSync(join(folder, 'CURRENT'), 'utf8')).toBe('MANIFEST-000002\n')
    expect(statSync(join(folder, named(/\.log$/)[0] ?? '')).size).toBe(0)
    expect(statSync(join(folder, 'LOCK')).size).toBe(0)
  })

  test('gives back what was written, also when it is opened many times', () => {
    fill()
    for (let time = 0; time < 5; time += 1) expect(reopened()).toEqual(whole)
    expect(named(/\.ldb$|\.log$|^MANIFEST/)).toHaveLength(3)
    expect(names()).toContain('LOG.old')
  })

  test('of a process that was killed gives back everything that was acknowledged', () => {
    const storage = new DiskStorage(folder)
    storage.persist({ status: 'VOTING' })
    storage.persist(append(1, 'value'))
    expect(reopened()).toEqual(['VOTING', 0, [1]])
  })

  test('keeps its begin where a notice of a truncated position comes late', () => {
    const storage = new DiskStorage(folder)
    storage.persist(append(1, 'old'))
    storage.persist(append(2, 'new'))
    storage.persist(truncate(3, 2))
    storage.persist(append(1, 'old'))
    storage.close()
    expect(reopened()).toEqual(['EMPTY', 2, [2, 3]])
  })
})

describe('damage', () => {
  test('of a log cut in two loses what was in the lost part', () => {
    fill()
    const storage = new DiskStorage(folder)
    storage.persist(append(5, 'five'))
    storage.persist(append(6, 'six'))
    storage.close()
    const log = join(folder, named(/\.log$/)[0] ?? '')
    truncateSync(log, statSync(log).size - 1)
    expect(reopened()).toEqual(['VOTING', 3, [3, 4, 5]])
  })

  test('of an empty log that is cut in two changes nothing', () => {
    fill()
    for (const log of named(/\.log$/)) truncateSync(join(folder, log), 0)
    expect(reopened()).toEqual(whole)
  })

  test('of logs and tables by random bytes leaves an empty replica', () => {
    fill()
    for (const name of named(/\.log$|\.ldb$/)) writeFileSync(join(folder, name), randomBytes())
    expect(reopened()).toEqual(nothing)
    expect(reopened()).toEqual(nothing)
  })

  test('by the loss of CURRENT leaves what is in the log, for that is a new database', () => {
    const storage = new DiskStorage(folder)
    storage.persist({ status: 'VOTING' })
    storage.persist(append(1, 'value'))
    storage.close()
    rmSync(join(folder, 'CURRENT'))
    expect(reopened()).toEqual(['VOTING', 0, [1]])
  })

  test('by the loss of CURRENT loses what is in the table', () => {
    fill()
    rmSync(join(folder, 'CURRENT'))
    expect(reopened()).toEqual(nothing)
  })

  test('by the loss of the manifest is an error', () => {
    fill()
    const [manifest = ''] = named(/^MANIFEST/)
    rmSync(join(folder, manifest))
    const path = join(folder, manifest)
    expect(reopened).toThrow(
      `Corruption: CURRENT points to a non-existent file: NotFound: ${path}: No such file or directory`,
    )
  })

  test('by the loss of a table is an error', () => {
    fill()
    const [table = ''] = named(/\.ldb$/)
    rmSync(join(folder, table))
    expect(reopened).toThrow(`Corruption: 1 missing files; e.g.: ${join(folder, table)}`)
  })
})

test('a folder that another process has open is refused', async () => {
  fill()
  const holder = spawn('sh', ['-c', 'exec 3>>"$0/LOCK"; echo open; exec sleep 60', folder])
  await once(holder.stdout, 'data')
  expect(reopened).toThrow(`IO error: lock ${folder}/LOCK: Resource temporarily unavailable`)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  expect(reopened()).toEqual(whole)
})

const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0

test.skipIf(!mayMount)('a folder of the same name that a process of another host has open is no obstacle', async () => {
  fill()
  const line = 'mount -t tmpfs tmpfs "$0"; exec 3>>"$0/LOCK"; echo open; exec sleep 60'
  const holder = spawn('unshare', ['-m', 'sh', '-c', line, folder])
  await once(holder.stdout, 'data')
  expect(reopened()).toEqual(whole)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
})

test.skipIf(!mayMount)(
  'a full disk fails all writes from then on, and every opening until there is space again',
  () => {
    const program = fileURLToPath(new URL('./full-disk.ts', import.meta.url))
    const mount = 'mount -t tmpfs -o size=128k tmpfs "$0" && exec "$1" "$2" "$0"'
    const unshare = ['-m', 'sh', '-c', mount, folder, process.execPath, program]
    const seen = execFileSync('unshare', unshare, { encoding: 'utf8' }).trim().split('\n')
    const full = expect.stringMatching(/^IO error: .*\/replicated_log\/\d{6}\.ldb: No space left on device$/) as string
    expect(seen).toEqual(['written', full, full, full, 'opened, at 1'])
  },
)

function randomBytes(): Buffer {
  return Buffer.from(Array.from({ length: 951 }, (_, index) => (index * 7919 + 13) % 256))
}
