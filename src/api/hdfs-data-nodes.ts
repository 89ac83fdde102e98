import { z } from 'zod'
import { celRules, exactlyOneOf, listSet } from './cel.ts'
import { countOrPercent, groupName, hostSelector, jvm, objectName, port } from './common.ts'
import { directories, site } from './hdfs-pieces.ts'

export const dataNodeGroup = z
  .object({
    name: groupName.describe('Name of the group.'),
    hosts: z.array(objectName).min(1).max(256).meta(listSet).optional().describe('Host objects, one DataNode each.'),
    hostSelector: hostSelector.optional(),
    dataDirs: directories(12).describe(
      'Where blocks are kept, best one per disk. On DataNodes that live one more comes by a restart; one less is refused, since it holds blocks.',
    ),
    reservedMiB: z
      .int()
      .min(0)
      .max(100000000)
      .default(1024)
      .describe('Room on each disk that is left to others (dfs.datanode.du.reserved), MiB.'),
    failedVolumesTolerated: z
      .int()
      .min(0)
      .max(11)
      .default(0)
      .describe(
        'So many of dataDirs may fail before the DataNode stops. Fewer than there are. The condition Degraded names ' +
          'those that it does without; a new disk is used after a restart. A mount that is missing keeps the DataNode from being started.',
      ),
    ports: z
      .object({
        data: port.optional().describe('Port for blocks. Default: 9866; Hadoop 2: 50010.'),
        ipc: port.optional().describe('Port for questions to the DataNode. Default: 9867; Hadoop 2: 50020.'),
        http: port.optional().describe('Port of the web UI, of WebHDFS and of /jmx. Default: 9864; Hadoop 2: 50075.'),
      })
      .prefault({})
      .describe('TCP ports of the group.'),
    hdfsSite: site('Keys for this group alone. They win over spec.hdfsSite. A change restarts its DataNodes only.'),
    jvm: jvm('1g'),
    rollout: z
      .object({
        maxUnavailable: countOrPercent
          .default(1)
          .describe(
            'DataNodes of the group, a number or a percentage (rounded down, at least one), that may be down because of ironherd at ' +
              'once. Never more than dfs.replication less one, so that every block keeps a copy.',
          ),
      })
      .prefault({})
      .describe('How DataNodes are restarted when that is needed.'),
  })
  .meta(
    celRules(exactlyOneOf(['hosts', 'hostSelector'], 'give exactly one of hosts and hostSelector'), {
      rule: '!has(self.failedVolumesTolerated) || self.failedVolumesTolerated < self.dataDirs.size()',
      message: 'failedVolumesTolerated must be less than the number of dataDirs',
      fieldPath: '.failedVolumesTolerated',
    }),
  )
