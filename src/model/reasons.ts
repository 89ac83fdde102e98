import { hdfsReasons } from './hdfs-reasons.ts'
import { hostReasons } from './host-reasons.ts'
import { type Reason, reason } from './reason.ts'
import { specReasons } from './spec-reasons.ts'

/**
 * Every reason that ironherd gives in a condition, an event or an error, with what it means and what to do. The list is
 * part of the API: codes are never renamed. docs/reasons.md is generated from it.
 * Transient: retried by itself. Blocked: waits for a person or another object. Terminal: the spec must change. Info: not an error.
 */
export const reasons = {
  // How a cluster is
  AllMembersServing: reason('Info', 'Every declared member runs as declared and does its work.'),
  Converging: reason('Info', 'Steps are being run to bring the hosts to what is declared.'),
  Settled: reason('Info', 'There is nothing to do.'),
  MembersNotServing: reason(
    'Transient',
    'Some members do not do their work now; the message names them.',
    'ironherd repairs what it can; look at the members named.',
  ),
  NoQuorum: reason(
    'Transient',
    'Fewer than a majority of the voters serve.',
    'Bring the members named back; ironherd starts those that it can reach.',
  ),
  NoLeader: reason(
    'Transient',
    'No member leads. After a failover this lasts as long as the ZooKeeper session and the recovery.',
    'Wait; if it lasts, look at the ZooKeeper cluster that it refers to, and, of an HDFS, at the logs of the failover controllers.',
  ),
  TwoLeaders: reason(
    'Blocked',
    'More than one member says that it leads.',
    'Check that all masters use the same ZooKeeper ensemble and path. Of two NameNodes ironherd restarts the one that lost the lead.',
  ),
  QuorumsDiffer: reason(
    'Blocked',
    'More than one Mesos master runs with flags of another set, e.g. another quorum, so that changes of the registry may have been taken by too few; the message names them. None of them is restarted.',
    'Compare `/registrar(1)/registry` of these masters, and find out who started them so. Their files are as declared again: restart them one after the other, the one whose registry is right first.',
  ),
  Recovering: reason(
    'Transient',
    'The leader is reading back its state; the services allow time for this.',
    'Nothing; it is looked at again.',
  ),
  CanaryFailed: reason(
    'Transient',
    'Every process runs, but a small write through the service failed.',
    'The message quotes the answer; look at the logs of the service.',
  ),
  CanaryPending: reason(
    'Transient',
    'Every member serves; the first small write that proves it has not come back yet.',
    'Nothing; it is tried again.',
  ),
  Quorate: reason('Info', 'A majority serves and has a leader.'),
  LeaderServing: reason('Info', 'One leader serves.'),
  NotDeclared: reason('Info', 'Nothing of this is declared.'),
  Paused: reason('Info', 'spec.paused is true: nothing is done to the hosts.', 'Set spec.paused to false.'),
  PlanAwaitsApproval: reason(
    'Blocked',
    'By spec.planPolicy, or since it cannot be taken back, a person must approve what is to be done; the message names the ClusterPlan that shows it.',
    'Read the ClusterPlan, then put its status.hash into its spec.approve, as the message says.',
  ),
  PlanChanged: reason(
    'Info',
    'spec.approve of the ClusterPlan names another hash than what waits has now: it was changed after it was read.',
    'Read the ClusterPlan again, and approve its new hash.',
  ),
  PlanApproved: reason('Info', 'A person has approved what is to be done; the message says how much of it is left.'),
  Repairing: reason('Info', 'A repair is under way; the message names member and cause.'),
  Repaired: reason('Info', 'A repair is finished; the message names member, cause, who did it and how long it took.'),
  StepsDone: reason('Info', 'Steps were run on hosts; the message counts them by verb.'),
  NothingToRepair: reason('Info', 'No repair is under way.'),
  BreakerOpen: reason(
    'Blocked',
    'So many members are unhealthy at once that restarting more could make it worse; the message names them.',
    'Find what they have in common and mend that; stopped members are still started.',
  ),
  UpstreamNotReady: reason(
    'Transient',
    'The ZooKeeper cluster that this one needs does not serve. Members that cannot work without it are not started; an HDFS is started but for its failover controllers.',
    'Bring the ZooKeeper cluster back first; the message says how it is.',
  ),

  // Hosts
  Reached: reason('Info', 'The host was looked at in this pass.'),
  InMaintenance: reason(
    'Info',
    'A person works on the host (lifecycle: Maintenance): nothing on it is looked at, started or changed by a cluster.',
    'Set lifecycle: Active on the Host when the work is done.',
  ),
  Unreachable: reason(
    'Transient',
    'No SSH connection could be made.',
    'Check address, port, network and sshd of the host.',
  ),
  ConnectionLost: reason(
    'Transient',
    'The SSH connection broke or fell silent in the middle of a look.',
    'Nothing to do; it is opened again.',
  ),
  AuthenticationFailed: reason(
    'Blocked',
    'The host refused the private key.',
    'Put the public key into the authorized_keys of ssh.user, or correct ssh.user or the Secret.',
  ),
  HostKeyUnpinned: reason(
    'Blocked',
    'spec.ssh.hostKeys is empty; nothing is run on a host whose identity is not pinned. The message shows the fingerprint.',
    'Compare the fingerprint on the host itself, then put the key into spec.ssh.hostKeys.',
  ),
  HostKeyChanged: reason(
    'Blocked',
    'The host shows another key than the pinned ones; nothing is run there.',
    'Find out why. If the host was reinstalled, pin its new key in spec.ssh.hostKeys.',
  ),
  HostKeyVerified: reason('Info', 'The host showed a pinned key.'),
  PrivateKeyMissing: reason(
    'Blocked',
    'The Secret or the key in it that spec.ssh.privateKeySecretRef names does not exist.',
    'Create the Secret, or correct the reference.',
  ),
  PrivateKeyUnusable: reason(
    'Blocked',
    'The private key cannot be read (wrong format, or encrypted with a passphrase).',
    'Store an unencrypted OpenSSH or PEM private key in the Secret.',
  ),
  BastionMissing: reason(
    'Blocked',
    'spec.ssh.bastionRef names a Host that does not exist, or a chain that comes back to itself.',
    'Correct the reference.',
  ),
  SudoRefused: reason(
    'Blocked',
    'sudo asked for a password or refused.',
    'Give ssh.user a NOPASSWD sudo rule, or log in as root.',
  ),
  ToolMissing: reason(
    'Blocked',
    'The host lacks a program that ironherd needs; the message names it.',
    'Install it on the host.',
  ),
  DuplicateMachine: reason(
    'Blocked',
    'Two Host objects lead to the same machine-id.',
    'Remove one of them, or give cloned machines their own machine-id and SSH host keys.',
  ),
  ManagedByAnother: reason(
    'Blocked',
    'The machine belongs to another installation of ironherd.',
    'Remove /var/lib/ironherd/installation on the host if that installation is gone.',
  ),
  EpochSuperseded: reason(
    'Terminal',
    'A newer leader of ironherd has acted on the machine; this process must stop.',
    'Nothing; the other replica works.',
  ),
  HostLocked: reason('Transient', 'Another step holds the lock of the machine.', 'Nothing; it is tried again.'),
  LostSight: reason(
    'Transient',
    'None of the hosts can be reached, so the fault is most likely on the way from ironherd. Nothing is touched.',
    'Check the network of ironherd itself.',
  ),
  NotLooked: reason('Transient', 'The place was not looked at in this pass.', 'Nothing; it is looked at again.'),
  ProbeFailed: reason(
    'Transient',
    'The look at the host failed; the message quotes it.',
    'It is tried again; if it lasts, log in as ssh.user and see what the message quotes.',
  ),
  Managed: reason('Info', 'The machine accepts steps of this installation.'),
  NotManagedYet: reason('Info', 'No step was ever run on the machine; the first one takes it into custody.'),
  ClockSkewed: reason(
    'Blocked',
    'The clock of the host is more than five seconds off from that of ironherd.',
    'Set up time synchronisation on the host, or on the machine of ironherd if all hosts say so.',
  ),

  // Fences
  FenceSucceeded: reason(
    'Info',
    'The fence of the host succeeded: the machine counts as off until it is seen again.',
    'Before you start it again see that ironherd runs and can reach it.',
  ),
  FenceNotNeeded: reason(
    'Info',
    'The fence of the host was not run: the host is seen, or nothing waits for the proof.',
  ),
  FenceFailed: reason(
    'Blocked',
    'The fence of a host did not succeed, which proves nothing: the host may be running. It is not run again in this outage.',
    'See why on the host that ran it. Correct spec.fence of the Host, which is a new try; or set lifecycle: Lost when you know that it is off.',
  ),
  FenceWaits: reason(
    'Blocked',
    'The fence of a host would be run, but other objects have something there that it could take down; the message names them.',
    'Declare these elsewhere, or bring back what they need on other hosts; or set lifecycle: Lost when you know that the host is off.',
  ),

  // Specs
  ...specReasons,

  // Work on hosts
  FileNotOurs: reason(
    'Blocked',
    'A file that ironherd did not write stands where it must write one; it is left as it is.',
    'Move the file away if it is not needed.',
  ),
  NotADirectory: reason(
    'Blocked',
    'Something that is not a directory (a file or a symbolic link) stands where a directory is needed.',
    'Move it away.',
  ),
  MountMissing: reason(
    'Blocked',
    'The declared mount is not mounted; an unmounted disk is not an empty one.',
    'Mount the disk.',
  ),
  DiskFull: reason('Blocked', 'The file system has no room for what must be written.', 'Free space on the host.'),
  ReadOnlyFileSystem: reason(
    'Blocked',
    'The file system is mounted read-only.',
    'Repair the disk and mount it writable.',
  ),
  JavaMissing: reason(
    'Blocked',
    'No Java, or one that is too old, was found on the host.',
    'Install a Java runtime of the version named, or set javaHome.',
  ),
  UserMissing: reason(
    'Blocked',
    'The service user, or the group declared for it, does not exist and ironherd was told not to create it.',
    'Create it on the host, or set spec.serviceUser.create to true.',
  ),
  ArtifactUnavailable: reason(
    'Transient',
    'The archive could not be fetched; the message says why.',
    'Check the URL from where ironherd runs.',
  ),
  DigestMismatch: reason(
    'Blocked',
    'The archive does not have the declared digest; it was thrown away and nothing was installed.',
    'Check the archive and the digest in the spec.',
  ),
  ArchiveUnusable: reason(
    'Blocked',
    'The archive is not a tar archive with one top directory, or is damaged.',
    'Use the archive as the project publishes it.',
  ),
  PackageInstallFailed: reason(
    'Transient',
    'The package manager of the host failed; the message quotes it.',
    'Run the command on the host to see more.',
  ),
  StepFailed: reason(
    'Transient',
    'A step failed on the host; the message quotes it.',
    'Look at the journal of the host and of the unit.',
  ),
  StepTimedOut: reason(
    'Transient',
    'A step did not come back in time; what it did is looked up before it is tried again.',
    'Nothing; if it lasts, look at the load of the host, and at the journal of the unit.',
  ),
  GuardRefused: reason(
    'Transient',
    'On the host, under its lock, the state was not what the plan had seen; the step was not run.',
    'Nothing; it is planned anew.',
  ),
  StartFailed: reason(
    'Transient',
    'The unit could not be started; the message quotes it.',
    'Look at the journal of the unit.',
  ),
  Fenced: reason(
    'Blocked',
    'A file of the name of the unit in /var/lib/ironherd/fences on the host says that it must not run there.',
    'When it may run there again remove that file on the host.',
  ),

  // Data
  FirstStartRefused: reason(
    'Blocked',
    'A first start needs proof that every place that may hold data of the cluster is empty; the message says which is not, or could not be seen.',
    'Bring the host back, or move foreign data away.',
  ),
  RejoinRefused: reason(
    'Blocked',
    'A member lost its data and may rejoin only while the others provably hold it: a majority of the servers or journals, or a NameNode that is active.',
    'Bring the other members back first.',
  ),
  ForeignData: reason(
    'Blocked',
    'A data directory holds data of a member that ironherd did not start, or of which nobody knows whose it is; it is left as it is.',
    'Find out whose data it is, and do what the message says; once you know that nobody needs it, move it away on the host.',
  ),
  DataLost: reason(
    'Blocked',
    'So many members have lost their data that nobody who is left holds all of it: no majority of servers or journals, or no NameNode.',
    'Do what the message says, or restore the data from a copy (docs/operating.md); ironherd decides nothing here.',
  ),

  ForeignConfigMap: reason(
    'Blocked',
    'The ConfigMap for clients cannot be written, since one of that name belongs to somebody else.',
    'Delete that one, or set spec.clients.configMap to false.',
  ),
  // Preparation of machines
  ...hostReasons,

  // What only a file system has
  ...hdfsReasons,

  // Deletion
  InUse: reason(
    'Blocked',
    'Other objects refer to this one, or members still leave this Host; the message says which.',
    'Delete or change those first, or wait until the members have left.',
  ),
  Releasing: reason('Info', 'The deletion policy is being carried out on the hosts.'),
  ReleaseWaits: reason(
    'Blocked',
    'A host cannot be reached, so what runs there cannot be stopped.',
    'Bring the host back, approve in the ClusterPlan that what runs there is forgotten, or set deletionPolicy: Retain.',
  ),
  Forgotten: reason(
    'Info',
    'By approval a member on a host out of sight was let go; what runs there is not looked after any more. A cluster that still exists stops it when the host is seen again.',
  ),
  NotDeleting: reason('Info', 'The object is not being deleted.'),
} as const satisfies Record<string, Reason>

export type ReasonCode = keyof typeof reasons

/** Something that stands in the way, said so that a person can act on it. */
export interface Problem {
  readonly code: ReasonCode
  /** Names object, field, value and remedy where there are such. */
  readonly message: string
  readonly host?: string
  readonly member?: string
  readonly field?: string
}

export function problem(code: ReasonCode, message: string, at: Omit<Problem, 'code' | 'message'> = {}): Problem {
  return { code, message, ...at }
}
