import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zookeeperArchive } from '../../cache/zookeeper.ts'
import { mustLogged } from '../../machine/sh.ts'
import { parts } from './parts.ts'
import { report } from './report.ts'
import type { Result } from './result.ts'

const page = join(import.meta.dirname, '../../../../docs/mesos-conformance.md')

/**
 * Plays the parts named on the command line, or all of them, and prints what differs; with all of them, writes the
 * page. Ends with 1 where anything differs that may not.
 */
async function main(wanted: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mesos-conformance-'))
  try {
    const zookeeperHome = await unpackedZooKeeper(folder)
    const results: Result[] = []
    let net = 200
    for (const [name, play] of Object.entries(parts)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue
      console.log(`${name} …`)
      const begun = Date.now()
      results.push(...(await play({ zookeeperHome, folder: join(folder, name.replace('/', '-')), net })))
      console.log(`${name}: ${Math.round((Date.now() - begun) / 1000)} s`)
      net = net === 210 ? 200 : net + 1
    }
    for (const { recording, different } of results) {
      for (const { where, recorded, seen } of different)
        console.log(`${recording}: ${where}: recorded ${recorded}, seen ${seen}`)
    }
    const bad = results.filter(({ different }) => different.length > 0).length
    console.log(`${results.length} cases, ${results.length - bad} equal, ${bad} different`)
    if (wanted.length === 0) writeFileSync(page, report(results))
    process.exitCode = bad === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function unpackedZooKeeper(folder: string): Promise<string> {
  const archive = await zookeeperArchive('3.8.4', console.log)
  await mustLogged(['tar', 'xzf', archive.file, '-C', folder], join(folder, 'tar.log'))
  return join(folder, 'apache-zookeeper-3.8.4-bin')
}

await main(process.argv.slice(2))
