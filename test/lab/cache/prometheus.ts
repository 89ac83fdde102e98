// Prometheus and promtool out of Debian's package. The package is unpacked, never installed: installing it starts a daemon.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { refreshPackageLists } from '../machine/needs.ts'
import type { Log } from '../machine/progress.ts'
import { must } from '../machine/sh.ts'
import { obtain, type Piece } from './store.ts'

const PROMETHEUS: Piece = {
  name: 'prometheus',
  version: 'debian',
  recipe: '1',
  needs: ['dpkg-deb'],
  build: async (dir, { scratch }) => {
    await refreshPackageLists()
    await must(['apt-get', 'download', 'prometheus'], { cwd: scratch })
    const file = (await readdir(scratch)).find((entry) => entry.endsWith('.deb'))
    if (file === undefined) throw new Error('apt-get download prometheus: no package came')
    await must(['dpkg-deb', '-x', join(scratch, file), dir])
    await must([join(dir, 'usr/bin/promtool'), '--version'])
  },
}

export async function prometheusPrograms(log: Log): Promise<{ prometheus: string; promtool: string }> {
  const bin = join(await obtain(PROMETHEUS, log), 'usr', 'bin')
  return { prometheus: join(bin, 'prometheus'), promtool: join(bin, 'promtool') }
}
