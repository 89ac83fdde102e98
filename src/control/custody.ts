import type { Authority, HostTarget } from '../model/engine.ts'
import { valueOf } from '../model/fact.ts'
import type { FleetFacts, HostFacts } from '../model/facts.ts'
import type { Context } from './context.ts'
import { keyOf } from './keys.ts'

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
): Promise<HostFacts> {
  const facts = await look(notBefore)
  if (!obeysAnEarlier(facts, context.authority) || !context.held()) return facts
  const { authority, handsSignal, ports } = context
  const execution = { object: keyOf(owner), reconcileId: '', authority, targets: { [target.name]: target } }
  const refused = await ports.hands.claim(target, execution, handsSignal)
  if (refused?.code === 'EpochSuperseded') context.superseded(refused.why)
  // Still as it was: nobody is taken down before the machine has been told, in this pass or a later one.
  if (refused !== undefined) return facts
  context.looks.touched(target.key)
  return look(context.now())
}

/** Machines that were seen and do not know of this leader, though an earlier one has worked on them; by Host name. */
export function obeyingAnEarlier(facts: FleetFacts, authority: Authority): readonly string[] {
  return Object.keys(facts).filter((host) => obeysAnEarlier(facts[host], authority))
}

function obeysAnEarlier(facts: HostFacts | undefined, { installation, epoch }: Authority): boolean {
  const custody = valueOf(facts)?.custody
  return custody !== undefined && custody.installation === installation && custody.epoch < epoch
}
