import { z } from 'zod'
import { balanceStatus } from './hdfs-balance.ts'
import { clusterStatus } from './status.ts'

const name = z.string().max(253)
const count = z.int().min(0).max(1000000000)

/** What the services of the cluster say of it. What nobody has said, or can be asked for, is left out: never 0. */
const hdfs = z.object({
  clusterId: name
    .optional()
    .describe('Id of this file system, in every VERSION file. Known from the first format on, and never changed.'),
  namespaceId: name.optional().describe('Number that the format gave it.'),
  blockPoolId: name.optional().describe('Name of its block pool on the DataNodes.'),
  active: name.optional().describe('Id of the NameNode that is active.'),
  safeMode: z.enum(['Off', 'On']).optional().describe('On: the active NameNode changes nothing.'),
  safeModeReason: z.string().max(1024).optional().describe('Why, in the words of the NameNode.'),
  dataNodes: z
    .object({
      live: count.optional().describe('DataNodes that the active hears of.'),
      dead: count.optional().describe('DataNodes that it has not heard of for about ten minutes.'),
      stale: count.optional().describe('DataNodes that it has not heard of for half a minute.'),
      decommissioning: count.optional().describe('DataNodes whose blocks are being copied elsewhere.'),
      enteringMaintenance: count
        .optional()
        .describe(
          'DataNodes in maintenance that still hold the only live copy of a block: do not switch their hosts off yet.',
        ),
      inMaintenance: count.optional().describe('DataNodes in maintenance whose hosts may be switched off.'),
    })
    .optional()
    .describe('DataNodes, by the active NameNode.'),
  blocks: z
    .object({
      missing: count.optional().describe('Blocks of which no good copy is known.'),
      corrupt: count.optional().describe('Blocks of which a copy is damaged.'),
      lowRedundancy: count.optional().describe('Blocks with fewer copies than wanted.'),
    })
    .optional()
    .describe('Blocks, by the active NameNode.'),
  journal: z
    .object({
      epoch: count.optional().describe('Newest writer that was let in; it rises with every failover.'),
      inStep: count
        .optional()
        .describe('JournalNodes that are less than ten seconds behind what was written, by the active NameNode.'),
    })
    .optional()
    .describe('The journal.'),
  capacity: z
    .object({
      totalGiB: count.optional().describe('Room on all DataNodes, GiB.'),
      usedPercent: z.int().min(0).max(100).optional().describe('How much of it HDFS uses, %.'),
    })
    .optional()
    .describe('Room, by the active NameNode.'),
  upgrade: z
    .object({
      state: z
        .enum(['NotBegun', 'Preparing', 'Rolling', 'GoingBack', 'AwaitsFinalize', 'Ending', 'Unknown'])
        .optional()
        .describe(
          'NotBegun: the version is to change, and something must be well first; Preparing: the NameNodes write an image for a rollback; Rolling, GoingBack: daemons are restarted with the other version; AwaitsFinalize: all run what is declared, and a person is to end the upgrade, or to put spec.version back; Ending: it is finalized, and not every NameNode has heard of it; Unknown: no NameNode says how far it is, and all stay as they are.',
        ),
      from: name.optional().describe('Version before. Put back into spec.version it is gone back to.'),
      to: name.optional().describe('Version that is gone to; the one before while that is gone back to.'),
    })
    .optional()
    .describe('A change of the version from one line of releases to another, as long as it is not finalized.'),
  balance: balanceStatus.optional().describe('The run of the balancer that is declared.'),
  lastCheckpoint: z
    .string()
    .max(40)
    .meta({ format: 'date-time' })
    .optional()
    .describe('When a standby, or the secondary, last wrote an image of all names.'),
})

export const hdfsClusterStatus = clusterStatus.extend({
  hdfs: hdfs.optional().describe('The file system, by what its daemons say.'),
})
