// The lab's bin/hdfs and bin/hadoop against what Hadoop documents of its own (Unix Shell Guide, comments of hadoop-env.sh).
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const HOME = join(import.meta.dirname, '../../lab/cache/hadoop')

let box: string
let config: string

beforeAll(() => {
  box = mkdtempSync(join(tmpdir(), 'hadoop-scripts-'))
  config = join(box, 'config')
  mkdirSync(join(box, 'java', 'bin'), { recursive: true })
  mkdirSync(config)
  writeFileSync(join(config, 'log4j.properties'), '')
  // A Java that says how it was called.
  const java = join(box, 'java', 'bin', 'java')
  writeFileSync(
    java,
    '#!/bin/sh\nprintf "%s\\n" "$@" "CLASSPATH=$CLASSPATH" "CONF=$HADOOP_CONF_DIR" "HOME=$HADOOP_HOME"\n',
  )
  chmodSync(java, 0o755)
})

afterAll(() => {
  rmSync(box, { recursive: true })
})

interface Said {
  readonly code: number | null
  readonly lines: readonly string[]
  readonly stderr: string
}

/** One call; `environment` is the text of hadoop-env.sh. */
function call(program: 'hdfs' | 'hadoop', args: readonly string[], environment = `JAVA_HOME=${box}/java\n`): Said {
  writeFileSync(join(config, 'hadoop-env.sh'), environment)
  const done = spawnSync('bash', [join(HOME, 'bin', program), ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', USER: 'hdfs', HOME: box },
  })
  return { code: done.status, lines: done.stdout.trim().split('\n'), stderr: done.stderr }
}

function hdfs(args: readonly string[], environment = ''): Said {
  return call('hdfs', ['--config', config, ...args], `JAVA_HOME=${box}/java\n${environment}`)
}

describe('hdfs of the lab', () => {
  it.each([
    ['namenode', 'org.apache.hadoop.hdfs.server.namenode.NameNode'],
    ['journalnode', 'org.apache.hadoop.hdfs.qjournal.server.JournalNode'],
    ['zkfc', 'org.apache.hadoop.hdfs.tools.DFSZKFailoverController'],
    ['datanode', 'org.apache.hadoop.hdfs.server.datanode.DataNode'],
    ['secondarynamenode', 'org.apache.hadoop.hdfs.server.namenode.SecondaryNameNode'],
    ['haadmin', 'org.apache.hadoop.hdfs.tools.DFSHAAdmin'],
    ['dfsadmin', 'org.apache.hadoop.hdfs.tools.DFSAdmin'],
    ['dfs', 'org.apache.hadoop.fs.FsShell'],
    ['fsck', 'org.apache.hadoop.hdfs.tools.DFSck'],
    ['getconf', 'org.apache.hadoop.hdfs.tools.GetConf'],
    ['balancer', 'org.apache.hadoop.hdfs.server.balancer.Balancer'],
    ['version', 'org.apache.hadoop.util.VersionInfo'],
    ['org.example.Tool', 'org.example.Tool'],
  ])('runs %s as the process that it is, with the arguments as they were given', (command, name) => {
    const { code, lines } = hdfs([command, '-a', 'two words'])
    expect(code).toBe(0)
    expect(lines[0]).toBe(`-Dproc_${command}`)
    const at = lines.indexOf(name)
    expect(lines.slice(at + 1, at + 3)).toEqual(['-a', 'two words'])
  })

  it('looks for its class path where the release has it, the configuration first', () => {
    const { lines } = hdfs(['namenode'], 'HADOOP_CLASSPATH=/opt/extra.jar\n')
    const share = `${HOME}/share/hadoop`
    const path = [config, `${share}/common/lib/*`, `${share}/common/*`, `${share}/hdfs`, `${share}/hdfs/lib/*`]
    expect(lines).toContain(`CLASSPATH=${[...path, `${share}/hdfs/*`, '/opt/extra.jar'].join(':')}`)
    expect(lines).toContain(`CONF=${config}`)
    expect(lines).toContain(`HOME=${HOME}`)
  })

  it('gives a role its own options and the heap, and a heap among the options stands', () => {
    const environment = 'HADOOP_HEAPSIZE_MAX=300\nHDFS_NAMENODE_OPTS="-XX:+UseSerialGC -Dx=y"\nHDFS_ZKFC_OPTS=-Xmx64m\n'
    expect(hdfs(['namenode'], environment).lines).toEqual(
      expect.arrayContaining(['-XX:+UseSerialGC', '-Dx=y', '-Xmx300m']),
    )
    const controller = hdfs(['zkfc'], environment).lines
    expect(controller.filter((line) => line.startsWith('-Xmx'))).toEqual(['-Xmx64m'])
    expect(controller).not.toContain('-Dx=y')
  })

  it('gives the options of clients to clients only', () => {
    const environment = 'HADOOP_CLIENT_OPTS=-Dclient=yes\n'
    expect(hdfs(['dfs'], environment).lines).toContain('-Dclient=yes')
    expect(hdfs(['datanode'], environment).lines).not.toContain('-Dclient=yes')
  })

  it('logs to the console in the foreground', () => {
    expect(hdfs(['namenode']).lines).toContain('-Dhadoop.root.logger=INFO,console')
    expect(hdfs(['--loglevel', 'WARN', 'namenode']).lines).toContain('-Dhadoop.root.logger=WARN,console')
  })

  it('refuses what the release refuses', () => {
    expect(hdfs(['nonsense'])).toMatchObject({ code: 1 })
    expect(call('hdfs', ['--config', '/nowhere', 'namenode']).stderr).toContain('Cannot find configuration directory')
    expect(call('hdfs', ['--config', config, 'namenode'], '').stderr).toContain('JAVA_HOME is not set')
    expect(hdfs(['namenode'], 'HDFS_NAMENODE_USER=other\n').stderr).toContain('namenode can only be executed by other')
  })
})

it('hadoop of the lab knows fs, version and the class path', () => {
  const hadoop = (command: string): Said => call('hadoop', ['--config', config, command])
  expect(hadoop('fs').lines).toContain('org.apache.hadoop.fs.FsShell')
  expect(hadoop('version').lines).toContain('org.apache.hadoop.util.VersionInfo')
  expect(hadoop('classpath').lines[0]).toMatch(new RegExp(`^${config}:.*/share/hadoop/hdfs/\\*$`))
})
