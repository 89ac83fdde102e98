import { z } from 'zod'
import { celRules, exactlyOneOf, listMap, listSet } from './cel.ts'
import {
  connectString,
  countOrPercent,
  dataDirectory,
  groupName,
  hostSelector,
  jvm,
  memory,
  objectName,
  objectRef,
  port,
  znodePath,
} from './common.ts'
import { masterOwned, shuffleOwned, workerOwned } from './spark-owned.ts'
import { environment, heap, sparkProperties } from './spark-pieces.ts'

const recovery = z
  .object({
    zookeeperRef: objectRef
      .optional()
      .describe(
        'ZookeeperCluster that elects the leading master and keeps what it must remember. Spark always asks for a session ' +
          'of 60 s (a constant in its code) and ZooKeeper shortens it to maxSessionTimeoutSeconds of that cluster: this is ' +
          'what bounds a failover. With 10 s a dead leader is replaced in about 11 s; with the 40 s of ZooKeeper itself in ' +
          'about 39 s. Shorter also means that a pause of the leader (garbage collection, a frozen disk) of that length costs ' +
          'its leadership. Running applications go on through a failover; only new ones wait.',
      ),
    zookeeperConnect: connectString
      .optional()
      .describe('host:port,… of a ZooKeeper ensemble that ironherd does not run. Its session limit bounds a failover.'),
    path: znodePath
      .optional()
      .describe(
        'Znode below which the masters keep their state (spark.deploy.zookeeper.dir), /spark by default. Only with ZooKeeper. ' +
          'Two Spark clusters on one ensemble need different paths: with the same one they elect one leader between them.',
      ),
    fileSystem: z
      .object({
        directory: dataDirectory.describe('Directory of the one master, on a disk that outlives its process.'),
      })
      .optional()
      .describe(
        'One master that remembers workers and applications in a directory (FILESYSTEM). It has no election: while the ' +
          'master or its host is down nothing new is scheduled.',
      ),
    none: z
      .object({})
      .optional()
      .describe('One master that remembers nothing: applications are lost to it when it restarts.'),
  })
  .meta(
    celRules(
      exactlyOneOf(
        ['zookeeperRef', 'zookeeperConnect', 'fileSystem', 'none'],
        'give exactly one of zookeeperRef, zookeeperConnect, fileSystem and none',
      ),
      {
        rule: '!has(self.path) || has(self.zookeeperRef) || has(self.zookeeperConnect)',
        message: 'path is of use only with zookeeperRef or zookeeperConnect',
        fieldPath: '.path',
      },
    ),
  )
  .describe('How a master finds back what it knew, and who leads.')

const masters = z
  .object({
    hosts: z
      .array(objectName)
      .min(1)
      .max(9)
      .meta(listSet)
      .describe(
        'Host objects, one master each. All but the leader stand by. Recovery other than ZooKeeper: exactly one.',
      ),
    port: port.default(7077).describe('Port that workers and applications connect to (--port).'),
    webUiPort: port
      .default(8080)
      .describe('Port of the web UI and of /json/ (--webui-port). ZooKeeper has an AdminServer on 8080, too.'),
    restPort: port
      .optional()
      .describe(
        'Port of the REST submission server. Not set: it is off, since it lets anybody run code as the service user.',
      ),
    properties: sparkProperties(masterOwned).describe(
      'Content of the file given with --properties-file, e.g. spark.deploy.defaultCores.',
    ),
    jvm: jvm(heap),
  })
  .meta(
    celRules(
      { rule: 'self.port != self.webUiPort', message: 'port and webUiPort are the same' },
      {
        rule: '!has(self.restPort) || (self.restPort != self.port && self.restPort != self.webUiPort)',
        message: 'restPort is the same as port or webUiPort',
        fieldPath: '.restPort',
      },
    ),
  )

// At most twelve: with more the API server refuses the rules of dataDirectory for their cost.
const directories = (what: string) => z.array(dataDirectory).max(12).default([]).describe(what)

