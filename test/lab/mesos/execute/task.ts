import type { Flags } from '../common/flags.ts'
import { exitWith } from '../common/log.ts'

export interface Amount {
  readonly name: string
  readonly type: 'SCALAR'
  readonly scalar: { readonly value: number }
}

/** `cpus:0.1;mem:32`: scalars only. */
export function requiredResources(flags: Flags): readonly Amount[] {
  const text = flags.text('resources') ?? ''
  return text.split(';').map((part) => {
    const [name = '', value = ''] = part.split(':')
    if (name === '' || value === '' || !Number.isFinite(Number(value))) {
      exitWith('execute.cpp', `Bad value for resources, expecting scalars: ${part}`)
    }
    return { name, type: 'SCALAR', scalar: { value: Number(value) } }
  })
}

interface Offered {
  readonly name: string
  readonly scalar?: { readonly value: number }
}

/** Whether all of it is on offer. */
export function fits(required: readonly Amount[], offered: readonly Offered[]): boolean {
  return required.every(({ name, scalar }) => {
    const there = offered.filter((each) => each.name === name).reduce((sum, each) => sum + (each.scalar?.value ?? 0), 0)
    // Mesos counts in thousandths.
    return Math.round(there * 1000) >= Math.round(scalar.value * 1000)
  })
}

/** What is launched on the agent whose offer was taken, in the role of the framework. */
export function taskOn(flags: Flags, agentId: string) {
  const name = flags.text('name') ?? ''
  const role = flags.text('role') ?? '*'
  const resources = requiredResources(flags).map((each) => ({ ...each, role, allocation_info: { role } }))
  const value = flags.text('command') ?? ''
  return {
    name,
    task_id: { value: name },
    agent_id: { value: agentId },
    resources,
    command: { value, shell: flags.boolean('shell'), ...environmentOf(flags) },
  }
}

/** `--env={"NAME": "value"}`. */
function environmentOf(flags: Flags) {
  const text = flags.text('env')
  if (text === undefined) return {}
  const entries = Object.entries(JSON.parse(text) as Record<string, string>)
  return { environment: { variables: entries.map(([name, value]) => ({ name, type: 'VALUE', value })) } }
}

export function frameworkInfo(flags: Flags, user: string) {
  const capabilities = ['RESERVATION_REFINEMENT', 'TASK_KILLING_STATE', 'REVOCABLE_RESOURCES']
  if (flags.boolean('partition_aware')) capabilities.push('PARTITION_AWARE')
  const principal = flags.text('principal')
  return {
    user,
    name: 'mesos-execute instance',
    role: flags.text('role') ?? '*',
    checkpoint: flags.boolean('checkpoint'),
    capabilities: capabilities.map((type) => ({ type })),
    ...(principal === undefined ? {} : { principal }),
  }
}
