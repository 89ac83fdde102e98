import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fetchUri } from '../../../../lab/mesos/agent/fetcher.ts'

let folder = ''
let sandbox = ''
const settings = { frameworksHome: '', stallMs: 500, log: () => undefined }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesos-fetcher-'))
  sandbox = join(folder, 'sandbox')
  mkdirSync(sandbox)
  writeFileSync(join(folder, 'program'), 'words')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('an archive is unpacked beside itself, unless told not to', async () => {
  execFileSync('tar', ['-C', folder, '-czf', join(folder, 'a.tar.gz'), 'program'])
  await fetchUri({ value: `file://${folder}/a.tar.gz`, extract: false }, sandbox, settings)
  expect(existsSync(join(sandbox, 'program'))).toBe(false)
  await fetchUri({ value: `${folder}/a.tar.gz` }, sandbox, settings)
  expect(readFileSync(join(sandbox, 'program'), 'utf8')).toBe('words')
})

test('a program is made executable, under the name that was asked for', async () => {
  await fetchUri({ value: `${folder}/program`, executable: true, output_file: 'run' }, sandbox, settings)
  expect(statSync(join(sandbox, 'run')).mode & 0o111).toBe(0o111)
})

test('HTTP is fetched; a refusal and a server that falls silent are failures that leave nothing', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/gone') response.writeHead(404).end()
    else if (request.url === '/silent') response.writeHead(200, { 'Content-Length': '100' }).write('begin')
    else response.end('content')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  try {
    await fetchUri({ value: `${base}/file?query` }, sandbox, settings)
    expect(readFileSync(join(sandbox, 'file'), 'utf8')).toBe('content')
    await expect(fetchUri({ value: `${base}/gone` }, sandbox, settings)).rejects.toThrow('404')
    await expect(fetchUri({ value: `${base}/silent` }, sandbox, settings)).rejects.toThrow('nothing')
    expect(existsSync(join(sandbox, 'silent'))).toBe(false)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('hdfs:// goes through bin/hadoop of hadoop_home', async () => {
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin', 'hadoop'), '#!/bin/sh\n[ "$1 $2" = "fs -copyToLocal" ] && echo "$3" > "$4"\n')
  chmodSync(join(folder, 'bin', 'hadoop'), 0o755)
  await fetchUri({ value: 'hdfs://ns/data.txt' }, sandbox, { ...settings, hadoopHome: folder })
  expect(readFileSync(join(sandbox, 'data.txt'), 'utf8')).toBe('hdfs://ns/data.txt\n')
})

test('what nobody can fetch is refused', async () => {
  await expect(fetchUri({ value: 'ftp://x/y' }, sandbox, settings)).rejects.toThrow('Unsupported URI')
  await expect(fetchUri({ value: 'relative' }, sandbox, settings)).rejects.toThrow('framework home')
  await expect(fetchUri({ value: `${folder}/none` }, sandbox, settings)).rejects.toThrow()
})
