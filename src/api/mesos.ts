import { z } from 'zod'
import { celRules, exactlyOneOf } from './cel.ts'
import {
  connectString,
  deletionPolicy,
  extraFiles,
  limits,
  objectRef,
  paused,
  planPolicy,
  software,
  version,
  znodePath,
} from './common.ts'
import { clusterColumns, defineKind } from './kind.ts'
import { agentGroups } from './mesos-agents.ts'
import { masters } from './mesos-masters.ts'
import { mesosClusterStatus } from './mesos-status.ts'

/** Why packages are refused, with what to do. */
export const packagesRefusal =
  'Mesos from packages is not built yet: pack what make install leaves (sbin, bin, lib, libexec, share) into an archive with one top directory, and give archive'

const spec = z
  .object({
    version: version
      .meta(
        celRules({
          rule: "self.matches('^1[.]([5-9]|1[0-2])[.]')",
          message: 'Mesos 1.5 to 1.12 is what this release can configure and judge',
        }),
      )
      .describe('Version of Mesos, 1.5.0 to 1.12, e.g. 1.11.0. It must be that of the archive.'),
    software: z
      .object({
        archive: software.shape.archive,
        packages: software.shape.packages.describe('Refused for now, with what to do instead.'),
      })
      .meta(celRules({ rule: 'has(self.archive) && !has(self.packages)', message: packagesRefusal }))
      .describe(
        'Where Mesos comes from: an archive with one top directory, laid out as make install leaves it: sbin/mesos-master, sbin/mesos-agent, ' +
          'lib/, libexec/mesos/, share/mesos/webui/. Packages are refused for now.',
      ),
    zookeeperRef: objectRef
      .optional()
      .describe('ZookeeperCluster by which the masters elect and agents find the leader.'),
    zookeeperConnect: connectString
      .optional()
      .describe('host:port,… of a ZooKeeper ensemble that ironherd does not run.'),
    zookeeperPath: znodePath
      .default('/mesos')
      .describe(
        'Znode below which they meet. Two Mesos clusters on one ensemble need different paths. That of a cluster that lives is not changed.',
      ),
    masters,
    agentGroups,
    limits,
    extraFiles,
    deletionPolicy,
    paused,
    planPolicy,
  })
  .meta(
    celRules(
      exactlyOneOf(['zookeeperRef', 'zookeeperConnect'], 'give exactly one of zookeeperRef and zookeeperConnect'),
    ),
  )
  .describe('A Mesos cluster.')

export const mesosKind = defineKind({
  kind: 'MesosCluster',
  plural: 'mesosclusters',
  singular: 'mesoscluster',
  shortNames: ['imesos'],
  description: 'A Mesos cluster on real hosts: masters that keep one registry, and agents.',
  printerColumns: clusterColumns({
    name: 'Agents',
    type: 'integer',
    jsonPath: '.status.mesos.agents.active',
    description: 'Agents that are registered with the leader.',
  }),
  spec,
  status: mesosClusterStatus,
})

export type MesosSpec = z.output<typeof spec>
export type MesosAgentGroup = MesosSpec['agentGroups'][number]
