import { type Reason, reason } from './reason.ts'

/** The part of the reasons that only an HDFS gives. */
export const hdfsReasons = {
  IdentityChanged: reason(
    'Blocked',
    'What stands on the hosts belongs to another cluster id than the one that this cluster was known by; nothing is started or changed.',
    'Find out who formatted what. Bring the data of the known id back, or move the other away.',
  ),
  SafeModeOn: reason(
    'Transient',
    'The active NameNode is in safe mode: it serves reads and takes no writes; the message says what it waits for.',
    'Bring the DataNodes named back, or free space in the directory named. One that a person entered is left to that person.',
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
  FailoverImpossible: reason(
    'Blocked',
    'The active NameNode serves, but no other one could take over now; the message says why.',
    'Bring the NameNode and the failover controller that are named back.',
  ),
} as const satisfies Record<string, Reason>
