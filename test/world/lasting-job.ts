// A Spark application that works from before a change until after it, as users' applications do.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LabHost } from '../lab/index.ts'
import { runSparkJob } from './spark-job.ts'

export interface LastingJob {
  /** Lets it finish the round that it is in, and says what came of it. */
  end(): Promise<LastingResult>
}

export interface LastingResult {
  /** Ended by itself, every round with the right sum. */
  readonly correct: boolean
  readonly rounds: number
  /** Executors that were there when it began and whose process, by the kernel's start time, still ran at its end. */
  readonly kept: number
  readonly executors: number
  /** Why executors went, in Spark's words, in their order. */
  readonly lost: readonly string[]
  readonly output: string
}

const sum = (3000 * 3001) / 2
const wanted = 3

/** A shuffle a round, about once a second, on three executors; wrong when a partition is lost or counted twice. */
function code(stopFile: string, begunFile: string): string {
  const work =
    'sc.parallelize(1 to 3000, 6).map { i => if (i % 500 == 0) Thread.sleep(300); (i % 7, i.toLong) }.reduceByKey(_ + _, 3).values.reduce(_ + _)'
  return `
import org.apache.spark.scheduler._
val gone = new java.util.concurrent.ConcurrentLinkedQueue[String]()
sc.addSparkListener(new SparkListener { override def onExecutorRemoved(e: SparkListenerExecutorRemoved): Unit = gone.add(e.executorId + ":" + e.reason.trim.replaceAll("[^A-Za-z0-9.:-]+", "_").take(90)) })
var rounds = 0L; var wrong = 0L
{ while (!new java.io.File("${stopFile}").exists) { if ((${work}) != ${String(sum)}L) wrong += 1; rounds += 1; if (rounds == 1) new java.io.File("${begunFile}").createNewFile() }; println("RESULT ended=yes") }
println("RESULT rounds=" + rounds)
println("RESULT wrong=" + wrong)
println("RESULT lost=" + gone.toArray.mkString(";") + ".")
`
}

/** Resolves when it runs on all its executors and its first round is over. The driver runs on `driver`, which must live as long as the job. */
export async function startLastingJob(
  driver: LabHost,
  hosts: readonly LabHost[],
  masters: readonly string[],
  conf: Readonly<Record<string, string>> = {},
): Promise<LastingJob> {
  const id = randomUUID()
  const [stopFile, begunFile] = [`/tmp/job-stop-${id}`, `/tmp/job-begun-${id}`]
  const job = runSparkJob(driver, { code: code(stopFile, begunFile), masters, conf, limitMs: 900_000 })
  const early = job.then(({ output }) => `the job ended before it was told to: ${output.slice(-1500)}`)
  let before: readonly string[] = []
  const limit = Date.now() + 180_000
  let begun = false
  while (before.length < wanted || !begun) {
    const ended = await Promise.race([early, sleep(500)])
    if (ended !== undefined) throw new Error(ended)
    before = await executorStarts(hosts)
    begun = (await driver.exec(`test -e ${begunFile}`)).code === 0
    if (Date.now() > limit) {
      throw new Error(
        `the job has ${String(before.length)} executors${begun ? '' : ', and its first round is not over'}`,
      )
    }
  }
  return {
    async end() {
      const after = await executorStarts(hosts)
      await driver.exec(`touch ${stopFile}`)
      const { output, results } = await job
      await driver.exec(`rm -f ${stopFile} ${begunFile}`)
      const rounds = Number(results['rounds'] ?? 0)
      return {
        correct: results['ended'] === 'yes' && results['wrong'] === '0' && rounds > 0,
        rounds,
        kept: before.filter((line) => after.includes(line)).length,
        executors: before.length,
        lost: (results['lost'] ?? '').replace(/\.$/, '').split(';').filter(Boolean),
        output,
      }
    },
  }
}

/** `host pid start` of every executor, with the kernel's start time: what the hosts say, not what Spark says. */
export async function executorStarts(hosts: readonly LabHost[]): Promise<readonly string[]> {
  const perHost = await Promise.all(
    hosts.map(async (host) => {
      if (!(await host.isRunning())) return []
      const { stdout } = await host.exec(
        'for p in $(pgrep -f [C]oarseGrainedExecutorBackend); do echo $p $(cut -d" " -f22 /proc/$p/stat); done',
      )
      return stdout
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => `${host.name} ${line}`)
    }),
  )
  return perHost.flat().sort()
}
