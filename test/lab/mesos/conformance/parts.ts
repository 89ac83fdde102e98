import { playAgentRestarts } from './agent-restarts.ts'
import * as agent from './agent-scenarios.ts'
import type { Machinery } from './cluster.ts'
import { playCommandLines } from './command-lines.ts'
import { playMainRun, playRecovered } from './main-run.ts'
import * as operator from './operator-scenarios.ts'
import * as outage from './outage-scenarios.ts'
import * as quorum from './quorum-scenarios.ts'
import type { Result } from './result.ts'
import { playScenario, type Scenario } from './scenario.ts'
import * as mistakes from './start-mistakes.ts'
import * as znode from './znode-scenarios.ts'

type Part = (machinery: Machinery) => Promise<readonly Result[]>

/** Recordings of c-failures that have a cluster of their own, by their numbers. */
const scenarios: readonly (readonly [string, Scenario])[] = [
  ['10', mistakes.masterWithoutFlags],
  ['49', mistakes.agentMistakes],
  ['01', quorum.leaderKilled],
  ['05', quorum.oneWiped],
  ['06', quorum.twoWiped],
  ['03', quorum.followersKilled],
  ['04', quorum.leaderAndFollowerKilled],
  ['09', quorum.quorumTooLarge],
  ['07', quorum.oneWithQuorumOne],
  ['08', quorum.allWithQuorumOne],
  ['12', quorum.allWiped],
  ['16', znode.znodesDeleted],
  ['19', znode.leaderRestartedAtOnce],
  ['64', znode.grownByCopies],
  ['30', agent.agentKilledUnderTask],
  ['50', agent.agentStopped],
  ['51', agent.agentDead],
  ['52', agent.agentMarkedGone],
  ['53', agent.agentGoneWhileUnreachable],
  ['54', operator.drain],
  ['55', operator.maintenance],
  ['17', outage.rollingRestart],
  ['20', outage.zookeeperAwayShortly],
  ['21', outage.zookeeperAwayLong],
  ['23', outage.zookeeperLate],
  ['25', outage.zookeeperFrozen],
]

const failures = scenarios.map(([number, scenario]): [string, Part] => [
  `failure-${number}`,
  (machinery) => playScenario(machinery, number, scenario),
])

/** What can be played by itself, in the order in which all is played. Each has a cluster of its own. */
export const parts: Readonly<Record<string, Part>> = {
  cluster: playMainRun,
  recovered: playRecovered,
  'command-lines': playCommandLines,
  'agent-restarts': playAgentRestarts,
  ...Object.fromEntries(failures),
}
