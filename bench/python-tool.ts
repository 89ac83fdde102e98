import { join } from 'node:path'
import { obtain } from '../test/lab/cache/store.ts'
import { needPythonVenv } from '../test/lab/machine/needs.ts'
import type { Log } from '../test/lab/machine/progress.ts'
import { mustLogged } from '../test/lab/machine/sh.ts'

/** The newest that run on the Python 3.11 of Debian 12. */
export const toolVersions = { 'ansible-core': '2.19.14', pyinfra: '3.10.0' } as const

/**
 * The Python of a virtual environment that has the tool, kept in the lab's cache. The environment's scripts are not used:
 * they name the place they were built in.
 */
export async function installPythonTool(name: keyof typeof toolVersions, log: Log): Promise<string> {
  const version = toolVersions[name]
  const dir = await obtain(
    {
      name,
      version,
      recipe: '1',
      needs: [],
      build: async (target, { log: tell, logFile }) => {
        await needPythonVenv(tell)
        await mustLogged(['python3', '-m', 'venv', target], logFile)
        await mustLogged([join(target, 'bin', 'pip'), 'install', '--quiet', `${name}==${version}`], logFile)
        // So that no round pays for compiling what it imports.
        await mustLogged([join(target, 'bin', 'python3'), '-m', 'compileall', '-q', join(target, 'lib')], logFile)
      },
    },
    log,
  )
  return join(dir, 'bin', 'python3')
}
