// Every fault of a file system, in an order in which each finds the cluster well.
import type { Fault } from './fault.ts'
import * as f from './hdfs-faults.ts'
import { failoverBlocked, fencedByShell } from './hdfs-fencing-faults.ts'
import * as h from './hdfs-host-faults.ts'

export const everyHdfsFault: readonly Fault[] = [
  f.nameNodeKilled,
  f.nameNodeFrozen,
  f.configEdited,
  f.controllerKilled,
  f.controllersKilled,
  ...f.journalHosts.map(f.journalKilled),
  ...f.journalHosts.map(f.journalWiped),
  f.twoJournalsDown,
  f.standbyWiped,
  f.activeWiped,
  f.dataNodeKilled,
  f.dataNodeWiped,
  f.dataNodeForeign,
  h.ensembleLost,
  h.nameDiskFull,
  h.activeHostOff('fallback: QjmOnly'),
  fencedByShell,
  failoverBlocked('lifecycle: Lost'),
  failoverBlocked('fence'),
  h.allHostsRebooted,
]
