import type { Difference } from './compare.ts'

interface Exemption {
  /** The whole of `where` of a difference. */
  readonly where: RegExp
  /** Only in recordings of such names. */
  readonly recording?: RegExp
  /** What both sides must look like all the same. */
  readonly both: RegExp
  readonly reason: string
}

const number = /^-?[\d.]+(?:e[-+]\d+)?$/

/** Everything that may differ, and why. What is not here may not. */
export const exemptions: readonly Exemption[] = [
  {
    where: /\.(?:\w+_time(?:\.nanoseconds)?|timestamp|time|\w*uptime_secs|recovery_time_secs)$/,
    both: number,
    reason: 'the time of the run',
  },
  { where: /\/(?:uptime_secs|recovery_time_secs)$/, both: number, reason: 'the time of the run' },
  { where: /\.ip$/, both: number, reason: 'the address as a number' },
  {
    where: /\.(?:avg_load_\w+|cpus_total|mem_(?:free|total)_bytes|system\/.*)$/,
    both: number,
    reason: 'of the machine that runs it',
  },
  {
    where:
      /\.(?:allocator\/mesos\/allocation_run|registrar\/state_(?:fetch|store)_ms|allocator\/mesos\/allocation_runs).*$/,
    both: number,
    reason: 'how fast, and how often by then, the allocator and the registrar worked',
  },
  {
    where: /\/(?:event_queue_dispatches|dropped_messages)$/,
    both: number,
    reason: "queues of libprocess' actors, of which the stand-ins have none",
  },
  {
    where: /\/messages_register_slave$/,
    both: number,
    reason: 'an agent that has no answer yet registers again',
  },
  {
    where: /\.registrar\/registry_size_bytes$/,
    both: number,
    reason: 'Mesos keeps its registry as protobuf, the stand-ins keep the same as JSON',
  },
  {
    where: /\.statistics\.(?:cpus_\w+_time_secs|mem_\w+|timestamp)$|\.status\.executor_pid$/,
    both: number,
    reason: 'what a process of the run has used, and its number',
  },
  {
    where: /^body\.completed_frameworks$/,
    recording: /agent-with-running-task-GET-state/,
    both: / items$/,
    reason: 'on which agents earlier tasks have landed',
  },
]

/** The reason, if the table has one for it. */
export function exempted(recording: string, { where, recorded, seen }: Difference): string | undefined {
  return exemptions.find((each) => {
    if (!each.where.test(where) || (each.recording !== undefined && !each.recording.test(recording))) return false
    return each.both.test(recorded) && each.both.test(seen)
  })?.reason
}
