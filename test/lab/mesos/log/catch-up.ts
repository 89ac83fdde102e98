import { info } from '../common/log.ts'
import { scattered } from './clock.ts'
import { type Ensemble, fill } from './consensus.ts'
import { TimedOut, within } from './timeout.ts'

/** Until the own replica knows what is agreed on at all of `positions`; `proposal` is the first number to try. */
export async function catchUp(
  ensemble: Ensemble,
  firstProposal: number,
  positions: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  let proposal = firstProposal
  for (const position of positions) proposal = await catchUpOne(ensemble, proposal, position, signal)
}

async function catchUpOne(
  ensemble: Ensemble,
  firstProposal: number,
  position: number,
  signal: AbortSignal,
): Promise<number> {
  const { replica, clock } = ensemble
  let proposal = firstProposal
  while (replica.isMissing(position)) {
    try {
      proposal = await within(clock, 10_000, signal, (shorter) => fill(ensemble, proposal, position, shorter))
      // Its own disk does not take what the others agree on.
      if (replica.isMissing(position)) await clock.sleep(scattered(clock, 100), signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof TimedOut)) throw error
      info('catchup.cpp', `Unable to catch-up position ${position} in 10secs, retrying`)
    }
  }
  return proposal
}
