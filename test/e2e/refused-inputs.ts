// Specs that cannot work, each given with kubectl: who answers, in which words, and that no host notices.
import { setTimeout } from 'node:timers/promises'
import type { Condition, World } from '../world/world.ts'
import type { BadInput } from './bad-input.ts'
import { changedFiles, changedUnits, changeTimes, traceMutations, unitRecords } from './records.ts'
import { type Answer, cell, remove } from './refusal.ts'

/** Gives one after the other, those that the API server is to refuse first, and tells a row for each; what was not as it should be, in words; empty: all was. */
export async function refuseInputs(
  world: World,
  inputs: readonly BadInput[],
  tell: (line: string) => void,
): Promise<readonly string[]> {
  const [files, units] = [await changeTimes(world.lab), await unitRecords(world.lab)]
  const wrong: string[] = []
  tell(inputHeader)
  for (const group of watchedTogether(inputs)) {
    const traced = await traceMutations(world.lab)
    for (const input of group) {
      const answer = await answerToInput(world, input)
      tell(inputRow(input.name, answer))
      wrong.push(...wrongAnswer(input, answer))
    }
    const names = group.map(({ name }) => name).join(', ')
    wrong.push(...(await traced()).map((ran) => `${names}: ${ran}`))
  }
  return [
    ...wrong,
    ...changedFiles(files, await changeTimes(world.lab)),
    ...changedUnits(units, await unitRecords(world.lab)),
  ]
}

/** A trace of all hosts takes seconds: one for all that the API server refuses, as none of them is to get as far as a host. */
function watchedTogether(inputs: readonly BadInput[]): readonly (readonly BadInput[])[] {
  const isEarly = ({ answers }: BadInput): boolean => answers === 'API server'
  return [inputs.filter(isEarly), ...inputs.filter((input) => !isEarly(input)).map((input) => [input])]
}

/** What answered to a bad input, and in which words; what was applied is gone afterwards. */
async function answerToInput(world: World, input: BadInput): Promise<Answer> {
  const hasReady = (object: { readonly status?: { readonly conditions?: readonly Condition[] } }): boolean =>
    object.status?.conditions?.some(({ type }) => type === 'Ready') ?? false
  for (const other of input.with ?? []) {
    await world.apply([other])
    await world.until(other.kind, other.metadata.name, 'seen by ironherd', hasReady, 30_000)
    // Of two objects the older one stands, and the API server counts their ages in whole seconds.
    await setTimeout(1100)
  }
  const { code, output } = await world.tryApply(input.manifest)
  const taken = [...(code === 0 ? [input.manifest] : []), ...(input.with ?? [])]
  try {
    if (code !== 0) return { who: 'API server', reason: 'refused', words: output }
    const reason = input.answers === 'API server' ? '' : input.answers.reason
    const { kind, metadata } = input.manifest
    const shown = await world
      .until(
        kind,
        metadata.name,
        reason,
        (object) => object.status?.conditions?.some((condition) => condition.reason === reason) ?? false,
        30_000,
      )
      .catch(() => world.get(kind, metadata.name))
    const conditions = shown?.status?.conditions ?? []
    const said =
      conditions.find((condition) => condition.reason === reason) ?? conditions.find(({ type }) => type === 'Ready')
    return { who: 'ironherd', reason: said?.reason ?? 'nothing', words: said?.message ?? '' }
  } finally {
    for (const manifest of taken) await remove(world, manifest)
  }
}

/** Why the answer to a bad input is not what it should be; empty: it is. */
function wrongAnswer(input: BadInput, answer: Answer): readonly string[] {
  const who = input.answers === 'API server' ? 'API server' : 'ironherd'
  const reason = input.answers === 'API server' ? 'refused' : input.answers.reason
  if (answer.who === who && answer.reason === reason && input.says.test(answer.words)) return []
  return [`${input.name}: wanted ${who} ${reason} ${String(input.says)}, got ${JSON.stringify(answer)}`]
}

const inputHeader = '| given | who answered | reason | what was said |\n|---|---|---|---|'

function inputRow(name: string, { who, reason, words }: Answer): string {
  return `| ${name} | ${who} | ${reason} | ${cell(words)} |`
}
