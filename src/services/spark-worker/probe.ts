import { z } from 'zod'
import type { Question } from '../../model/question.ts'
import { jsonOf } from '../common/http.ts'

const worker = z.object({
  id: z.string(),
  /** The master that it last registered with or heard of; '' or stale while there is none. */
  masterurl: z.string().default(''),
  /** What it runs for applications; left out: not known. */
  executors: z.array(z.unknown()).optional(),
})

/** The part of a worker's /json/ that verdicts rest on. */
export type WorkerJson = z.output<typeof worker>

/** Undefined for anything that is not what a worker says. */
export function parseWorker(body: string): WorkerJson | undefined {
  return worker.safeParse(jsonOf(body)).data
}

export function workerProbes(address: string, webUiPort: number): readonly Question[] {
  return [{ ask: 'http', address, port: webUiPort, path: '/json/' }]
}
