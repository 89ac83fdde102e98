// Spark as its archive: the Python package's source archive carries the distribution under deps/.
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../machine/progress.ts'
import { mustLogged } from '../machine/sh.ts'
import { type Archive, archiveAt, pack } from './archive.ts'
import { downloadSourceArchive } from './python-package.ts'
import { obtain, type Piece } from './store.ts'

/** The version of the examples; others are for upgrades. */
const USUAL = '3.5.7'

function piece(version: string): Piece {
  const top = `spark-${version}-bin`
  return {
    name: 'spark',
    version,
    recipe: '2',
    needs: ['tar', 'gzip'],
    build: async (dir, context) => {
      const source = await downloadSourceArchive('pyspark', version, context)
      await mustLogged(['tar', '-C', context.scratch, '-xzf', source], context.logFile)
      await rm(source)
      const tree = join(context.scratch, 'tree')
      await mkdir(tree)
      await rename(join(context.scratch, `pyspark-${version}`, 'deps'), join(tree, top))
      await stat(join(tree, top, 'jars', `spark-core_2.12-${version}.jar`))
      await stat(join(tree, top, 'jars', `spark-mesos_2.12-${version}.jar`))
      // bin/load-spark-env.sh and the Python test for a distribution look for this file.
      await writeFile(join(tree, top, 'RELEASE'), `Spark ${version} built for Hadoop 3.3.4\n`)
      await mustLogged(
        ['bash', '-c', 'chmod a+x "$1"/bin/* "$1"/sbin/* ; mkdir -p "$1"/conf', '-', join(tree, top)],
        context.logFile,
      )
      await pack(tree, top, join(dir, `spark-${version}.tgz`), context.logFile)
    },
  }
}

export async function sparkArchive(log: Log, version = USUAL): Promise<Archive> {
  return archiveAt(await obtain(piece(version), log), `spark-${version}.tgz`)
}
