import { info } from '../common/log.ts'
import { abortable } from './abortable.ts'
import { CheckFailed } from './check.ts'
import { type Clock, scattered } from './clock.ts'
import type { Network } from './network.ts'
import type { Replica } from './replica.ts'
import {
  type Action,
  type Content,
  isWritten,
  messages,
  networkProcess,
  type PromiseResponse,
  type WriteResponse,
  type Written,
} from './wire.ts'

/** What proposers need: the own replica, all others, time, and how many make a quorum. */
export interface Ensemble {
  readonly replica: Replica
  readonly network: Network
  readonly clock: Clock
  readonly quorum: number
}

type Refused = { readonly type: 'IGNORE' } | { readonly type: 'REJECT'; readonly proposal: number }

/** For all positions that the replicas do not know; `end` is the last one that any of a quorum knows. */
export async function promiseImplicitly(
  { network, quorum }: Ensemble,
  proposal: number,
  signal: AbortSignal,
): Promise<Refused | { readonly type: 'ACCEPT'; readonly end: number }> {
  let end = 0
  const count = votes(quorum, 'implicit promise')
  await network.atLeast(quorum, signal)
  return decided(
    network.ask<PromiseResponse, Refused | { type: 'ACCEPT'; end: number }>(
      messages.promise,
      { proposal },
      (answer) => {
        if (answer.type === 'ACCEPT') end = Math.max(end, answer.end)
        const outcome = count(answer)
        return outcome === 'ACCEPT' ? { type: 'ACCEPT', end } : outcome
      },
      signal,
    ),
    signal,
  )
}

type Promised = Refused | { readonly type: 'ACCEPT'; readonly action: Action | undefined }

/** For one position; `action` is what must be written there, be it learned or only accepted. */
async function promiseExplicitly(
  { network, quorum }: Ensemble,
  proposal: number,
  position: number,
  signal: AbortSignal,
): Promise<Promised> {
  let action: Written | undefined
  const count = votes(quorum, 'explicit promise')
  await network.atLeast(quorum, signal)
  return decided(
    network.ask<PromiseResponse, Promised>(
      messages.promise,
      { proposal, position },
      (answer) => {
        if (answer.type === 'ACCEPT' && isWritten(answer.action)) {
          // One who knows what is agreed on is enough.
          if (answer.action.learned) return { type: 'ACCEPT', action: answer.action }
          if (action === undefined || action.performed < answer.action.performed) action = answer.action
        }
        const outcome = count(answer)
        return outcome === 'ACCEPT' ? { type: 'ACCEPT', action } : outcome
      },
      signal,
    ),
    signal,
  )
}

export async function write(
  { network, quorum }: Ensemble,
  { position, performed: proposal, content }: Written,
  signal: AbortSignal,
): Promise<Refused | { readonly type: 'ACCEPT' }> {
  const count = votes(quorum, 'write')
  await network.atLeast(quorum, signal)
  const outcome = await decided(
    network.ask<WriteResponse, Refused | 'ACCEPT'>(messages.write, { proposal, position, content }, count, signal),
    signal,
  )
  return outcome === 'ACCEPT' ? { type: 'ACCEPT' } : outcome
}

/** The own replica has it when this returns, unless its disk fails. */
export function learn({ replica, network }: Ensemble, action: Written): void {
  replica.learn(replica.pid.replace(/^[^@]*/, networkProcess), action)
  network.tell(messages.learned, { action })
}

/**
 * Agrees with a quorum on one position – on nothing, where there is nothing yet – and makes it known. Gives the proposal
 * that did.
 */
export async function fill(
  ensemble: Ensemble,
  firstProposal: number,
  position: number,
  signal: AbortSignal,
): Promise<number> {
  let proposal = firstProposal
  for (;;) {
    const refused = await fillOnce(ensemble, proposal, position, signal)
    if (refused === undefined) return proposal
    // Who is ignored has no number to go by, and dies of it at the second time: that ends the newcomers of
    // c-failures/65, whose quorum of 1 is met by their own replica alone.
    const highest = refused.type === 'REJECT' ? refused.proposal : 0
    if (highest < proposal) throw new CheckFailed('consensus.cpp', 'Check failed: highestNackProposal >= proposal ')
    proposal = highest + 1
    await ensemble.clock.sleep(scattered(ensemble.clock, 100), signal)
  }
}

async function fillOnce(
  ensemble: Ensemble,
  proposal: number,
  position: number,
  signal: AbortSignal,
): Promise<Refused | undefined> {
  const promised = await promiseExplicitly(ensemble, proposal, position, signal)
  if (promised.type !== 'ACCEPT') return promised
  const content: Content = promised.action?.content ?? { type: 'NOP' }
  const action = { position, promised: proposal, performed: proposal, content }
  if (!promised.action?.learned) {
    const written = await write(ensemble, action, signal)
    if (written.type !== 'ACCEPT') return written
  }
  learn(ensemble, action)
  return undefined
}

/** Counts the answers to one request: a refusal in a quorum of them is a refusal; who does not vote is counted apart. */
function votes(
  quorum: number,
  request: string,
): (answer: { readonly type: 'ACCEPT' } | Refused) => 'ACCEPT' | Refused | undefined {
  let answers = 0
  let ignores = 0
  let highest = -1
  return (answer) => {
    if (answer.type === 'IGNORE') ignores += 1
    else answers += 1
    if (answer.type === 'REJECT') highest = Math.max(highest, answer.proposal)
    if (ignores >= quorum) {
      info('consensus.cpp:363', `Aborting ${request} request because ${ignores} ignores received`)
      return { type: 'IGNORE' }
    }
    if (answers < quorum) return undefined
    return highest >= 0 ? { type: 'REJECT', proposal: highest } : 'ACCEPT'
  }
}

/** Without a decision after all answers, Mesos goes on waiting: the timeout of whoever asked ends it. */
async function decided<T>(asking: Promise<T | undefined>, signal: AbortSignal): Promise<T> {
  return (await asking) ?? abortable<never>(signal, () => undefined)
}
