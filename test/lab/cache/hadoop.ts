// Hadoop archives, laid out as Apache's release: jars from Maven's central repository, scripts and files from hadoop/ beside this.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { cp, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../machine/progress.ts'
import { mustLogged } from '../machine/sh.ts'
import { type Archive, archiveAt, pack } from './archive.ts'
import { type BuildContext, obtain, type Piece } from './store.ts'

export type HadoopVersion = '3.3.6' | '3.4.2'

/** What goes to share/hadoop/hdfs, and its dependencies to hdfs/lib unless common/lib has them. */
const HDFS = ['hadoop-hdfs', 'hadoop-hdfs-client', 'hadoop-hdfs-httpfs']
const COMMON = ['hadoop-common']

/**
 * The release has web applications here, the published jars have none, and each daemon ends if its own is not on the class path.
 * An empty directory will do: /jmx and WebHDFS are no part of them.
 */
const WEB_APPLICATIONS = ['hdfs', 'datanode', 'journal', 'secondary', 'static']

const FILES = join(import.meta.dirname, 'hadoop')

/** The scripts and files as they are now: a change of one makes a new archive. */
function files(directory = FILES): readonly (readonly [string, string])[] {
  return readdirSync(directory)
    .sort()
    .flatMap((entry) => {
      const path = join(directory, entry)
      return statSync(path).isDirectory()
        ? files(path)
        : [[path.slice(FILES.length), readFileSync(path, 'utf8')] as const]
    })
}

function pom(version: string, artifacts: readonly string[]): string {
  const entries = artifacts.map(
    (artifact) =>
      `<dependency><groupId>org.apache.hadoop</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
  )
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>lab</groupId><artifactId>hadoop-lib</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
${entries.join('\n')}
</dependencies></project>
`
}

/** Copies the artifacts and what they need at run time into `directory`, and says which jars came. */
async function fetchJars(
  directory: string,
  version: string,
  artifacts: readonly string[],
  { scratch, logFile }: BuildContext,
): Promise<readonly string[]> {
  const file = join(scratch, `${artifacts.join('+')}.xml`)
  await writeFile(file, pom(version, artifacts))
  const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${directory}`]
  await mustLogged(['mvn', '-B', '-q', '-f', file, ...copy], logFile)
  const jars = await readdir(directory)
  const missing = artifacts.filter((artifact) => !jars.includes(`${artifact}-${version}.jar`))
  if (missing.length > 0) throw new Error(`Hadoop ${version}: Maven gave no ${missing.join(', ')}`)
  return jars
}

function piece(version: HadoopVersion): Piece {
  const top = `hadoop-${version}`
  return {
    name: 'hadoop',
    version,
    recipe: JSON.stringify([2, COMMON, HDFS, WEB_APPLICATIONS, files()]),
    needs: ['mvn', 'tar', 'gzip'],
    build: async (dir, context) => {
      const tree = join(context.scratch, 'tree')
      const share = join(tree, top, 'share', 'hadoop')
      for (const part of ['common', 'hdfs']) await mkdir(join(share, part, 'lib'), { recursive: true })
      const fetched = join(context.scratch, 'jars')
      const common = await fetchJars(join(fetched, 'common'), version, COMMON, context)
      // Both at once, so that each library comes in one version for all.
      const all = await fetchJars(join(fetched, 'all'), version, [...COMMON, ...HDFS], context)
      for (const jar of all) await rename(join(fetched, 'all', jar), join(share, folderOf(jar, version, common), jar))
      for (const name of WEB_APPLICATIONS) await mkdir(join(share, 'hdfs', 'webapps', name), { recursive: true })
      await cp(FILES, join(tree, top), { recursive: true })
      const scripts = ['hadoop', 'hdfs'].map((name) => join(tree, top, 'bin', name))
      await mustLogged(['chmod', '755', ...scripts], context.logFile)
      await pack(tree, top, join(dir, `hadoop-${version}.tar.gz`), context.logFile)
    },
  }
}

function folderOf(jar: string, version: string, common: readonly string[]): string {
  const isOf = (artifacts: readonly string[]): boolean => artifacts.some((each) => jar === `${each}-${version}.jar`)
  if (isOf(COMMON)) return 'common'
  if (isOf(HDFS)) return 'hdfs'
  return join(common.some((each) => nameOf(each) === nameOf(jar)) ? 'common' : 'hdfs', 'lib')
}

/** The two lists may name different versions of one library. */
function nameOf(jar: string): string {
  return jar.replace(/-\d.*$/, '')
}

export async function hadoopArchive(version: HadoopVersion, log: Log): Promise<Archive> {
  return archiveAt(await obtain(piece(version), log), `hadoop-${version}.tar.gz`)
}
