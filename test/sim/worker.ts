// One thread of the campaign: gets orders, runs them, says what came of each.
import { parentPort } from 'node:worker_threads'
import { mutants } from './mutants.ts'
import type { Order } from './pool.ts'
import { runSeed } from './run.ts'

async function carryOut(order: Order): Promise<void> {
  const result = await runSeed(
    order.seed,
    mutants.find(({ name }) => name === order.mutant),
  )
  parentPort?.postMessage({ ...result, history: result.violations.length === 0 ? [] : result.history })
}

parentPort?.on('message', (order: Order | 'end') => {
  if (order === 'end') parentPort?.close()
  else
    carryOut(order).catch((error: unknown) => {
      // The thread's 'error' event tells the one who ordered.
      setImmediate(() => {
        throw error
      })
    })
})
