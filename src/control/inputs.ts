import type { Step, StepOutcome } from '../model/step.ts'
import type { Context } from './context.ts'

/** What steps are given besides their scripts. */
export interface Inputs {
  /** By step id; secret. */
  readonly inputs: Readonly<Record<string, string>>
  /** Steps that have what they need. */
  readonly steps: readonly Step[]
  readonly refused: readonly StepOutcome[]
}

/** Reads the Secrets that steps name, right before they are run: a plan holds none. */
export async function inputsOf(
  context: Context,
  namespace: string,
  steps: readonly Step[],
  signal: AbortSignal,
): Promise<Inputs> {
  const inputs: Record<string, string> = {}
  const refused: StepOutcome[] = []
  for (const step of steps) {
    const { action } = step
    if (!('secret' in action) || action.secret === undefined) continue
    const { key, name } = action.secret
    const value = (await context.store.secret(namespace, name, signal))?.[key]
    if (value !== undefined) inputs[step.id] = value
    else {
      const field =
        action.verb === 'Fence'
          ? `spec.fence.stdinSecretRef of ${action.target}`
          : 'spec.membershipChanges.superSecretRef'
      const detail = `${field}: there is no key ${key} in Secret ${name}`
      refused.push({ step, result: 'skipped', code: 'SecretNotFound', detail, durationMs: 0 })
    }
  }
  return { inputs, refused, steps: steps.filter((step) => !refused.some((one) => one.step === step)) }
}
