// Everything that a lab is made of, built once. The order is by what a person waits for least.
import { need, TO_RUN } from '../machine/needs.ts'
import type { Log } from '../machine/progress.ts'
import type { Archive } from './archive.ts'
import { baseRoot, packageRepository, pythonLayer } from './debian-root.ts'
import { type ControlPlanePrograms, controlPlanePrograms } from './go.ts'
import { hadoopArchive } from './hadoop.ts'
import { mesosArchive } from './mesos.ts'
import { prometheusPrograms } from './prometheus.ts'
import { sparkArchive } from './spark.ts'
import { zookeeperArchive } from './zookeeper.ts'

export type ArtifactName =
  | 'zookeeper-3.8.4'
  | 'zookeeper-3.9.3'
  | 'spark-3.5.7'
  | 'hadoop-3.3.6'
  | 'hadoop-3.4.2'
  | 'mesos-1.11.0'
  | 'mesos-1.12.0'

export interface Cached {
  readonly base: string
  readonly packages: string
  readonly programs: ControlPlanePrograms
  readonly artifacts: Readonly<Record<ArtifactName, Archive>>
}

/** What a lab needs to start. Building goes two ways at once: the compiler wants processors, the rest wants the network. */
export async function obtainAll(log: Log): Promise<Cached> {
  const compiled = controlPlanePrograms(log)
  const fetched = fetchAll(log)
  const [programs, rest] = await Promise.all([compiled, fetched])
  return { programs, ...rest }
}

async function fetchAll(log: Log): Promise<Omit<Cached, 'programs'>> {
  const base = await baseRoot(log)
  const packages = await packageRepository(log)
  const old = await zookeeperArchive('3.8.4', log)
  const newer = await zookeeperArchive('3.9.3', log)
  const spark = await sparkArchive(log)
  const hadoop = await hadoopArchive('3.4.2', log)
  const olderHadoop = await hadoopArchive('3.3.6', log)
  const mesos = await mesosArchive('1.12.0', log)
  const olderMesos = await mesosArchive('1.11.0', log)
  const artifacts = {
    'zookeeper-3.8.4': old,
    'zookeeper-3.9.3': newer,
    'spark-3.5.7': spark,
    'hadoop-3.4.2': hadoop,
    'hadoop-3.3.6': olderHadoop,
    'mesos-1.12.0': mesos,
    'mesos-1.11.0': olderMesos,
  }
  return { base, packages, artifacts }
}

/** `lab build`: also what the machine lacks, and the pieces that only some tests and the benchmark ask for. */
export async function buildEverything(log: Log): Promise<void> {
  await need(TO_RUN, log)
  await obtainAll(log)
  await prometheusPrograms(log)
  await pythonLayer(log)
}
