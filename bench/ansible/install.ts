import { join } from 'node:path'
import { obtain, type Piece } from '../../test/lab/cache/store.ts'
import { needPythonVenv } from '../../test/lab/machine/needs.ts'
import type { Log } from '../../test/lab/machine/progress.ts'
import { mustLogged } from '../../test/lab/machine/sh.ts'

/** The newest that runs on the Python 3.11 of Debian 12. */
export const ansibleVersion = '2.19.14'

const piece: Piece = {
  name: 'ansible-core',
  version: ansibleVersion,
  recipe: '1',
  needs: [],
  build: async (dir, { log, logFile }) => {
    await needPythonVenv(log)
    await mustLogged(['python3', '-m', 'venv', dir], logFile)
    await mustLogged([join(dir, 'bin', 'pip'), 'install', '--quiet', `ansible-core==${ansibleVersion}`], logFile)
    // So that no round pays for compiling what it imports.
    await mustLogged([join(dir, 'bin', 'python3'), '-m', 'compileall', '-q', join(dir, 'lib')], logFile)
  },
}

/** The Python of a virtual environment that has ansible-core. Its scripts are not used: they name the place they were built in. */
export async function installAnsible(log: Log): Promise<string> {
  return join(await obtain(piece, log), 'bin', 'python3')
}
