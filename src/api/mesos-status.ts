import { z } from 'zod'
import { clusterStatus } from './status.ts'

const count = z.int().min(0).max(1000000000)

/** What the masters say of the cluster. What nobody has said is left out: never 0. */
const mesos = z.object({
  formed: z
    .boolean()
    .optional()
    .describe('true from the first leader on that had its registry: from then on no master begins an empty one.'),
  quorum: count.optional().describe('Masters that must have written down a change of the registry: a majority.'),
  mastersVoting: count.optional().describe('Masters whose copy of the registry counts now.'),
  registryBytes: count.optional().describe('Size of the registry, by the leader.'),
  agents: z
    .object({
      active: count.optional().describe('Agents that are registered and get tasks.'),
      recovered: count
        .optional()
        .describe(
          'Agents that the leader knows from the registry and that have not come back to it yet after a failover.',
        ),
      unreachable: count.optional().describe('Agents that the leader has given up waiting for; they may come back.'),
    })
    .optional()
    .describe('Agents, by the leader.'),
})

export const mesosClusterStatus = clusterStatus.extend({
  mesos: mesos.optional().describe('The cluster, by what its masters say.'),
})
