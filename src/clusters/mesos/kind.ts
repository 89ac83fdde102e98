import type { MesosSpec } from '../../api/mesos.ts'
import type { ClusterKind } from '../../model/kind.ts'
import { agentRepairs } from '../../services/mesos-agent/repairs.ts'
import { masterRepairs } from '../../services/mesos-master/repairs.ts'
import { availableOf } from '../offer.ts'
import { assessMesos, mesosState } from './assess.ts'
import { connectOf, expandMesos } from './expand.ts'
import { inquireMesos } from './inquire.ts'
import { heardFormed } from './past.ts'
import { mesosReferences } from './references.ts'

/** Mesos: masters that elect through ZooKeeper and keep one registry, and agents. */
export const mesos: ClusterKind<MesosSpec> = {
  kind: 'MesosCluster',
  lasting: { mesos: ['formed'] },
  references: mesosReferences,
  expand: expandMesos,
  hear: (expansion, facts) => (mesosState(expansion, facts, 0).formed ? heardFormed : {}),
  inquire: inquireMesos,
  assess: assessMesos,
  repairs: (expansion, facts, _assessment, now, since) => {
    // Masters and agents come back by themselves when ZooKeeper does, and a restart would only lose tasks (recordings 20–25).
    if (expansion.upstream.some(({ available }) => !available)) return []
    const state = mesosState(expansion, facts, now)
    return [...masterRepairs(state, now, since), ...agentRepairs(state.agents, now, since)]
  },
  offer: (input) => ({ connect: connectOf(input) ?? '', ...availableOf(input.object) }),
}
