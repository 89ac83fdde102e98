import { z } from 'zod'
import { listMap } from './cel.ts'

const short = z.string().max(253)
const sentence = z.string().max(1024)
const timestamp = z.string().max(40).meta({ format: 'date-time' })
const count = z.int().min(0).max(1000000)

/** As in Kubernetes' own metav1.Condition. */
export const condition = z.object({
  type: z.string().min(1).max(64).describe('What is said, e.g. Ready.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds; Unknown: nobody could look.'),
  observedGeneration: z.int().min(0).optional().describe('metadata.generation that this was said about.'),
  lastTransitionTime: timestamp.describe('When status last changed.'),
  reason: z.string().max(64).describe('Stable code; docs/reasons.md lists them.'),
  message: z.string().max(4096).describe('What was seen, in words.'),
})

export const conditions = z
  .array(condition)
  .max(16)
  .meta(listMap('type'))
  .optional()
  .describe('What holds and what does not, each said anew in every pass.')

export const observedGeneration = z
  .int()
  .min(0)
  .optional()
  .describe('metadata.generation that the last pass worked on.')

export const unhealthyMember = z.object({
  member: short.describe('Name of the member.'),
  host: short.describe('Host object that it is on.'),
  verdict: z.enum(['starting', 'waiting', 'unhealthy', 'stopped', 'unknown']).describe('How it is instead of serving.'),
  evidence: sentence.describe('What was seen.'),
})

export const repairRecord = z.object({
  cause: z.string().max(64).describe('Stable name of what was wrong.'),
  member: short.describe('Name of the member.'),
  host: short.describe('Host object that it is on.'),
  evidence: sentence.describe('What was seen.'),
  by: z.enum(['ironherd', 'systemd', 'itself']).describe('Who mended it.'),
  detectedAt: timestamp.optional().describe('When it was first seen.'),
  repairedAt: timestamp.optional().describe('When the member was first seen to serve again.'),
  seconds: z.number().min(0).optional().describe('From detected to repaired.'),
})

/** Shown of stages that come later. */
export const mostStages = 16

export const stages = z
  .array(short)
  .max(mostStages)
  .optional()
  .describe(
    'What comes after the plan, one stage each: its steps are planned, and where approval is asked for shown, when all ' +
      'members run with the stage before it.',
  )

/** Status of every kind of cluster. Small by design: counts and bounded lists, never one entry per file. */
export const clusterStatus = z.object({
  observedGeneration,
  conditions,
  version: short.optional().describe('Version of the software as declared and installed.'),
  members: z
    .object({
      desired: count.describe('Members that the spec asks for.'),
      healthy: count.describe('Members that do their work now.'),
    })
    .optional()
    .describe('How many members are wanted, and how many do their work.'),
  hosts: z
    .array(short)
    .max(1000)
    .optional()
    .describe('Hosts on which it has members, also those that are not declared any more and leave.'),
  leader: short.optional().describe('Member that leads now.'),
  quorum: z
    .object({
      voters: count.describe('Members that vote.'),
      serving: count.describe('Voters that serve now.'),
      margin: z.int().min(-100).max(100).describe('Voters that may still be lost; below 0 there is no quorum.'),
    })
    .optional()
    .describe('Where members decide by majority: how far they are from losing it.'),
  unhealthy: z.array(unhealthyMember).max(10).optional().describe('Members that do not do their work, at most ten.'),
  repairs: z.array(repairRecord).max(10).optional().describe('The last repairs, newest first, at most ten.'),
  plan: z
    .object({
      hash: short.describe('Digest of the set of steps.'),
      steps: count.describe('How many steps it has.'),
      risk: short.describe('Highest risk of the steps.'),
    })
    .optional()
    .describe('What is to be done and is not yet done.'),
  stages,
  held: z.array(sentence).max(5).optional().describe('What is put off, and why.'),
})

export type Condition = z.output<typeof condition>
export type ClusterStatus = z.output<typeof clusterStatus>
export type RepairRecord = z.output<typeof repairRecord>
