import { z } from 'zod'
import { worded } from './common.ts'

/** A run of HDFS's balancer. */
export const balance = z.object({
  request: worded(
    1,
    63,
    /^[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?$/,
    'letters and digits, and any of ._:- between them',
  ).describe(
    'Name of the run, e.g. its date. Another name is another run, which begins when the one before has ended; a run is done once.',
  ),
  bandwidthMiB: z
    .int()
    .min(1)
    .max(10_000)
    .default(10)
    .describe('What each DataNode may use for it, MiB/s. It holds until the DataNode is restarted.'),
  thresholdPercent: z
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe(
      'By how much a DataNode may be fuller than the mean, or less full, in % of its room. Full is what is not free: with Hadoop 3.4 also ' +
        'what others have on its disks beyond reservedMiB.',
    ),
})

export const balanceStatus = z.object({
  request: z.string().max(63).describe('The run that is declared.'),
  state: z
    .enum(['Waiting', 'Running', 'Balanced', 'Ended', 'Failed', 'Unknown'])
    .describe(
      'Waiting: something must be well first, or another run must end; Running: blocks are moved; Balanced: no DataNode is beyond the threshold; Ended: no further block could be moved; Failed: see message, and name another request to try again; Unknown: the host of the first NameNode cannot be seen.',
    ),
  iteration: z.int().min(0).max(1_000_000).optional().describe('How often it has looked for blocks to move.'),
  moved: z.string().max(32).optional().describe('What it has moved so far, as it says it, e.g. 1.20 GB.'),
  left: z.string().max(32).optional().describe('What it has still to move, as it says it.'),
  message: z.string().max(256).optional().describe('Why it waits, or what it said last.'),
})
