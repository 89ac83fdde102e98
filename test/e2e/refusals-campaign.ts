// `npm run campaign -- refusals`: every bad input and every situation that must be refused, in one lab, as one table.
import { exampleManifests } from '../world/manifests.ts'
import { conditionOf, startWorld, type World } from '../world/world.ts'
import { badInputs } from './bad-inputs.ts'
import { runSituation, situationHeader, situationRow } from './refusal.ts'
import { everyRefusal } from './refusals.ts'
import { refuseInputs } from './refused-inputs.ts'

/** `words`: only what has one of them in its name. Whether all was refused as it should be, without a change on any host. */
export async function runRefusals(words: readonly string[], tell: (line: string) => void): Promise<boolean> {
  const meant = ({ name }: { readonly name: string }): boolean =>
    words.length === 0 || words.some((word) => name.includes(word))
  const world = await startWorld({ lab: { hosts: 6 }, log: console.log })
  try {
    for (const { name } of world.lab.hosts) {
      await world.until('host', name, 'reached', (shown) => conditionOf(shown, 'Reachable')?.status === 'True', 90_000)
    }
    const wrong = await refuseInputs(world, badInputs(world.lab).filter(meant), tell)
    for (const line of wrong) tell(`\nWrong: ${line}`)
    const situations = await runSituations(world, meant, tell)
    return wrong.length === 0 && situations
  } finally {
    await world.down()
  }
}

type Meant = (what: { readonly name: string }) => boolean

async function runSituations(world: World, meant: Meant, tell: (line: string) => void): Promise<boolean> {
  const situations = everyRefusal(world).filter(meant)
  const ensemble = exampleManifests('zookeeper', world.lab)
  await world.apply(ensemble)
  await world.untilReady('zookeepercluster', 'zk', 180_000)
  const began = Date.now()
  let fine = true
  tell(`\n${situationHeader}`)
  for (const [index, situation] of situations.entries()) {
    const told = await runSituation(world, situation)
    const minutes = ((Date.now() - began) / 60_000).toFixed(1)
    console.log(`${String(index + 1)}/${String(situations.length)} after ${minutes} min (${told.seconds.toFixed(0)} s)`)
    tell(situationRow(told))
    for (const wrong of told.wrong) console.error(`  wrong: ${wrong}`)
    if (told.wrong.length > 0) console.error(`  said: ${told.answer.words}`)
    fine &&= told.wrong.length === 0
  }
  return fine
}
