// Every fault that the first release promises to survive: each harm on each daemon, and the histories of whole hosts.
import type { Daemon, Pick } from './daemons.ts'
import type { Fault } from './fault.ts'
import * as f from './faults.ts'

const { zookeeper, master, worker, shuffleService, historyServer, on, leaderOf, followerOf } = f

export const everyFault: readonly Fault[] = [
  ...everyHarm(zookeeper, [leaderOf(zookeeper), followerOf(zookeeper)]),
  ...everyHarm(master, [leaderOf(master), followerOf(master)]),
  ...everyHarm(worker, [on('m4')]),
  ...everyHarm(shuffleService, [on('m5')]),
  ...everyHarm(historyServer, [on('m3')]),
  f.myidEdited(on('m2')),
  f.myidDeleted(on('m3')),
  f.dataWiped(followerOf(zookeeper)),
  f.poweredOff("Spark leader's host", [leaderOf(master)]),
  f.poweredOff("ZooKeeper leader's host", [leaderOf(zookeeper)]),
  f.poweredOff('two worker hosts', [on('m5'), on('m6')]),
  f.frozen(zookeeper, leaderOf(zookeeper), 60_000),
  f.sshdDown(on('m4'), 60_000),
  f.cutOff(60_000),
  ...[1, 2, 3].map((time) => f.allRebooted(` (${String(time)} of 3)`)),
]

/** `killed`: whose processes are killed, leaders beside followers; the other harms go round the daemon's hosts. */
function everyHarm(daemon: Daemon, killed: readonly Pick[]): readonly Fault[] {
  const { product, removed, edited } = daemon.software
  const others: readonly ((pick: Pick) => Fault)[] = [
    (pick) => f.stopped(daemon, pick),
    (pick) => f.disabled(daemon, pick),
    (pick) => f.masked(daemon, pick),
    (pick) => f.unitFileEdited(daemon, pick),
    (pick) => f.unitFileDeleted(daemon, pick),
    ...daemon.configs.flatMap((file) => [
      (pick: Pick) => f.configEdited(daemon, pick, file),
      (pick: Pick) => f.configDeleted(daemon, pick, file),
    ]),
    (pick) => f.softwareDamaged(daemon, pick, product, removed),
    (pick) => f.softwareEdited(daemon, pick, product, edited),
  ]
  return [
    ...killed.map((pick) => f.killed(daemon, pick)),
    ...killed.map((pick) => f.startLimit(daemon, pick)),
    ...others.map((harm, index) => harm(on(daemon.hosts[index % daemon.hosts.length] ?? 'm1'))),
  ]
}
