// Source archives and wheels from the Python package index, through pip as it comes.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { needPythonVenv } from '../machine/needs.ts'
import { mustLogged } from '../machine/sh.ts'
import type { BuildContext } from './store.ts'

/** A venv of our own: Debian forbids pip in its system Python, and a source archive needs setuptools to be looked at. */
async function pip(context: BuildContext): Promise<string> {
  await needPythonVenv(context.log)
  const venv = join(context.scratch, 'venv')
  await mustLogged(['python3', '-m', 'venv', venv], context.logFile)
  return join(venv, 'bin', 'pip')
}

/** The file of the source archive of `name` in `version`, in the scratch directory. */
export async function downloadSourceArchive(name: string, version: string, context: BuildContext): Promise<string> {
  const target = join(context.scratch, 'download')
  const command = ['download', '--no-deps', '--no-binary', name, '--dest', target, `${name}==${version}`]
  await mustLogged([await pip(context), ...command], context.logFile, { env: { TMPDIR: context.scratch } })
  const file = (await readdir(target)).find((entry) => entry.endsWith('.tar.gz'))
  if (file === undefined) throw new Error(`${name} ${version}: the index gave no source archive`)
  return join(target, file)
}

/** Installs a wheel into `target`, without what it depends on. */
export async function installWheel(
  name: string,
  version: string,
  target: string,
  context: BuildContext,
): Promise<void> {
  const command = ['install', '--no-deps', '--target', target, `${name}==${version}`]
  await mustLogged([await pip(context), ...command], context.logFile, { env: { TMPDIR: context.scratch } })
}
