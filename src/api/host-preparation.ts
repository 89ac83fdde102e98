import { z } from 'zod'
import { celRules, exactlyOneOf, listMap, listSet } from './cel.ts'
import { accountName, archive, keyRef, text, worded } from './common.ts'

const hostname = worded(
  1,
  64,
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  'lower-case letters, digits and hyphens, in parts with dots between them: m1 or m1.example.org',
)

const variable = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)

const limit = z
  .object({
    user: worded(1, 33, /^(\*|@?[a-z_][a-z0-9_-]*)$/, 'a user, @ and a group, or * for everybody but root').describe(
      'Whose limits: a user, @ and the name of a group, or * for everybody but root.',
    ),
    openFiles: z.int().min(1024).max(1048576).optional().describe('Open files (nofile), soft and hard.'),
    processes: z.int().min(256).max(4194304).optional().describe('Processes and threads (nproc), soft and hard.'),
  })
  .meta(
    celRules({
      rule: 'has(self.openFiles) || has(self.processes)',
      message: 'give openFiles, processes or both',
    }),
  )

const packageName = worded(
  1,
  128,
  /^[A-Za-z0-9][A-Za-z0-9+._-]*$/,
  'the name of a package, without a version: openjdk-17-jre-headless',
)

const armoredKey = z
  .string()
  .min(64)
  .max(65536)
  .regex(/^-----BEGIN PGP PUBLIC KEY BLOCK-----[\x09\x0a\x0d\x20-\x7e]*-----END PGP PUBLIC KEY BLOCK-----\s*$/)

const repository = z
  .object({
    name: z
      .string()
      .min(1)
      .max(40)
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      .describe('Part of the names of its files.'),
    url: worded(
      8,
      1024,
      /^(https?|file):\/\/[A-Za-z0-9_.~:/@%+=-]+$/,
      'a URL that begins with http://, https:// or file://, without blanks',
    ).describe('Where the repository is, as it stands in a line of sources.list.'),
    suite: worded(
      1,
      128,
      /^(\.\/|[A-Za-z0-9][A-Za-z0-9._/-]*)$/,
      'a name like bookworm or stable/updates, or ./',
    ).describe(
      'Suite, e.g. bookworm. One that ends with a slash, like ./, is that of a flat repository, which has no components.',
    ),
    components: z
      .array(
        z
          .string()
          .min(1)
          .max(64)
          .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/),
      )
      .min(1)
      .max(16)
      .default(['main'])
      .describe('Components of the suite.'),
    key: z
      .object({
        armored: armoredKey
          .optional()
          .describe(
            'The public key in its armored form, with its first and last line. Exactly one of armored and configMapRef.',
          ),
        configMapRef: keyRef
          .optional()
          .describe(
            'ConfigMap whose value is the public key in its armored form. Exactly one of armored and configMapRef.',
          ),
      })
      .meta(celRules(exactlyOneOf(['armored', 'configMapRef'], 'give exactly one of armored and configMapRef')))
      .describe('The key with which the repository is signed. It counts for this repository and for no other.'),
  })
  .describe('A repository of packages for apt, in a file of its own.')

