import { UnrepresentableValue } from '../../formats/refuse.ts'
import { type Problem, problem } from '../../model/reasons.ts'

/** Runs a pure renderer; a value that its format cannot hold becomes a problem that names the field. */
export function representable<T>(
  field: string,
  render: () => T,
): { readonly value: T } | { readonly problem: Problem } {
  try {
    return { value: render() }
  } catch (error) {
    if (!(error instanceof UnrepresentableValue)) throw error
    return { problem: problem('InvalidSpec', `${field}: ${error.message}; remove it from the value`, { field }) }
  }
}
