import { detectLeader } from '../common/detector.ts'
import { Group, parseZkUrl } from '../common/group.ts'
import { exitWith } from '../common/log.ts'
import { formatPid, type Pid, parsePid } from '../common/pid.ts'

const sessionTimeoutMs = 10_000

export interface Masters {
  /** Called at once where the leader is known, and at each change. */
  watch(changed: (leader: Pid | undefined) => void): void
  close(): Promise<void>
}

/** `--master`: `zk://…`, or one master's `host:port`, which then is the leader, come what may. */
export function mastersOf(text: string): Masters {
  if (!text.startsWith('zk://')) return { watch: (changed) => changed(fixed(text)), close: () => Promise.resolve() }
  const group = new Group(parseZkUrl(text), { prefix: 'json.info_', sessionTimeoutMs })
  return {
    watch: (changed) =>
      detectLeader(group, (leader) => changed(leader === undefined ? undefined : parsePid(leader.pid))),
    close: () => group.close(),
  }
}

function fixed(text: string): Pid {
  try {
    const { id, ip, port } = parsePid(text.includes('@') ? text : `master@${text}`)
    return parsePid(formatPid({ id, ip, port }))
  } catch {
    return exitWith('execute.cpp', `Failed to parse '${text}'`)
  }
}
