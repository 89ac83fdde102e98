// What is run in the lab must not differ in its layout from what a user downloads.
import { expect, it } from 'vitest'
import { run } from '../machine/sh.ts'
import { type HadoopVersion, hadoopArchive } from './hadoop.ts'

const log = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

/** Of a 3.x release, what of it concerns HDFS; each name of a jar without its version, and a `*` for all others of a folder. */
const RELEASE = new Set([
  ...['hadoop', 'hdfs'].map((name) => `bin/${name}`),
  ...['hadoop-config.sh', 'hadoop-functions.sh', 'hdfs-config.sh'].map((name) => `libexec/${name}`),
  ...[
    'core-site.xml',
    'hadoop-env.sh',
    'hadoop-policy.xml',
    'hdfs-site.xml',
    'httpfs-site.xml',
    'log4j.properties',
  ].map((name) => `etc/hadoop/${name}`),
  'share/hadoop/common/hadoop-common.jar',
  ...['hadoop-hdfs', 'hadoop-hdfs-client', 'hadoop-hdfs-httpfs'].map((name) => `share/hadoop/hdfs/${name}.jar`),
  'share/hadoop/common/lib/*.jar',
  'share/hadoop/hdfs/lib/*.jar',
  ...['datanode', 'hdfs', 'journal', 'secondary', 'static'].map((name) => `share/hadoop/hdfs/webapps/${name}/`),
])

/** What a daemon or a tool of the roles that ironherd runs cannot do without. */
const NEEDED = ['bin/hadoop', 'bin/hdfs', 'share/hadoop/common/hadoop-common.jar', 'share/hadoop/hdfs/hadoop-hdfs.jar']

it.each<HadoopVersion>(['3.4.2', '3.3.6'])('Hadoop %s has the layout of the release', async (version) => {
  const { file } = await hadoopArchive(version, log)
  const { stdout } = await run(['tar', '-tzf', file])
  const entries = stdout.trim().split('\n')
  const top = `hadoop-${version}/`
  expect(entries.filter((entry) => !entry.startsWith(top))).toEqual([])
  const names = entries.map((entry) => {
    const name = entry.slice(top.length).replace(`-${version}.jar`, '.jar')
    return name.replace(/\/lib\/.*\.jar$/, '/lib/*.jar')
  })
  const folders = new Set([...RELEASE].flatMap((name) => above(name)))
  expect(names.filter((name) => !RELEASE.has(name) && !folders.has(name))).toEqual([])
  expect(NEEDED.filter((name) => !names.includes(name))).toEqual([])
})

/** `a/b/c` → ``, `a/`, `a/b/`. */
function above(name: string): readonly string[] {
  const parts = name.split('/').slice(0, -1)
  return ['', ...parts.map((_, at) => `${parts.slice(0, at + 1).join('/')}/`)]
}
