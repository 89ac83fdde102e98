import type { Assessment } from '../../model/health.ts'
import { isTooSoon } from '../../services/hdfs-common/again.ts'
import { toolOf } from '../../services/hdfs-common/rules.ts'
import type { HdfsView, NameNodeView } from '../../services/hdfs-common/view.ts'
import { type BalanceRun, type BalanceWanted, balanceIn, balanceRun } from '../../services/hdfs-namenode/balancer.ts'
import { leaderOf } from './figures.ts'
import { wholeHold } from './rolling.ts'
import { stageIn } from './upgrade.ts'

interface Balance {
  readonly name: NameNodeView
  readonly wanted: BalanceWanted
  readonly run: BalanceRun
}

/** By the NameNode that is declared first, so that what a run has written is found again whoever leads. */
function balanceOf({ facts, names }: HdfsView): Balance | undefined {
  return names
    .map((name) => ({ name, wanted: balanceIn(name.rules), run: balanceRun(name.member, facts) }))
    .find((one): one is Balance => one.wanted !== undefined && one.run !== undefined)
}

/**
 * A run of the balancer is begun once for each request, when every block has all its copies, and again when it did not come to its end.
 * One that ended otherwise than balanced is told in status, and begun again by another request only. Nothing else waits for it.
 */
export function balancing(view: HdfsView): Pick<Assessment, 'tells'> {
  const balance = balanceOf(view)
  if (balance === undefined) return {}
  const { name, run, wanted } = balance
  const tool = toolOf(name.rules)
  if (tool === undefined || (run.state !== 'Absent' && !run.other)) return {}
  const { bandwidthMiB, request, thresholdPercent, unit } = wanted
  if (whyNot(run, view) !== undefined || isTooSoon('Balance', name.member, view.facts, view.now)) return {}
  return {
    tells: {
      member: name.member.id,
      host: name.member.host,
      action: { verb: 'Balance', tool: { ...tool, unit }, request, bandwidthMiB, thresholdPercent },
      reason: `spec.balance asks for ${request}: no DataNode is to be ${thresholdPercent} % fuller than the mean, or less full`,
      risk: 'none',
      guards: [],
    },
  }
}

function whyNot(run: BalanceRun, view: HdfsView): string | undefined {
  if (run.other) return 'a run of the balancer for another request is under way'
  const leader = leaderOf(view)
  if (leader === undefined) return 'not exactly one NameNode is active'
  // The balancer refuses to run before a rolling upgrade is ended (Balancer.java).
  return stageIn(view).stage === 'None' ? wholeHold(view, leader) : 'a rolling upgrade is under way'
}

/** Its part of status.hdfs. */
export function balanceStatus(view: HdfsView): { readonly balance?: Readonly<Record<string, unknown>> } {
  const balance = balanceOf(view)
  if (balance === undefined) return {}
  const { run, wanted } = balance
  const { iteration, left, moved } = run
  const state = run.state === 'Absent' || run.other ? 'Waiting' : run.state
  const message = state === 'Waiting' ? whyNot(run, view) : run.said
  return {
    balance: {
      request: wanted.request,
      state,
      ...(iteration === undefined ? {} : { iteration, moved, left }),
      ...(message === undefined || message === '' || state === 'Running' ? {} : { message: message.slice(0, 256) }),
    },
  }
}
