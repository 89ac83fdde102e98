// Spark as its archive: the Python package's source archive carries the distribution under deps/.
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../machine/progress.ts'
import { mustLogged } from '../machine/sh.ts'
import { type Archive, archiveAt, pack } from './archive.ts'
import { downloadSourceArchive } from './python-package.ts'
import { obtain, type Piece } from './store.ts'

const VERSION = '3.5.7'
const TOP = `spark-${VERSION}-bin`

const SPARK: Piece = {
  name: 'spark',
  version: VERSION,
  recipe: '2',
  needs: ['tar', 'gzip'],
  build: async (dir, context) => {
    const source = await downloadSourceArchive('pyspark', VERSION, context)
    await mustLogged(['tar', '-C', context.scratch, '-xzf', source], context.logFile)
    await rm(source)
    const tree = join(context.scratch, 'tree')
    await mkdir(tree)
    await rename(join(context.scratch, `pyspark-${VERSION}`, 'deps'), join(tree, TOP))
    await stat(join(tree, TOP, 'jars', `spark-core_2.12-${VERSION}.jar`))
    await stat(join(tree, TOP, 'jars', `spark-mesos_2.12-${VERSION}.jar`))
    // bin/load-spark-env.sh and the Python test for a distribution look for this file.
    await writeFile(join(tree, TOP, 'RELEASE'), `Spark ${VERSION} built for Hadoop 3.3.4\n`)
    await mustLogged(
      ['bash', '-c', 'chmod a+x "$1"/bin/* "$1"/sbin/* ; mkdir -p "$1"/conf', '-', join(tree, TOP)],
      context.logFile,
    )
    await pack(tree, TOP, join(dir, `spark-${VERSION}.tgz`), context.logFile)
  },
}

export async function sparkArchive(log: Log): Promise<Archive> {
  return archiveAt(await obtain(SPARK, log), `spark-${VERSION}.tgz`)
}
