#!/usr/bin/env node
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { KubeConfig } from '@kubernetes/client-node'
import { Command } from 'commander'
import { clusterPlanKind } from './api/cluster-plan.ts'
import { hdfsKind } from './api/hdfs.ts'
import { hostKind } from './api/host.ts'
import { mesosKind } from './api/mesos.ts'
import { version as apiVersion, group } from './api/resource.ts'
import { sparkKind } from './api/spark.ts'
import { zookeeperKind } from './api/zookeeper.ts'
import type { RunSettings } from './cli/run.ts'
import { addRunCommand } from './cli/run.ts'
import { addVersionCommand } from './cli/version.ts'
import { hdfs } from './clusters/hdfs/kind.ts'
import { hostPreparation } from './clusters/host/expand.ts'
import { mesos } from './clusters/mesos/kind.ts'
import { spark } from './clusters/spark/kind.ts'
import { zookeeperCluster } from './clusters/zookeeper/kind.ts'
import type { ClusterBinding, Engine, Ports } from './control/engine.ts'
import { ApiClient, accessFrom } from './control/kubernetes/client.ts'
import { kubernetesEpochs } from './control/kubernetes/epoch.ts'
import { kubernetesLease } from './control/kubernetes/lease.ts'
import { KubernetesStore } from './control/kubernetes/store.ts'
import { usualLeaseTiming } from './control/lease.ts'
import type { OperatorOptions } from './control/operator.ts'
import { LeadershipLost, operate } from './control/operator.ts'
import { createHands } from './executor/hands.ts'
import { unifiedDiff } from './formats/diff.ts'
import { createArtifactCache } from './hosts/artifacts.ts'
import { createCanaryRunner } from './hosts/canary.ts'
import { onlyFit } from './hosts/fit-archives.ts'
import { createFleet } from './hosts/fleet.ts'
import type { Fleet } from './hosts/types.ts'
import { planner } from './planner/planner.ts'
import type { Logger } from './telemetry/log.ts'
import { createLogger } from './telemetry/log.ts'
import type { Metrics } from './telemetry/metrics.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { serveTelemetry } from './telemetry/server.ts'

/** The kinds of cluster: a new one is a line here, a file in clusters/ and its services. */
const clusters: readonly ClusterBinding[] = [
  { definition: zookeeperKind, cluster: zookeeperCluster },
  { definition: hdfsKind, cluster: hdfs },
  { definition: sparkKind, cluster: spark },
  { definition: mesosKind, cluster: mesos },
]

const engine: Engine = planner

/** Steps that run when the daemon is told to stop get so long, ms; deploy/ waits a little longer. */
const graceMs = 20_000

async function run(settings: RunSettings): Promise<void> {
  const log = createLogger(settings.logLevel)
  const metrics = createMetrics()
  metrics.set('ironherd_build_info', { version: packageVersion(), node_version: process.versions.node }, 1)
  const client = new ApiClient(accessFrom(loadKubeConfig(settings.kubeconfig)), metrics)
  const store = new KubernetesStore({
    client,
    group,
    version: apiVersion,
    kinds: [hostKind, ...clusters.map(({ definition }) => definition), clusterPlanKind],
    namespaces: settings.namespaces,
    log,
    metrics,
    random: Math.random,
  })
  const fleet = observedFleet(settings, metrics, log)
  const server = await serveTelemetry(settings.metricsAddress, metrics, {
    healthy: () => true,
    notReady: () => store.unsynced().map((kind) => `the list of ${kind} objects`),
  })
  log.info({ version: packageVersion(), metrics: `http://${server.address}/metrics` }, 'ironherd starts')
  try {
    await operate(operatorOptions(settings, client, store, fleet, log, metrics), untilAskedToStop(log))
  } finally {
    await Promise.all([fleet.close(), client.close(), server.close()])
  }
}

function operatorOptions(
  settings: RunSettings,
  client: ApiClient,
  store: KubernetesStore,
  fleet: Fleet,
  log: Logger,
  metrics: Metrics,
): OperatorOptions {
  const artifacts = onlyFit(createArtifactCache(settings.cacheDirectory))
  const ports: Ports = {
    engine,
    clusters,
    preparation: hostPreparation,
    looker: fleet,
    diff: unifiedDiff,
    hands: createHands(fleet, (url, digest, signal) => artifacts.fetch(url, digest, signal)),
    canary: createCanaryRunner(fleet, Date.now),
    epochs: kubernetesEpochs(client, settings.leaseNamespace),
  }
  const place = process.env.POD_NAME ?? hostname()
  return {
    store,
    ports,
    lease: kubernetesLease(client, settings.leaseNamespace, 'ironherd'),
    identity: `${place}_${randomUUID()}`,
    // Of one Pod's containers of one name there is never more than one, as there may be of processes on one host.
    hasReplaced: (holder) => process.env.POD_NAME !== undefined && holder.startsWith(`${place}_`),
    log,
    metrics,
    random: Math.random,
    now: Date.now,
    monotonic: () => performance.now(),
    timing: { pollMs: settings.pollMs, busyMs: 700, shareMs: 1000 },
    leaseTiming: usualLeaseTiming,
    canaryTiming: { everyMs: settings.canaryMs, retryMs: Math.min(10_000, settings.canaryMs), deadlineMs: 15_000 },
    workers: 8,
    looksAtOnce: 64,
    lookDeadlineMs: 30_000,
    graceMs,
  }
}

function observedFleet({ softwareCheckMs }: RunSettings, metrics: Metrics, log: Logger): Fleet {
  return createFleet({
    settings: { softwareCheckMs },
    now: Date.now,
    random: Math.random,
    observe: {
      connected: (host, durationMs) => {
        metrics.count('ironherd_ssh_connects_total', { result: 'ok' })
        log.debug({ host, durationMs }, 'connected')
      },
      connectFailed: (host, code, why) => {
        metrics.count('ironherd_ssh_connects_total', { result: code })
        log.warn({ host, code, why }, 'no connection')
      },
      connectionLost: (host, why) => log.warn({ host, why }, 'connection lost'),
      roundTrip: (key, purpose, durationMs, ok) => {
        const [namespace = '', host = ''] = key.split('/')
        if (ok) metrics.count('ironherd_ssh_round_trips_total', { namespace, host })
        log.debug({ host: key, purpose, durationMs, ok }, 'round trip')
      },
    },
  })
}

function loadKubeConfig(file: string): KubeConfig {
  const config = new KubeConfig()
  if (file === '') config.loadFromDefault()
  else config.loadFromFile(file)
  return config
}

/** SIGTERM and SIGINT ask for an orderly stop; a second one is left to the system and ends at once. */
function untilAskedToStop(log: Logger): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'asked to stop: running steps may finish')
      stop.abort(new Error(signal))
    })
  }
  return stop.signal
}

/** src/main.ts and dist/main.js stand at the same depth. */
function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}

const program = new Command('ironherd').description(
  'keeps ZooKeeper, HDFS, Spark and Mesos clusters on plain hosts over SSH',
)
addRunCommand(program, run)
addVersionCommand(program, packageVersion())

try {
  await program.parseAsync()
} catch (error) {
  const why = error instanceof Error ? error.message : String(error)
  process.stderr.write(`ironherd: ${error instanceof LeadershipLost ? `leadership is lost: ${why}` : why}\n`)
  process.exitCode = 1
}

// Not process.exit at once: what is still to be written is written. But a process that does not lead must not linger.
setTimeout(() => process.exit(), 1_000).unref()
