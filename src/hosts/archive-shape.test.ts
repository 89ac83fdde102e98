import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { archiveFault } from './archive-shape.ts'
import { onlyFit } from './fit-archives.ts'

const directory = mkdtempSync(join(tmpdir(), 'archive-shape-'))
const long = `${'deep/'.repeat(30)}${'n'.repeat(120)}`
const { signal } = new AbortController()

afterAll(() => rmSync(directory, { recursive: true }))

function packed(name: string, files: readonly string[], ...flags: readonly string[]): string {
  const tree = mkdtempSync(join(directory, 'tree-'))
  for (const file of files) {
    mkdirSync(join(tree, file, '..'), { recursive: true })
    writeFileSync(join(tree, file), 'x'.repeat(3000))
  }
  const archive = join(directory, name)
  execFileSync('tar', [...flags, '-cf', archive, '-C', tree, '.'])
  return archive
}

function cut(archive: string, share: number): string {
  const bytes = readFileSync(archive)
  writeFileSync(`${archive}.cut`, bytes.subarray(0, Math.floor(bytes.length * share)))
  return `${archive}.cut`
}

test.each([
  ['gzip', packed('good.tar.gz', ['zk/bin/a', 'zk/lib/b'], '-z')],
  ['no compression', packed('good.tar', ['zk/bin/a', 'zk/lib/b'])],
  ['long names of GNU tar', packed('gnu.tar.gz', [`zk/${long}`], '-z', '--format=gnu')],
  ['long names of POSIX tar', packed('posix.tar.gz', [`zk/${long}`], '-z', '--format=posix')],
  ['long names of ustar', packed('ustar.tar', [`zk/${'deep/'.repeat(30)}n`], '--format=ustar')],
])('an archive with one top directory is fit to be unpacked: %s', async (_, archive) => {
  expect(await archiveFault(archive, signal)).toBeUndefined()
})

test('what is compressed otherwise is left to the tar of the host', async () => {
  const file = join(directory, 'x.tar.xz')
  writeFileSync(file, Buffer.from('fd377a585a000000', 'hex'))
  expect(await archiveFault(file, signal)).toBeUndefined()
})

test.each([
  ['two top directories', packed('two.tar.gz', ['a/x', 'b/x'], '-z'), 'not exactly one top directory'],
  ['files at the top', packed('flat.tar.gz', ['a'], '-z'), 'it has a at its top, not exactly one top directory'],
  ['nothing in it', packed('empty.tar', []), 'it is empty'],
  ['a gzip that ends early', cut(packed('long.tar.gz', ['zk/a', 'zk/b'], '-z'), 0.5), 'it cannot be unpacked'],
  ['a tar that ends early', cut(packed('long.tar', ['zk/a', 'zk/b', 'zk/c']), 0.3), 'it is cut off'],
])('an archive is refused with the reason: %s', async (_, archive, why) => {
  expect(await archiveFault(archive, signal)).toContain(why)
})

test('a page of a web site is no archive', async () => {
  const file = join(directory, 'page.tar.gz')
  writeFileSync(file, '<html>Please log in</html>\n'.repeat(50))
  expect(await archiveFault(file, signal)).toContain('not a tar archive')
})

test('a cache gives out what can be unpacked, and names the URL of what cannot', async () => {
  const cacheOf = (file: string) =>
    onlyFit({ fetch: (_url, digest) => Promise.resolve({ state: 'ready', archive: { file, digest, size: 1 } }) })
  const url = 'http://joe:tops3cret@mirror.example/zk.tar.gz'
  const good = await cacheOf(packed('fit.tar', ['zk/a'])).fetch(url, 'sha512:a', signal)
  expect(good).toMatchObject({ state: 'ready' })
  const bad = await cacheOf(packed('unfit.tar', ['a/x', 'b/x'])).fetch(url, 'sha512:a', signal)
  expect(bad).toMatchObject({ state: 'failed', code: 'ArchiveUnusable' })
  expect(bad).toHaveProperty('why', expect.stringContaining('mirror.example/zk.tar.gz: it has'))
  expect(bad).not.toHaveProperty('why', expect.stringContaining('tops3cret'))
})
