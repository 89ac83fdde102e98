// What the leading Spark master says of its workers, once a second: which states each of them went through.
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { LabHost } from '../lab/index.ts'

const page = z.object({
  status: z.string(),
  workers: z.array(z.object({ id: z.string(), host: z.string(), state: z.string(), coresused: z.int() })),
})

export interface WorkerStates {
  /** `host STATE (cores in use) → STATE …` for each worker process that did not stay ALIVE all the time. */
  end(): Promise<readonly string[]>
}

export function watchWorkers(masters: readonly LabHost[], hosts: readonly LabHost[]): WorkerStates {
  const seen = new Map<string, string[]>()
  const nameOf = (address: string): string => hosts.find((host) => host.address === address)?.name ?? address
  let stopped = false
  const loop = (async () => {
    while (!stopped) {
      const pages = await Promise.all(masters.map(({ address }) => ask(`http://${address}:8080/json/`)))
      const leader = pages.find((one) => one?.status === 'ALIVE')
      for (const { coresused, host, id, state } of leader?.workers ?? []) {
        const states = seen.get(`${id} ${nameOf(host)}`) ?? []
        const now = `${state} (${String(coresused)} cores in use)`
        if (states.at(-1)?.split(' ')[0] !== state) seen.set(`${id} ${nameOf(host)}`, [...states, now])
      }
      await sleep(1000)
    }
  })()
  return {
    async end() {
      stopped = true
      await loop
      return [...seen].flatMap(([key, states]) =>
        states.every((state) => state.startsWith('ALIVE')) ? [] : [`${key.split(' ')[1] ?? ''} ${states.join(' → ')}`],
      )
    },
  }
}

async function ask(url: string): Promise<z.output<typeof page> | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(1000) })
    return page.safeParse(await answer.json()).data
  } catch {
    // Not up, or not yet: the next second tells.
    return undefined
  }
}
