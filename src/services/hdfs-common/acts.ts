import type { Repair } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import type { Action, Guard, Risk } from '../../model/step.ts'
import { rulesOf, toolOf } from './rules.ts'
import { isVacant, type StorageView } from './storage.ts'

export type Act = Repair['actions'][number]

export function act(action: Action, risk: Risk, ...guards: readonly Guard[]): Act {
  return { action, risk, guards }
}

export function mounted(member: Member): readonly Guard[] {
  const mounts = new Set(member.directories.flatMap((directory) => directory.mount ?? []))
  return [...mounts].map((mount) => ({ guard: 'Mounted', mount }))
}

/** Neither its daemon nor a tool of Hadoop on its host: what it would find is not changed under it. */
export function notRunning(member: Member): readonly Guard[] {
  const tool = toolOf(rulesOf(member))
  const units = [member.unit.name, ...(tool === undefined ? [] : [tool.unit])]
  return units.map((unit) => ({ guard: 'UnitNotRunning', unit }))
}

export function stop(member: Member, risk: Risk): Act {
  return act({ verb: 'StopUnit', unit: member.unit.name }, risk)
}

export function restart(member: Member): Act {
  return act({ verb: 'RestartUnit', unit: member.unit.name }, 'restart', ...mounted(member))
}

/** Everything of these directories beside them: the next pass makes them anew, empty. */
export function moveAside(member: Member, dirs: readonly StorageView[]): readonly Act[] {
  return dirs
    .filter(({ state }) => state !== 'empty' && state !== 'unknown')
    .map(({ path }) => act({ verb: 'MoveAside', path }, 'data', ...notRunning(member), ...mounted(member)))
}

/** Not a quiet lack: what is there belongs to somebody, or nobody knows to whom. */
export function foreignRepair(
  member: Member,
  dirs: readonly StorageView[],
  evidence: string,
  refusedAs: NonNullable<Repair['refusedAs']>,
  cause = 'HdfsForeignData',
): Repair {
  const places = dirs
    .filter((dir) => !isVacant(dir))
    .map(({ host, path, detail }) => ({ host, path, state: 'holdsData' as const, detail }))
  return {
    member: member.id,
    cause,
    evidence,
    actions: [],
    permit: { rule: 'EveryPlaceEmpty', verb: 'StartUnit', places },
    refusedAs,
    holdsStart: true,
    keepsAsItIs: true,
    disruptive: false,
  }
}

/** It stays as it is for now, and that is nothing to worry about. `actions`: what will come, for the plan that is shown. */
export function waiting(
  member: Member,
  cause: string,
  why: { readonly evidence: string; readonly waits: string },
  actions: readonly Act[] = [],
): Repair {
  return { member: member.id, cause, ...why, actions, holdsStart: true, disruptive: false }
}
