import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { RunResult } from './run.ts'

/** One run that is asked for: its seed, and the name of the bug that is planted for it, '' for none. */
export interface Order {
  readonly seed: number
  readonly mutant: string
}

/** Does these runs on every core, as they are asked for; `each` hears of every result, in no order. Throws when a run does. */
export async function runAll(
  orders: Iterable<Order, undefined, undefined>,
  each: (result: RunResult, order: Order) => void,
): Promise<void> {
  const next = orders[Symbol.iterator]()
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('worker.ts', import.meta.url))
      let current: Order | undefined
      const order = () => {
        const { done, value } = next.next()
        current = done === true ? undefined : value
        worker.postMessage(current ?? 'end')
      }
      worker.on('message', (result: RunResult) => {
        if (current !== undefined) each(result, current)
        order()
      })
      worker.on('error', (error) =>
        reject(new Error(`seed ${current?.seed ?? ''}: ${String(error)}`, { cause: error })),
      )
      worker.on('exit', () => resolve())
      order()
    })
  await Promise.all(Array.from({ length: availableParallelism() }, one))
}
