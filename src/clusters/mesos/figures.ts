import type { Figure } from '../../model/figure.ts'
import { quorumSize } from '../../services/mesos-common/context.ts'
import type { MesosState } from './assess.ts'

/** The kind's part of the status. What nobody has said is left out. */
export function ownOf(state: MesosState, voting: number): Readonly<Record<string, unknown>> {
  const { active, recovered, registryBytes, unreachable } = saidBy(state)
  const agents = known({ active, recovered, unreachable })
  return {
    ...(state.formed ? { formed: true } : {}),
    quorum: quorumSize(state.voters),
    ...(isSeen(state) ? { mastersVoting: voting } : {}),
    ...known({ registryBytes }),
    ...(Object.keys(agents).length === 0 ? {} : { agents }),
  }
}

export function figuresOf(state: MesosState, voting: number): Readonly<Partial<Record<Figure, number>>> {
  const { active, recovered, registryBytes, tasksRunning, unreachable } = saidBy(state)
  return {
    ...(isSeen(state)
      ? {
          ironherd_mesos_masters_elected: state.masters.filter(({ leads }) => leads).length,
          ironherd_mesos_masters_voting: voting,
        }
      : {}),
    ...known({
      ironherd_mesos_agents_active: active,
      ironherd_mesos_agents_recovered: recovered,
      ironherd_mesos_agents_unreachable: unreachable,
      ironherd_mesos_tasks_running: tasksRunning,
      ironherd_mesos_registry_bytes: registryBytes,
    }),
  }
}

/** Of a master that cannot be seen nobody knows whether it votes. */
function isSeen({ masters }: MesosState): boolean {
  return masters.every(({ health }) => health.verdict !== 'unknown')
}

function saidBy({ masters }: MesosState) {
  const leader = masters.find(({ serves }) => serves)
  const list = leader?.agents?.state === 'said' ? leader.agents.value : undefined
  return {
    active: leader?.metrics['master/slaves_active'],
    unreachable: leader?.metrics['master/slaves_unreachable'],
    recovered: list?.recovered_slaves.length,
    tasksRunning: leader?.metrics['master/tasks_running'],
    registryBytes: leader?.metrics['registrar/registry_size_bytes'],
  }
}

function known(values: Readonly<Record<string, number | undefined>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
}
