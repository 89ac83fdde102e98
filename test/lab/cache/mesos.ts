// Mesos as an archive laid out as `make install` leaves it. No registry carries Mesos: the programs are the stand-ins of ../mesos,
// packed with the Node that they run on, since a bare host has none.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import type { Log } from '../machine/progress.ts'
import { type Archive, archiveAt, pack } from './archive.ts'
import { obtain, type Piece } from './store.ts'

/** Two, for upgrades: they differ in the version that they tell. */
export type MesosVersion = '1.11.0' | '1.12.0'

const SOURCES = join(import.meta.dirname, '..', 'mesos')
/** Where a program of Mesos stands in the archive, and the file of the stand-in behind it. */
const PROGRAMS = [
  ['sbin/mesos-master', 'master'],
  ['sbin/mesos-agent', 'agent'],
  ['bin/mesos-execute', 'execute'],
  ['bin/mesos-resolve', 'resolve'],
] as const

/** All but the conformance run and the tests, which no host needs. */
function sourceFiles(): readonly string[] {
  return readdirSync(SOURCES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(SOURCES.length + 1))
    .filter((path) => !path.startsWith(`conformance${sep}`))
    .sort()
}

function digestOfSources(): string {
  const hash = createHash('sha256')
  for (const path of sourceFiles()) hash.update(`${path}\0`).update(readFileSync(join(SOURCES, path)))
  return hash.digest('hex')
}

function script(version: MesosVersion, file: string): string {
  return `#!/bin/sh
home=$(dirname "$(dirname "$(readlink -f "$0")")")/libexec/mesos
LAB_MESOS_VERSION=${version} exec "$home/node" --disable-warning=ExperimentalWarning "$home/stand-ins/${file}.ts" "$@"
`
}

function piece(version: MesosVersion): Piece {
  const top = `mesos-${version}`
  return {
    name: 'mesos',
    version,
    recipe: JSON.stringify([1, process.version, PROGRAMS, digestOfSources()]),
    needs: ['tar', 'gzip'],
    build: async (dir, { logFile, scratch }) => {
      const tree = join(scratch, 'tree')
      const home = join(tree, top, 'libexec', 'mesos')
      for (const path of sourceFiles()) {
        await mkdir(dirname(join(home, 'stand-ins', path)), { recursive: true })
        await cp(join(SOURCES, path), join(home, 'stand-ins', path))
      }
      await writeFile(join(home, 'stand-ins', 'package.json'), '{ "type": "module" }\n')
      await cp(process.execPath, join(home, 'node'), { dereference: true })
      for (const [path, file] of PROGRAMS) {
        await mkdir(dirname(join(tree, top, path)), { recursive: true })
        await writeFile(join(tree, top, path), script(version, file))
        await chmod(join(tree, top, path), 0o755)
      }
      // The name of older releases, and of the packages of newer ones.
      await symlink('mesos-agent', join(tree, top, 'sbin', 'mesos-slave'))
      await pack(tree, top, join(dir, `mesos-${version}.tar.gz`), logFile)
    },
  }
}

export async function mesosArchive(version: MesosVersion, log: Log): Promise<Archive> {
  return archiveAt(await obtain(piece(version), log), `mesos-${version}.tar.gz`)
}
