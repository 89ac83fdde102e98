import type { Authority, HostTarget } from '../model/engine.ts'
import { valueOf } from '../model/fact.ts'
import type { FleetFacts, HostFacts } from '../model/facts.ts'
import { keyText } from '../model/object.ts'
import { sleep } from './backoff.ts'
import type { Context } from './context.ts'
import { keyOf } from './keys.ts'

/** A machine on which the word is slow to arrive is waited for only so long, ms: the others' faults must not wait for that. */
const longestMs = 1000

/**
 * A look at a machine that has been told of this leader. One that an earlier leader of this installation has worked on may
 * have a script of that one under way, or on its way: it is told first, which waits for the one and shuts out the other, and
 * then looked at again, since what was seen before may be half done. That is once per leader and machine; a machine that no
 * ironherd has touched yet has nothing that could be taken down, and stays untouched.
 */
export async function underThisLeader(
  context: Context,
  owner: string,
  target: HostTarget,
  look: (notBefore: number) => Promise<HostFacts>,
  notBefore: number,
  signal: AbortSignal,
): Promise<HostFacts> {
  const facts = await look(notBefore)
  if (!obeysAnEarlier(facts, context.authority) || !context.held()) return facts
  const told = await Promise.race([tell(context, owner, target), sleep(longestMs, signal).then(() => false)])
  // Still as it was: nobody is taken down before the machine has been told, in this pass or a later one.
  return told ? look(context.now()) : facts
}

/** Once at a time, whoever asks, and to its end, whoever waits. False: it was not told. */
function tell(context: Context, owner: string, target: HostTarget): Promise<boolean> {
  const [namespace = '', name = ''] = target.key.split('/')
  const remembered = context.memory.of(keyText({ kind: 'Host', namespace, name }))
  remembered.telling ??= claim(context, owner, target).finally(() => delete remembered.telling)
  return remembered.telling
}

async function claim(context: Context, owner: string, target: HostTarget): Promise<boolean> {
  const { authority, handsSignal, ports } = context
  const execution = { object: keyOf(owner), reconcileId: '', authority, targets: { [target.name]: target } }
  const refused = await ports.hands.claim(target, execution, handsSignal)
  if (refused?.code === 'EpochSuperseded') context.superseded(refused.why)
  if (refused !== undefined) return false
  context.looks.touched(target.key)
  return true
}

/** Machines that were seen and do not know of this leader, though an earlier one has worked on them; by Host name. */
export function obeyingAnEarlier(facts: FleetFacts, authority: Authority): readonly string[] {
  return Object.keys(facts).filter((host) => obeysAnEarlier(facts[host], authority))
}

function obeysAnEarlier(facts: HostFacts | undefined, { installation, epoch }: Authority): boolean {
  const custody = valueOf(facts)?.custody
  return custody !== undefined && custody.installation === installation && custody.epoch < epoch
}
