import { createHash } from 'node:crypto'
import { stepKey } from '../model/approval.ts'
import type { Action, Guard, Plan, Risk, Step, Wave } from '../model/step.ts'

export interface StepOptions {
  readonly risk?: Risk
  readonly guards?: readonly Guard[]
  readonly repairs?: string
}

/** A step with its id, which is the same in every pass for the same machine, member, verb and target. */
export function makeStep(
  host: string,
  member: string,
  action: Action,
  reason: string,
  options: StepOptions = {},
): Step {
  const step = {
    id: digest([host, member, canonical(action)]).slice(0, 16),
    host,
    member,
    action,
    reason,
    risk: options.risk ?? 'none',
    guards: options.guards ?? [],
  }
  return options.repairs === undefined ? step : { ...step, repairs: options.repairs }
}

/** A plan over waves that are not empty; undefined when nothing is left. */
export function makePlan(waves: readonly Wave[]): Plan | undefined {
  const filled = waves.filter((wave) => wave.steps.length > 0)
  if (filled.length === 0) return undefined
  return { hash: hashOf(filled.flatMap((wave) => wave.steps)), waves: filled }
}

/** Over the set of steps with their risks: neither order, times, facts nor prose change it. Lower-case hex, 64 characters. */
export function hashOf(steps: readonly Step[]): string {
  const parts = new Set(steps.map(stepKey))
  return digest([...parts].sort())
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex')
}

/** JSON with sorted keys, so that equal values have equal text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${sorted.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}
