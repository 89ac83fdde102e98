// ZooKeeper archives, laid out as Apache's: the server and what it needs come from Maven's central repository.
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../machine/progress.ts'
import { mustLogged } from '../machine/sh.ts'
import { type Archive, archiveAt, pack } from './archive.ts'
import { obtain, type Piece } from './store.ts'

/**
 * Beside the server: what its pom marks "provided" or "optional" but the published archive's lib/ has: the AdminServer's
 * Jetty and JSON, the metrics provider, the snapshot compression. Versions are those of the archive of that release.
 */
interface Recipe {
  /** 3.8.4 was never published for this module; the provider's interface is the same in all of 3.8. */
  readonly metricsProvider: string
  readonly jetty: string
  readonly jackson: string
  readonly logback: string
  readonly slf4j: string
  readonly netty: string
  readonly metrics: string
  readonly snappy: string
  readonly commonsCli: string
}

const RECIPES: Readonly<Record<string, Recipe>> = {
  '3.8.4': {
    metricsProvider: '3.8.3',
    jetty: '9.4.53.v20231009',
    jackson: '2.15.2',
    logback: '1.2.13',
    slf4j: '1.7.30',
    netty: '4.1.105.Final',
    metrics: '4.1.12.1',
    snappy: '1.1.10.5',
    commonsCli: '1.5.0',
  },
  '3.9.3': {
    metricsProvider: '3.9.3',
    jetty: '9.4.56.v20240826',
    jackson: '2.15.2',
    logback: '1.2.13',
    slf4j: '1.7.30',
    netty: '4.1.113.Final',
    metrics: '4.1.12.1',
    snappy: '1.1.10.5',
    commonsCli: '1.5.0',
  },
}

function dependencies(version: string, recipe: Recipe): readonly (readonly [string, string, string])[] {
  const jetty = ['jetty-server', 'jetty-servlet', 'jetty-client'].map(
    (name) => ['org.eclipse.jetty', name, recipe.jetty] as const,
  )
  return [
    ['org.apache.zookeeper', 'zookeeper', version],
    ['org.apache.zookeeper', 'zookeeper-jute', version],
    ['org.apache.zookeeper', 'zookeeper-prometheus-metrics', recipe.metricsProvider],
    ...jetty,
    ['com.fasterxml.jackson.core', 'jackson-databind', recipe.jackson],
    ['ch.qos.logback', 'logback-classic', recipe.logback],
    ['ch.qos.logback', 'logback-core', recipe.logback],
    ['org.slf4j', 'slf4j-api', recipe.slf4j],
    ['io.netty', 'netty-handler', recipe.netty],
    ['io.netty', 'netty-transport-native-epoll', recipe.netty],
    ['io.dropwizard.metrics', 'metrics-core', recipe.metrics],
    ['org.xerial.snappy', 'snappy-java', recipe.snappy],
    ['commons-cli', 'commons-cli', recipe.commonsCli],
  ]
}

function pom(version: string, recipe: Recipe): string {
  const entries = dependencies(version, recipe).map(
    ([group, artifact, wanted]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${wanted}</version></dependency>`,
  )
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>lab</groupId><artifactId>zookeeper-lib</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
${entries.join('\n')}
</dependencies></project>
`
}

const ZOO_SAMPLE = `tickTime=2000
initLimit=10
syncLimit=5
dataDir=/tmp/zookeeper
clientPort=2181
`

const LOGBACK = `<configuration>
  <property name="zookeeper.console.threshold" value="INFO" />
  <appender name="CONSOLE" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] - %m%n</pattern></encoder>
    <filter class="ch.qos.logback.classic.filter.ThresholdFilter"><level>\${zookeeper.console.threshold}</level></filter>
  </appender>
  <root level="INFO"><appender-ref ref="CONSOLE" /></root>
</configuration>
`

// Smaller than Apache's scripts, and enough for a person in the lab: ironherd itself starts Java.
const ZK_CLI = `#!/usr/bin/env bash
top=$(cd "$(dirname "\${BASH_SOURCE[0]}")/.." && pwd)
exec java -cp "$top/conf:$top/lib/*" org.apache.zookeeper.ZooKeeperMain "$@"
`
const ZK_SERVER = `#!/usr/bin/env bash
# zkServer.sh start-foreground [CONFIG]
top=$(cd "$(dirname "\${BASH_SOURCE[0]}")/.." && pwd)
[ "\${1:-}" = start-foreground ] || { echo "only start-foreground is known here" >&2; exit 1; }
exec java -cp "\${ZOOCFGDIR:-$top/conf}:$top/lib/*" org.apache.zookeeper.server.quorum.QuorumPeerMain "\${2:-$top/conf/zoo.cfg}"
`

function piece(version: string): Piece {
  const recipe = RECIPES[version]
  if (recipe === undefined)
    throw new Error(`ZooKeeper ${version}: no recipe; there are ${Object.keys(RECIPES).join(', ')}`)
  const top = `apache-zookeeper-${version}-bin`
  return {
    name: 'zookeeper',
    version,
    recipe: JSON.stringify([3, recipe, LOGBACK]),
    needs: ['mvn', 'tar', 'gzip'],
    build: async (dir, { scratch, logFile }) => {
      const tree = join(scratch, 'tree')
      for (const each of ['bin', 'conf', 'lib']) await mkdir(join(tree, top, each), { recursive: true })
      await writeFile(join(scratch, 'pom.xml'), pom(version, recipe))
      const copy = [
        'dependency:copy-dependencies',
        '-DincludeScope=runtime',
        `-DoutputDirectory=${join(tree, top, 'lib')}`,
      ]
      await mustLogged(['mvn', '-B', '-q', '-f', join(scratch, 'pom.xml'), ...copy], logFile)
      const jars = await readdir(join(tree, top, 'lib'))
      if (!jars.includes(`zookeeper-${version}.jar`))
        throw new Error(`ZooKeeper ${version}: Maven gave ${jars.join(' ')}`)
      await writeFile(join(tree, top, 'conf', 'zoo_sample.cfg'), ZOO_SAMPLE)
      await writeFile(join(tree, top, 'conf', 'logback.xml'), LOGBACK)
      await writeFile(join(tree, top, 'bin', 'zkCli.sh'), ZK_CLI, { mode: 0o755 })
      await writeFile(join(tree, top, 'bin', 'zkServer.sh'), ZK_SERVER, { mode: 0o755 })
      await pack(tree, top, join(dir, `zookeeper-${version}.tar.gz`), logFile)
    },
  }
}

export async function zookeeperArchive(version: '3.8.4' | '3.9.3', log: Log): Promise<Archive> {
  return archiveAt(await obtain(piece(version), log), `zookeeper-${version}.tar.gz`)
}
