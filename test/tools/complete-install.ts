import './node-version.ts'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

// npm quietly leaves out an optional package whose `engines` do not fit the Node that npm itself runs on, and the
// native parts of the test tools are such packages. Debian 12 has npm on Node 18, while everything here runs on the
// Node 24 that was just installed: so what is missing for this machine is asked for by name, which npm does not refuse.

interface LockedPackage {
  readonly version: string
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
}

const root = join(import.meta.dirname, '..', '..')

/** `name@version` of every optional package that is meant for this machine and is not there. */
function missingPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>
  }
  return Object.entries(lock.packages)
    .filter(([path, entry]) => entry.optional === true && isForThisMachine(entry) && !existsSync(join(root, path)))
    .map(
      ([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`,
    )
}

/** Only packages that name a platform: the rest of the optional ones are left to npm. */
function isForThisMachine({ os, cpu, libc }: LockedPackage): boolean {
  if (os === undefined || cpu === undefined) return false
  return (
    os.includes(process.platform) && cpu.includes(process.arch) && (libc === undefined || libc.includes(libcHere()))
  )
}

function libcHere(): 'glibc' | 'musl' {
  const report = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
}

const missing = missingPackages()
if (missing.length > 0) {
  const { npm_node_execpath: node, npm_execpath: npm } = process.env
  if (node === undefined || npm === undefined) throw new Error('start this with "npm run prepare"')
  console.log(`npm left out what this machine needs: ${missing.join(', ')}`)
  const args = ['install', '--no-save', '--ignore-scripts', '--loglevel=error', ...missing]
  const { status } = spawnSync(node, [npm, ...args], { cwd: root, stdio: 'inherit' })
  process.exitCode = status ?? 1
}
