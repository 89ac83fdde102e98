import { z } from 'zod'
import { celRules, listSet } from './cel.ts'
import { dataDirectory, objectName, port, serviceUser, text, worded } from './common.ts'
import { masterFlagsOwned } from './mesos-owned.ts'
import { environment, flags, role } from './mesos-pieces.ts'

export const masters = z
  .object({
    hosts: z
      .array(objectName)
      .min(1)
      .max(7)
      .meta({
        ...listSet,
        ...celRules({
          rule: 'self.size() % 2 == 1',
          message: 'give 1, 3, 5 or 7 masters: with an even number a tie loses what one fewer would keep',
        }),
      })
      .describe(
        'Host objects, one master each: 1, 3, 5 or 7. The quorum is (hosts + 1) / 2, and ironherd gives it to all of them. One leads, the others ' +
          'stand by and keep the registry. The list of a cluster that lives is not changed yet: that is refused by name.',
      ),
    port: port.default(5050).describe('Port of the masters (--port).'),
    workDir: dataDirectory
      .prefault({ mount: '/', path: 'var/lib/mesos/master' })
      .describe('Where each master keeps its copy of the registry (--work_dir). No agent may use it.'),
    clusterName: text(253)
      .optional()
      .describe('Name that is shown in the web UI (--cluster). Default: that of this object.'),
    zookeeperSessionTimeoutSeconds: z
      .int()
      .min(2)
      .max(300)
      .default(10)
      .describe(
        'A leader that is silent for so long is replaced (--zk_session_timeout); the next one comes after about this time. ZooKeeper shortens it to its own limit, of a ZookeeperCluster maxSessionTimeoutSeconds. Shorter ' +
          'also means that a pause of that length costs the lead.',
      ),
    recoveryAgentRemovalLimit: worded(2, 4, /^(100|[1-9]?[0-9])%$/, 'a percentage: 20%')
      .default('20%')
      .describe(
        'Of the agents that a new leader finds in the registry, how many it may give up when they do not come back in ten minutes ' +
          '(--recovery_agent_removal_limit). With more missing it ends instead; a single one may always be given up. Mesos itself says 100%, by which a failover during a fault of the network gives up the whole fleet.',
      ),
    agentPingTimeoutSeconds: z
      .int()
      .min(1)
      .max(900)
      .default(15)
      .describe('An agent has so long to answer the leader (--agent_ping_timeout).'),
    maxAgentPingTimeouts: z
      .int()
      .min(1)
      .max(1000)
      .default(5)
      .describe(
        'After so many unanswered ones it is unreachable, and its tasks are lost to frameworks that ask for that ' +
          '(--max_agent_ping_timeouts). Restarts and reboots must be done before.',
      ),
    roles: z
      .array(role)
      .max(64)
      .meta(listSet)
      .default([])
      .describe('Roles that frameworks may take (--roles). Empty: any.'),
    weights: z
      .record(role, z.int().min(1).max(1000000))
      .meta({ maxProperties: 64 })
      .default({})
      .describe('By role: how many times the share of a role with weight 1 it gets (--weights).'),
    serviceUser: serviceUser('mesos'),
    flags: flags(masterFlagsOwned, 'offer_timeout: 5mins'),
    environment: environment('Variables of the masters. A change restarts them.'),
  })
  .describe('The masters. They are named one by one: whose word counts is no matter of labels.')
