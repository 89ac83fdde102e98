import { info, warning } from '../common/log.ts'
import { catchUp } from './catch-up.ts'
import { scattered } from './clock.ts'
import type { Ensemble } from './consensus.ts'
import type { Replica } from './replica.ts'
import { TimedOut, within } from './timeout.ts'
import { messages, type RecoverResponse, type Status } from './wire.ts'

/** What a replica that may not vote should do next. */
type Next =
  | { readonly status: 'STARTING' | 'VOTING' }
  | { readonly status: 'RECOVERING'; readonly begin: number; readonly end: number; readonly promised: number }

/**
 * Brings the own replica to VOTING, however long it takes: where a quorum votes, by learning all that they know; where
 * all 2 * quorum - 1 replicas are as empty as this one, as the beginning of a new log – in two steps, so that none
 * begins to vote while another is still empty. With a quorum of 1 "all" is the own replica: that is how a wrong quorum
 * makes an empty log beside a full one (c-failures/63). Throws what the disk or a failed check throws.
 */
export async function recover(ensemble: Ensemble, autoInitialize: boolean, signal: AbortSignal): Promise<void> {
  const { replica, clock } = ensemble
  info('recover.cpp:437', 'Starting replica recovery')
  for (;;) {
    info('recover.cpp:468', `Replica is in ${replica.status} status`)
    if (votes(replica)) return
    const next = await findOut(ensemble, autoInitialize, signal)
    if (next === undefined) {
      // Scattered, so that a replica is seldom asked while it changes its own status.
      await clock.sleep(scattered(clock, 500), signal)
      continue
    }
    update(replica, next.status)
    if (next.status === 'RECOVERING') await rejoin(ensemble, next, signal)
    if (votes(replica)) break
  }
  info('recover.cpp:578', 'Successfully joined the Paxos group')
}

function votes({ status }: Replica): boolean {
  return status === 'VOTING'
}

/** It may have promised and accepted what it no longer knows, so it first learns everything of which that can be true. */
async function rejoin(
  ensemble: Ensemble,
  { begin, end, promised }: Extract<Next, { status: 'RECOVERING' }>,
  signal: AbortSignal,
): Promise<void> {
  const { replica } = ensemble
  info('recover.cpp:543', `Starting catch-up from position ${begin} to ${end}`)
  const positions = Array.from({ length: end - begin + 1 }, (_, index) => begin + index)
  await catchUp(ensemble, 0, positions, signal)
  replica.promiseAtLeast(promised)
  update(replica, 'VOTING')
}

function update(replica: Replica, status: Status): void {
  info('recover.cpp:564', `Updating replica status to ${status}`)
  replica.update(status)
}

/** Undefined when all have answered and nothing follows from it. */
async function findOut(
  { network, replica, clock, quorum }: Ensemble,
  autoInitialize: boolean,
  signal: AbortSignal,
): Promise<Next | undefined> {
  for (;;) {
    try {
      return await within(clock, 10_000, signal, async (shorter) => {
        await network.atLeast(quorum, shorter)
        const judge = judgement(replica.status, quorum, autoInitialize)
        return network.ask<RecoverResponse, Next>(messages.recover, {}, judge, shorter)
      })
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof TimedOut)) throw error
      info('recover.cpp:110', 'Unable to finish the recover protocol in 10secs, retrying')
    }
  }
}

function judgement(
  own: Status,
  quorum: number,
  autoInitialize: boolean,
): (response: RecoverResponse) => Next | undefined {
  const responses: RecoverResponse[] = []
  const all = 2 * quorum - 1
  return (response) => {
    info('recover.cpp:197', `Received a recover response from a replica in ${response.status} status`)
    responses.push(response)
    const voting = responses.filter(({ status }) => status === 'VOTING')
    const starting = responses.filter(({ status }) => status === 'STARTING').length
    const empty = responses.filter(({ status }) => status === 'EMPTY').length
    if (voting.length >= quorum) {
      return {
        status: 'RECOVERING',
        begin: Math.min(...voting.map(({ begin }) => begin)),
        end: Math.max(...voting.map(({ end }) => end)),
        promised: Math.max(...voting.map(({ promised }) => promised)),
      }
    }
    if (!autoInitialize) {
      if (empty >= all) warning('recover.cpp', 'Replicated log has not been initialized')
      return undefined
    }
    if (own === 'EMPTY' && empty + starting >= all) return { status: 'STARTING' }
    if (own === 'STARTING' && starting + voting.length >= all) return { status: 'VOTING' }
    return undefined
  }
}
