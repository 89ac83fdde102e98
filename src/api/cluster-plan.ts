import { z } from 'zod'
import { celRules } from './cel.ts'
import { objectName } from './common.ts'
import { ageColumn, defineKind } from './kind.ts'
import { conditions, observedGeneration, stages } from './status.ts'

/** Bounds of what a plan shows. What is beyond them is counted; the hash is over all of it. */
export const planBounds = {
  steps: 100,
  files: 40,
  /** Characters of one file's difference, and of all of them. */
  diff: 4096,
  diffs: 65_536,
  /** Steps that one approval can cover: their keys are kept in status. */
  approved: 10_000,
} as const

const hash = z
  .string()
  .max(64)
  .regex(/^([0-9a-f]{64})?$/)
const count = z.int().min(0).max(1_000_000)
const name = z.string().max(253)
const margin = z.int().min(-100).max(100)

const spec = z.object({
  clusterRef: z
    .object({
      kind: z.string().min(1).max(63).describe('Kind of the cluster object, e.g. ZookeeperCluster.'),
      name: objectName.describe('Name of the cluster object, in the same namespace.'),
    })
    .meta(celRules({ rule: 'self == oldSelf', message: 'the plan of one cluster cannot become that of another' }))
    .describe('The cluster whose plan this is; written by ironherd.'),
  approve: hash
    .optional()
    .describe(
      'Written by a person who holds the verb `approve` on this object, never by ironherd: status.hash, copied in full, lets ' +
        'exactly the steps run that it stands for. Another hash than that of what waits now approves nothing. Taken ' +
        'back, by leaving it out or emptying it, nothing more is begun by it.',
    ),
})

const step = z.object({
  host: name.describe('Host object on whose machine it runs.'),
  member: name.describe('Member for which it runs.'),
  verb: z.string().max(64).describe('What is done, e.g. RestartUnit.'),
  target: z.string().max(600).describe('Path, unit, user or software that it is done to.'),
  risk: z
    .enum(['none', 'restart', 'leaderChange', 'outage', 'data', 'destructive'])
    .describe(
      'none: nobody notices. restart: the daemon is down for a moment, and if it leads when its turn comes another takes ' +
        'over. leaderChange: the leader is. outage: nothing else does its work meanwhile. data: its data is touched. ' +
        'destructive: it cannot be taken back.',
    ),
  reason: z.string().max(512).describe('Why, and what was seen.'),
})

const diff = z.object({
  host: name.describe('Host object on whose machine the file is.'),
  path: z.string().max(512).describe('Absolute path of the file.'),
  change: z
    .string()
    .max(planBounds.diff)
    .describe('Unified difference from what stands there, or a remark why it is not shown.'),
})

const status = z.object({
  observedGeneration,
  hash: hash.optional().describe('Of the steps that wait. To approve them, copy it into spec.approve.'),
  shortHash: z.string().max(12).optional().describe('Its first twelve characters, to be compared by eye.'),
  stepCount: count.optional().describe('How many steps wait.'),
  steps: z
    .array(step)
    .max(planBounds.steps)
    .optional()
    .describe(`The steps that wait, the first ${String(planBounds.steps)} of them.`),
  stepsNotShown: count.optional().describe('How many more steps wait.'),
  risk: z.string().max(32).optional().describe('Highest risk of the steps that wait.'),
  quorum: z
    .object({
      marginBefore: margin.describe('Voters that may be lost now.'),
      marginAfter: margin.describe('Voters that may still be lost while a step of the plan has one down.'),
    })
    .optional()
    .describe('Where members decide by majority: what the plan costs of its margin. At most one is down at a time.'),
  stages,
  files: z
    .array(diff)
    .max(planBounds.files)
    .optional()
    .describe('How files would change. The content of secret ones is never shown.'),
  filesNotShown: count.optional().describe('How many more files would be written.'),
  approved: z
    .object({
      hash: hash.describe('Named by spec.approve when it was counted.'),
      at: z.string().max(40).meta({ format: 'date-time' }).describe('When it was counted.'),
      stepsLeft: count.describe('How many of the steps that it stands for are not done yet.'),
      steps: z
        .array(z.string().max(64))
        .max(planBounds.approved)
        .describe('Digest and risk of each of these, by which they are known again.'),
    })
    .optional()
    .describe('What was approved and is not yet done. Kept here so that a daemon that starts anew goes on with it.'),
  conditions,
})

export const clusterPlanKind = defineKind({
  kind: 'ClusterPlan',
  plural: 'clusterplans',
  singular: 'clusterplan',
  shortNames: ['ihplan'],
  description:
    'What ironherd would do to a cluster and may not do before a person has approved it, by the planPolicy of the ' +
    'cluster, or since it cannot be taken back. Made and removed by ironherd, one for each cluster for which something waits; only spec.approve is written by people.',
  printerColumns: [
    { name: 'Kind', type: 'string', jsonPath: '.spec.clusterRef.kind', description: 'Kind of the cluster.' },
    { name: 'Cluster', type: 'string', jsonPath: '.spec.clusterRef.name', description: 'Name of the cluster.' },
    {
      name: 'Hash',
      type: 'string',
      jsonPath: '.status.shortHash',
      description: 'Beginning of the hash of what waits.',
    },
    { name: 'Steps', type: 'integer', jsonPath: '.status.stepCount', description: 'Steps that wait.' },
    { name: 'Risk', type: 'string', jsonPath: '.status.risk', description: 'Highest risk of them.' },
    {
      name: 'State',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Approved")].reason',
      description: 'Whether it waits, was changed since it was approved, or is being carried out.',
    },
    {
      name: 'Left',
      type: 'integer',
      jsonPath: '.status.approved.stepsLeft',
      description: 'Steps that were approved and are not done yet.',
      priority: 1,
    },
    ageColumn,
  ],
  spec,
  status,
})

export type ClusterPlanSpec = z.output<typeof spec>
export type ClusterPlanStatus = z.output<typeof status>

/** Name of the plan of a cluster: one for each, in its namespace. */
export function clusterPlanName(cluster: { readonly kind: string; readonly name: string }): string {
  return `${cluster.kind.toLowerCase()}-${cluster.name}`
}
