import { type Reason, reason } from './reason.ts'

/** The part of the reasons that only an HDFS gives. */
export const hdfsReasons = {
  IdentityChanged: reason(
    'Blocked',
    'Hosts, records or status tell of two different file systems; the message says which, and where. Nothing is started or changed.',
    'Find out whose data is where. Bring back what is missing, or move away what is foreign; where the status alone is wrong, put the id that the hosts have into it (`kubectl patch --subresource=status`).',
  ),
  SafeModeOn: reason(
    'Transient',
    'The active NameNode is in safe mode: it serves reads and takes no writes; the message says what it waits for.',
    'Bring DataNodes that are down back (status.unhealthy), or free space on the disks of the name directories. ironherd never ends it: one that a person entered, or that room on the disk does not end, `hdfs dfsadmin -safemode leave` does.',
  ),
  UnderReplicated: reason(
    'Transient',
    'Blocks have fewer live replicas than asked for, or none; the message counts them.',
    'Bring DataNodes that are down back; HDFS copies the blocks itself. Meanwhile no DataNode is taken down.',
  ),
  JournalBehind: reason(
    'Transient',
    'A JournalNode has not all edits that the active NameNode has written; until it has, no other one is taken down.',
    'Nothing, as long as it catches up; if it does not, look at its disk and its log.',
  ),
  FencingBlocked: reason(
    'Blocked',
    'A NameNode stands by and may not take over: spec.fencing.fallback is Block, and nothing has proven that the one before it is off. The message names both, and the host.',
    'Bring the host back; or make sure that its machine is off and stays off, and say so by lifecycle: Lost on its Host; or give that Host a spec.fence, and ironherd proves it off.',
  ),
  UpgradeAwaitsFinalize: reason(
    'Info',
    'A rolling upgrade has come to all daemons and is not finalized: until it is, spec.version can be put back. The message says how to approve its end.',
    'When the new version has proven itself, put status.hash of the ClusterPlan into its spec.approve; to go back, put the version before, and its archive, into the spec. Meanwhile no third version is taken.',
  ),
  ConversionRefused: reason(
    'Blocked',
    'A simple file system is to become highly available, and something stands in the way; the message says what, and where. It is kept as it stands.',
    'Do what the message says; as long as its NameNode was not stopped for it, journalNodes and what belongs to them can be taken out of the spec again.',
  ),
} as const satisfies Record<string, Reason>
