import type { Fact } from '../model/fact.ts'
import { known, unknown } from '../model/fact.ts'
import type { HostFacts, MachineFacts } from '../model/facts.ts'
import type { ClusterKind, Expansion } from '../model/kind.ts'
import type { Answer, Question } from '../model/question.ts'
import { questionKey } from '../model/question.ts'
import type { Context } from './context.ts'
import type { Sight } from './look.ts'

/**
 * The second look of a pass: what a kind wants to know only when the facts leave something open, asked of the hosts concerned,
 * all at once. Without a question nobody is looked at again. A host that was not seen is not asked: it stays out of sight.
 */
export async function inquire(
  context: Context,
  cluster: ClusterKind,
  expansion: Expansion,
  sight: Sight,
  signal: AbortSignal,
): Promise<Sight> {
  const questions = cluster.inquire?.(expansion, sight.facts, context.now()) ?? {}
  const joined = await Promise.all(
    Object.entries(questions).map(async ([host, list]): Promise<readonly (readonly [string, HostFacts])[]> => {
      const [first, target] = [sight.facts[host], sight.targets[host]]
      if (first?.state !== 'known' || target === undefined || list.length === 0) return []
      const second = await context.looks.ask(target, list, signal)
      return [[host, known(withAnswers(first.value, list, second))]]
    }),
  )
  const again = joined.flat()
  return again.length === 0 ? sight : { ...sight, facts: { ...sight.facts, ...Object.fromEntries(again) } }
}

/** What the second look says is of the machine that the first one saw, or unknown. */
function withAnswers(first: MachineFacts, questions: readonly Question[], second: HostFacts): MachineFacts {
  const { host } = first
  const answerTo = (key: string): Fact<Answer> => {
    if (second.state === 'unknown') return second
    if (second.state === 'absent') return unknown('NotLooked', `${host} was not looked at again`)
    const { answers, bootId, machineId } = second.value
    if (machineId !== first.machineId || bootId !== first.bootId)
      return unknown('NotLooked', `${host} was booted anew, or is another machine, since it was first looked at`)
    return answers[key] ?? unknown('NotLooked', `${host} was not asked: ${key}`)
  }
  const answers = questions.map(questionKey).map((key) => [key, answerTo(key)] as const)
  return { ...first, answers: { ...first.answers, ...Object.fromEntries(answers) } }
}