/** What ironherd does to the machine itself. Nothing stands here by default but "leave it". */
export const preparation = z
  .object({
    hostsFile: z
      .boolean()
      .default(false)
      .describe(
        'true: a marked block at the head of /etc/hosts names every Host of the namespace whose serviceAddress (or address) is an IPv4 ' +
          'address, by its hostname and by the name of its object. The rest of the file is never touched. false: a block that ironherd wrote is taken out again.',
      ),
    hostname: hostname
      .optional()
      .describe(
        'The name that the machine gives itself, now and after a boot. It is not changed while members stand on the machine. Declare hostsFile as well, ' +
          'or see to it that the machine can look this name up: sudo and Java wait for that. Removing the field leaves the name as it is.',
      ),
    users: z
      .array(
        z.object({
          name: accountName.describe('User, made as a system account without a login where it is missing.'),
          group: accountName.optional().describe('Its group, made where it is missing. Default: the name of the user.'),
        }),
      )
      .max(64)
      .meta(listMap('name'))
      .default([])
      .describe(
        'Service accounts. Clusters make those of their own daemons by themselves: these are for others. One that is there already is left as it is, ' +
          'and none is ever removed: files may belong to it.',
      ),
    limits: z
      .array(limit)
      .max(64)
      .meta(listMap('user'))
      .default([])
      .describe(
        'Limits of logins, in /etc/security/limits.d/90-ironherd-host.conf; they hold from the next login on. Daemons of clusters have limits in their units.',
      ),
    environment: z
      .record(variable, text(1024))
      .meta({
        maxProperties: 64,
        ...celRules({
          rule: "!('PATH' in self)",
          message: 'PATH is not set here: a value is taken as it stands, and would hide the programs of the system',
        }),
      })
      .default({})
      .describe(
        'Variables of every login shell, in /etc/profile.d/ironherd-host.sh; values are taken as they stand, nothing in them is expanded. They hold from the next login on.',
      ),
    packageRepositories: z
      .array(repository)
      .max(16)
      .meta(listMap('name'))
      .default([])
      .describe(
        'Repositories for apt, each in /etc/apt/sources.list.d/ironherd-host-<name>.sources with its key in /etc/apt/keyrings. Their lists are fetched ' +
          'when one is changed. One that is no longer declared is taken away again; packages from it stay.',
      ),
    packages: z
      .array(packageName)
      .max(64)
      .meta(listSet)
      .default([])
      .describe(
        'Packages that are installed where they are missing, from the repositories that the machine has. None is upgraded or removed for that by name, ' +
          'and nothing is installed that would remove another. Their services start as the distribution has it; see maskUnits.',
      ),
    maskUnits: z
      .array(worded(3, 128, /^[A-Za-z0-9:_.@-]+\.[a-z]+$/, 'the full name of a unit: zookeeper.service'))
      .max(32)
      .meta(listSet)
      .default([])
      .describe(
        'Units that are masked before the packages are installed, so that they never start by themselves. One that is no longer declared stays masked.',
      ),
    java: z
      .object({
        package: packageName.optional().describe('Package that brings a Java. Exactly one of package and archive.'),
        archive: archive
          .optional()
          .describe(
            'Archive of a Java for the processor of this machine, unpacked to /opt/ironherd/java-<first twelve characters of the digest>; ' +
              'status.javaHome says where, for javaHome of clusters. Exactly one of package and archive.',
          ),
      })
      .meta(celRules(exactlyOneOf(['package', 'archive'], 'give exactly one of package and archive')))
      .optional()
      .describe('A Java that is installed where it is missing. None is ever removed: daemons may run with it.'),
    firewall: z
      .enum(['Unmanaged', 'OpenDeclaredPorts'])
      .default('Unmanaged')
      .describe(
        'OpenDeclaredPorts: in every chain of nftables that refuses what it does not know (by its policy, or by a rule without a condition at its end), the TCP ports of ' +
          'sshd (ssh.port) and of all members on the machine are let in, and no other; what an earlier rule refuses stays refused. No firewall is set up where there is none. After each change a new SSH connection must come about, else the machine takes the ' +
          'change back within a minute. A port is shut again when no member declares it and nobody listens there. Ports that daemons choose by themselves ' +
          '(executors of Spark) are not declared. Unmanaged: what ironherd opened is taken away again. Firewalls of firewalld, ufw and iptables are refused.',
      ),
  })
  .meta(
    celRules({
      rule: "!has(self.hostname) || self.hostname != 'localhost'",
      message: 'localhost is the name of every machine for itself',
      fieldPath: '.hostname',
    }),
  )
  .describe(
    'What the machine itself is to have before members are started on it for the first time. Every part is off until it is declared. ' +
      'Condition Prepared says how far it is; nothing that runs is stopped for it.',
  )

export type HostPreparation = z.output<typeof preparation>
