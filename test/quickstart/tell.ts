// What the quickstart prints: a line with the seconds since its start, and one whenever an object says something else of itself.
import { setTimeout as sleep } from 'node:timers/promises'
import { conditionOf, isReady, type Shown, type World } from '../world/world.ts'

const started = Date.now()

export function say(line: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(0).padStart(4)
  console.log(`${seconds} s  ${line}`)
}

/** Prints one line whenever what the object says of itself changes, until it is Ready. */
export async function watchUntilReady(world: World, kind: string, name: string): Promise<Shown> {
  let last = ''
  const end = Date.now() + 15 * 60_000
  for (;;) {
    const shown = await world.get(kind, name)
    const line = shown === undefined ? 'not there yet' : progress(shown)
    if (line !== last) say(`${kind}/${name}: ${line}`)
    last = line
    if (shown !== undefined && isReady(shown)) return shown
    if (Date.now() > end) throw new Error(`${kind}/${name} did not become Ready`)
    await sleep(500)
  }
}

function progress(shown: Shown): string {
  const ready = conditionOf(shown, 'Ready')
  const members = shown.status?.members
  const count = members === undefined ? '' : `${String(members.healthy)}/${String(members.desired)} members, `
  return `${count}Ready=${ready?.status ?? 'Unknown'} ${ready?.reason ?? ''}${shown.status?.leader === undefined ? '' : `, leader ${shown.status.leader}`}`
}

export function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`
}

export function sayRepairs({ status }: Shown): void {
  for (const { by, cause, member, seconds: took } of status?.repairs ?? []) {
    say(`  repaired: ${member}: ${cause}, by ${by}${took === undefined ? '' : `, ${took.toFixed(1)} s`}`)
  }
}
