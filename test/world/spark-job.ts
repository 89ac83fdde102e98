// Real Spark applications against the cluster's own master URL, submitted from a lab host as a user would.
import type { LabHost } from '../lab/index.ts'

export interface SparkJob {
  /** Scala for spark-shell; prints its result as `RESULT name=value`. */
  readonly code: string
  readonly masters: readonly string[]
  readonly limitMs: number
  /** Further settings of the application. */
  readonly conf?: Readonly<Record<string, string>>
  /** Directory that SPARK_CONF_DIR names, a pattern of the shell; missing: an empty one. */
  readonly configuration?: string
}

export interface SparkResult {
  readonly code: number
  /** By name, what the job printed as `RESULT name=value`. */
  readonly results: Readonly<Record<string, string>>
  readonly output: string
}

/** A count and a Pi: small, and wrong if a partition is lost or done twice. */
export const countAndPi = `
val count = sc.parallelize(1 to 1000).count
println("RESULT count=" + count)
val n = 200000
val inside = sc.parallelize(1 to n, 4).map { i => val r = new java.util.SplittableRandom(i); val x = r.nextDouble(); val y = r.nextDouble(); if (x*x + y*y <= 1) 1 else 0 }.reduce(_ + _)
println("RESULT pi=" + 4.0 * inside / n)
`

/** What ironherd puts beside a worker, for users of that host. */
export const configurationOfWorker = '/etc/ironherd/*-spark-worker-*'

/** Reads numbers from the default file system, one a line, and writes how many there are and their sum. */
export const sumOfFile = (input: string, output: string): string => `
val numbers = sc.textFile("${input}").map(_.toLong)
val count = numbers.count
val sum = numbers.reduce(_ + _)
sc.parallelize(Seq("count " + count, "sum " + sum), 1).saveAsTextFile("${output}")
println("RESULT count=" + count)
println("RESULT sum=" + sum)
println("RESULT input=" + new org.apache.hadoop.fs.Path("${input}").getFileSystem(sc.hadoopConfiguration).getUri)
`

/** Runs to the end. The driver runs on `host`, with the Spark that ironherd installed there. */
export async function runSparkJob(host: LabHost, job: SparkJob): Promise<SparkResult> {
  const outcome = await host.exec(sparkShell(job), { stdin: `${job.code}\nSystem.exit(0)\n`, timeoutMs: job.limitMs })
  return { code: outcome.code, results: parseResults(outcome.stdout), output: `${outcome.stdout}\n${outcome.stderr}` }
}

function sparkShell(job: SparkJob): string {
  const master = `spark://${job.masters.join(',')}`
  const conf = [
    ['spark.ui.enabled', 'true'],
    ['spark.ui.showConsoleProgress', 'false'],
    ['spark.executor.memory', '512m'],
    ['spark.driver.memory', '512m'],
    ['spark.executor.cores', '1'],
    ['spark.cores.max', '3'],
    ...Object.entries(job.conf ?? {}),
  ].map(([key, value]) => `--conf ${String(key)}=${String(value)}`)
  const { configuration = '/tmp/job-conf' } = job
  return `set -e
# While the version changes two may stand beside each other.
home=$(ls -d /opt/ironherd/spark-* | sort -V | tail -n 1)
mkdir -p /tmp/job-conf
export SPARK_CONF_DIR=$(ls -d ${configuration} | head -n 1)
export SPARK_LOCAL_IP=$(hostname -I | cut -d' ' -f1)
cd /tmp && exec "$home/bin/spark-shell" --master ${master} ${conf.join(' ')}`
}

export function parseResults(output: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...output.matchAll(/^.*?RESULT (\w+)=(\S+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']),
  )
}
