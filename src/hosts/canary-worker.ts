import { parentPort, workerData } from 'node:worker_threads'
import type { CanaryJob } from './canary-job.ts'
import { parseJob } from './canary-job.ts'
import { writeAndRead } from './canary-write.ts'
import { messageOf } from './waiting.ts'

/** Runs one canary in a thread of its own; answers '' or what went wrong. canary-znode.ts says why. */
async function main(job: CanaryJob): Promise<string> {
  try {
    await writeAndRead(job)
    return ''
  } catch (error) {
    return messageOf(error)
  }
}

parentPort?.postMessage(await main(parseJob(workerData)))