const workerGroup = z
  .object({
    name: groupName.describe('Name of the group.'),
    hosts: z.array(objectName).min(1).max(256).meta(listSet).optional().describe('Host objects, one worker each.'),
    hostSelector: hostSelector.optional(),
    cores: z
      .int()
      .min(1)
      .max(4096)
      .optional()
      .describe('Cores that a worker offers to applications (--cores). Default: all that the machine has.'),
    memory: memory
      .optional()
      .describe(
        'Memory that a worker offers to applications (--memory), e.g. 24g. Default: that of the machine less 1 GiB. ' +
          'Leave room for the worker itself, the shuffle service and everything else on the host.',
      ),
    port: port
      .default(7078)
      .describe('Port of the worker (--port). Spark itself would take a random one, which no firewall can name.'),
    webUiPort: port.default(8081).describe('Port of the web UI and of /json/ (--webui-port).'),
    workDir: dataDirectory
      .prefault({ mount: '/', path: 'var/lib/spark/work' })
      .describe('Where applications run and leave their logs (--work-dir).'),
    localDirs: directories(
      'Scratch space for shuffle and spill, best one per disk (SPARK_LOCAL_DIRS). Default: /tmp, which may be small or in memory.',
    ),
    properties: sparkProperties(workerOwned).describe('Content of the file given with --properties-file.'),
    jvm: jvm(heap),
    cleanup: z
      .object({
        enabled: z
          .boolean()
          .default(true)
          .describe('Remove what finished applications left in workDir. Spark itself leaves it for ever.'),
        intervalSeconds: z.int().min(60).max(604800).default(1800).describe('How often it is looked at.'),
        appDataTtlSeconds: z
          .int()
          .min(60)
          .max(31536000)
          .default(604800)
          .describe('For how long the files of a finished application are kept: time to read their logs.'),
      })
      .prefault({})
      .describe('Removal of old application directories. Running applications are never touched.'),
    environment: environment(
      'Variables of the worker, and so of every executor and driver that it starts. They win over sparkEnv.',
    ),
    drain: z
      .object({
        timeoutSeconds: z
          .int()
          .min(0)
          .max(86400)
          .default(120)
          .describe(
            'How long ironherd waits, after it has told a worker to give up its work (decommissioning), ' +
              'until no executor is left on it; then it is stopped all the same. A drained worker is given no new executor. ' +
              'Those that run there leave when their tasks have ended and their blocks are copied (half a minute or more), if ' +
              'their application sets spark.decommission.enabled and spark.storage.decommission.*; else they stay until the ' +
              'application ends. 0: workers are stopped at once.',
          ),
        onRestart: z
          .boolean()
          .default(false)
          .describe(
            'Drain also before a worker is restarted with new files. false: only one that leaves the cluster, since what is ' +
              'restarted is back in seconds.',
          ),
      })
      .prefault({})
      .describe('How a worker is relieved of its work before it is stopped.'),
    rollout: z
      .object({
        maxUnavailable: countOrPercent
          .default(1)
          .describe(
            'Workers of the group, a number or a percentage (rounded down, at least one), that may be down because of ironherd ' +
              'at once. Executors die with their worker and are started again elsewhere.',
          ),
      })
      .prefault({})
      .describe('How workers are restarted when that is needed.'),
  })
  .meta(
    celRules(exactlyOneOf(['hosts', 'hostSelector'], 'give exactly one of hosts and hostSelector'), {
      rule: 'self.port != self.webUiPort',
      message: 'port and webUiPort are the same',
    }),
  )

const shuffleService = z
  .object({
    port: port.default(7337).describe('Port of the shuffle service (spark.shuffle.service.port), on all addresses.'),
    stateDir: dataDirectory
      .prefault({ mount: '/', path: 'var/lib/spark/shuffle' })
      .describe('Where it remembers the executors that registered, so that its own restart loses no shuffle file.'),
    properties: sparkProperties(shuffleOwned).describe('Further properties of the shuffle service.'),
    jvm: jvm(heap),
  })
  .describe(
    'External shuffle service on every worker host, as a daemon of its own: it goes on serving shuffle files while the worker ' +
      'is restarted, and applications can give executors back (dynamic allocation). The client configuration enables it.',
  )

export const standalone = z
  .object({
    recovery,
    masters: masters.describe('The masters. They are named one by one: who may lead is no matter of labels.'),
    workerTimeoutSeconds: z
      .int()
      .min(10)
      .max(3600)
      .default(60)
      .describe(
        'A worker that was silent for so long is given up (spark.worker.timeout); heartbeats come four times as often. After a ' +
          'failover the new leader waits for the workers that it knew, so long at most, before it schedules again: with all of them ' +
          'there this takes a moment, with one dead it takes this time. Lower makes that shorter and loses workers to shorter pauses.',
      ),
    workerGroups: z
      .array(workerGroup)
      .min(1)
      .max(16)
      .meta(listMap('name'))
      .describe('Workers, in groups of equal machines. A host can be in one group only.'),
    shuffleService: shuffleService.optional(),
  })
  .meta(
    celRules(
      {
        rule: 'has(self.recovery.zookeeperRef) || has(self.recovery.zookeeperConnect) || self.masters.hosts.size() == 1',
        message:
          'without ZooKeeper there is no election, and two masters would both lead: give exactly one host, or recovery.zookeeperRef',
        fieldPath: '.masters',
      },
      {
        rule: '!has(self.shuffleService) || self.workerGroups.all(g, g.port != self.shuffleService.port && g.webUiPort != self.shuffleService.port)',
        message: 'shuffleService.port is also a port of a worker group',
        fieldPath: '.shuffleService',
      },
    ),
  )
  .describe('A cluster of its own: masters, workers, and nothing else that schedules.')
