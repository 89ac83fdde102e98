import { type Reason, reason } from './reason.ts'

/** The part of the reasons that is about what a spec asks for. */
export const specReasons = {
  HostNotFound: reason(
    'Blocked',
    'The spec names a Host that does not exist in the namespace.',
    'Create the Host, or correct the name.',
  ),
  NoHostMatches: reason(
    'Blocked',
    'No Host carries the labels of the selector.',
    'Label a Host, or correct the selector.',
  ),
  DuplicateMember: reason(
    'Terminal',
    'Two members of one role are declared on the same host, or with the same id.',
    'Give each member a host and an id of its own.',
  ),
  ReferenceNotFound: reason(
    'Blocked',
    'The cluster object that the spec refers to does not exist.',
    'Create it, or correct the reference.',
  ),
  SecretNotFound: reason(
    'Blocked',
    'The spec names a Secret, or a key in it, that does not exist.',
    'Create it, or correct the reference.',
  ),
  ConfigMapNotFound: reason(
    'Blocked',
    'The spec names a ConfigMap, or a key in it, that does not exist.',
    'Create it, or correct the reference.',
  ),
  InvalidSpec: reason(
    'Terminal',
    'The spec cannot work; the message names field, value and remedy.',
    'Correct the field.',
  ),
  OwnedKey: reason(
    'Terminal',
    'The spec sets a configuration key that ironherd itself sets.',
    'Use the field named in the message, or remove the key.',
  ),
  PortCollision: reason('Blocked', 'Two members on one machine claim the same port.', 'Give one of them another port.'),
  PortTaken: reason(
    'Blocked',
    'A process that ironherd did not start listens on a port that a member needs.',
    'Stop that process, or choose another port.',
  ),
  DirectoryCollision: reason(
    'Blocked',
    'Two members on one machine claim the same data directory, or one inside the other.',
    'Give each its own directory.',
  ),
  RecoveryPathCollision: reason(
    'Blocked',
    'Two clusters would keep their state under one path of one ZooKeeper ensemble: they would elect one leader between them. The older one stands.',
    'Give the newer one another recovery path.',
  ),
  MembershipChangeUnsupported: reason(
    'Blocked',
    'A living member differs from the spec in what it keeps for life (its role, its address, the kind of its recovery), the version cannot change members safely, or there is no safe way from the servers that run to those declared; the message names it.',
    'Put the spec back, or go there by way of what the message says.',
  ),
  VersionChangeUnsupported: reason(
    'Blocked',
    'The spec asks for a version that the running one cannot be changed to, e.g. an older line that may not read its data.',
    'Put the spec back.',
  ),
  DataDirectoryChangeUnsupported: reason(
    'Blocked',
    'A data directory of a living cluster differs from what stands on the hosts; data is never moved by itself.',
    'Put the spec back.',
  ),
  DecommissionBlocked: reason(
    'Blocked',
    'A DataNode that holds blocks is not declared any more and cannot be relieved of them; it is kept as it stands.',
    'Declare it again, or do what the message says.',
  ),
} as const satisfies Record<string, Reason>
