import type { Difference } from './compare.ts'
import { exempted } from './exemptions.ts'

/** What came out of one recording. */
export interface Result {
  /** Part and name of the recording, such as 'a-http/leader-GET-health'. */
  readonly recording: string
  /** How many facts were put beside the recorded ones: values of a body, exit codes, lines. */
  readonly compared: number
  /** Differences that the table of exemptions has a reason for. */
  readonly exempt: readonly { readonly difference: Difference; readonly reason: string }[]
  readonly different: readonly Difference[]
}

export function resultOf(recording: string, compared: number, found: readonly Difference[]): Result {
  const exempt: { difference: Difference; reason: string }[] = []
  const different: Difference[] = []
  for (const difference of found) {
    const reason = exempted(recording, difference)
    if (reason === undefined) different.push(difference)
    else exempt.push({ difference, reason })
  }
  return { recording, compared, exempt, different }
}

/** A recording that could not be played to its end. */
export function failed(recording: string, error: unknown): Result {
  const words = error instanceof Error ? error.message : String(error)
  return {
    recording,
    compared: 1,
    exempt: [],
    different: [{ where: 'the run', recorded: 'came to its end', seen: words }],
  }
}
