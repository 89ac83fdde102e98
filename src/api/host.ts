import { z } from 'zod'
import { listSet } from './cel.ts'
import { address, keyRef, objectRef, port, worded } from './common.ts'
import { fence } from './fence.ts'
import { preparation } from './host-preparation.ts'
import { ageColumn, conditionColumn, defineKind } from './kind.ts'
import { conditions, observedGeneration } from './status.ts'

const hostKey = worded(
  20,
  4096,
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+\/]+={0,3}( [^\x00-\x1f\x7f]*)?$/,
  'the line of a .pub file: type and key, e.g. ssh-ed25519 AAAA…, as `ssh-keyscan ADDRESS` prints after the address',
)

const spec = z.object({
  address: address.describe('Host name or IPv4 address that ironherd connects to with SSH.'),
  serviceAddress: address
    .optional()
    .describe('Host name or IPv4 address that daemons bind and that their peers are given. Default: address.'),
  advertisedAddress: address
    .optional()
    .describe(
      'What daemons tell clients, where that differs from serviceAddress (e.g. behind NAT). Default: serviceAddress.',
    ),
  failureDomain: worded(
    1,
    63,
    /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/,
    'letters and digits, with hyphens, dots and underscores between them: r7',
  )
    .optional()
    .describe(
      'What fails together with this machine, e.g. its rack. An HdfsCluster keeps copies of each block in more than one (spec.racks ' +
        'there). It cannot be changed while a DataNode is on the host.',
    ),
  lifecycle: z
    .enum(['Active', 'Maintenance', 'Lost'])
    .default('Active')
    .describe(
      'Maintenance: you work on the machine for a while. Nothing on it is started, changed, repaired or fenced until you set Active ' +
        'again, and others wait for it as for a host out of sight; HDFS keeps the blocks of its DataNodes where they are: wait until ' +
        'status.hdfs.dataNodes of the HdfsCluster counts none as enteringMaintenance before you switch it off. ' +
        'Lost: your word that the machine is off and does not come back, or comes back empty. Only then may a member take over ' +
        'the identity of one that was on it: two servers with one id lose data. Take the word back before you start it again.',
    ),
  fence: fence.optional(),
  preparation: preparation.optional(),
  ssh: z
    .object({
      port: port.default(22).describe('Port of sshd.'),
      user: z
        .string()
        .min(1)
        .max(32)
        .regex(/^[a-z_][a-z0-9_.-]*$/)
        .describe('Login user: root, or a user whose sudo needs no password.'),
      privateKeySecretRef: keyRef.describe('Secret with the private key of that user (OpenSSH or PEM, no passphrase).'),
      hostKeys: z
        .array(hostKey)
        .max(16)
        .meta(listSet)
        .default([])
        .describe(
          'Public host keys that the host may show, as in /etc/ssh/ssh_host_*_key.pub. While empty nothing is run on the ' +
            'host: its fingerprint is shown in status.fingerprints, to be compared on the host and then pinned here.',
        ),
      bastionRef: objectRef
        .optional()
        .describe('Another Host of the namespace through which the connection goes; it has its own pinned keys.'),
    })
    .describe('How ironherd reaches the host.'),
})

const status = z.object({
  observedGeneration,
  conditions: conditions.describe(
    'Reachable, HostKeyVerified and Managed; Fenced where a fence, and Prepared where a preparation is declared.',
  ),
  machineId: z.string().max(64).optional().describe('machine-id: two Hosts with the same one are one machine.'),
  fingerprints: z
    .array(z.string().max(128))
    .max(8)
    .optional()
    .describe('SHA256 fingerprints of the host keys that the host showed, with their types.'),
  hostKeysOffered: z
    .array(z.string().max(4096))
    .max(8)
    .optional()
    .describe('The same keys in full, in the form that spec.ssh.hostKeys takes. Compare the fingerprint first.'),
  clockSkewMs: z
    .int()
    .min(-4000000000000)
    .max(4000000000000)
    .optional()
    .describe('Clock of the host minus that of ironherd, ms, rounded so that it does not change all the time.'),
  javaHome: z
    .string()
    .max(256)
    .optional()
    .describe('Where the Java of spec.preparation.java.archive stands, or will stand: for javaHome of clusters.'),
  selinux: z
    .enum(['Enforcing', 'Permissive', 'Disabled'])
    .optional()
    .describe('Mode of SELinux on the machine; Disabled also where there is none. ironherd does not change it.'),
  cpus: z.int().min(0).max(100000).optional().describe('Processors of the machine.'),
  memoryMiB: z.int().min(0).max(1000000000).optional().describe('Memory of the machine, MiB.'),
  members: z
    .int()
    .min(0)
    .max(100000)
    .optional()
    .describe('Members of clusters that are declared on this host, or are still leaving it.'),
  lastSeen: z
    .string()
    .max(40)
    .meta({ format: 'date-time' })
    .optional()
    .describe('Only while it is out of sight: about when that began. Absent: the last pass looked at it.'),
})

export const hostKind = defineKind({
  kind: 'Host',
  plural: 'hosts',
  singular: 'host',
  shortNames: ['ihost'],
  description:
    'A real machine with sshd, bash, coreutils, findutils, util-linux, tar, gzip, sudo and systemd, on which clusters have members.',
  printerColumns: [
    { name: 'Address', type: 'string', jsonPath: '.spec.address', description: 'Where ironherd connects.' },
    conditionColumn('Reachable', 'Reachable', 'It was looked at in the last pass.'),
    conditionColumn('Verified', 'HostKeyVerified', 'It showed a pinned host key.'),
    conditionColumn('Managed', 'Managed', 'It accepts steps of this installation of ironherd.'),
    conditionColumn('Prepared', 'Prepared', 'All that spec.preparation declares was seen to be done in the last pass.'),
    { name: 'Lifecycle', type: 'string', jsonPath: '.spec.lifecycle', description: 'Active, Maintenance or Lost.' },
    { name: 'Members', type: 'integer', jsonPath: '.status.members', description: 'Cluster members on it.' },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Reachable")].reason',
      description: 'Why it is, or is not, reachable.',
    },
    {
      name: 'Fingerprint',
      type: 'string',
      jsonPath: '.status.fingerprints[0]',
      description: 'Key it showed.',
      priority: 1,
    },
    { name: 'CPUs', type: 'integer', jsonPath: '.status.cpus', description: 'Processors.', priority: 1 },
    { name: 'MemoryMiB', type: 'integer', jsonPath: '.status.memoryMiB', description: 'Memory, MiB.', priority: 1 },
    ageColumn,
  ],
  spec,
  status,
})

export type HostSpec = z.output<typeof spec>
