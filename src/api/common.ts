import { z } from 'zod'
import { celRules, exactlyOneOf, listMap, listSet, saidAs } from './cel.ts'
import { systemPathRules } from './paths.ts'

/**
 * Pieces that several kinds share. Every string and array is bounded, else the API server refuses the CEL rules for
 * their cost; patterns are in the common part of RE2 and JavaScript.
 */

const dnsName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
/** Excludes line breaks, NUL and other control characters: no value may end a line of a file or of a script. */
const oneLine = /^[^\x00-\x1f\x7f]*$/

/** A string of `least` to `most` characters like `pattern`; `words` say to a person what that is. */
export function worded(least: number, most: number, pattern: RegExp, words: string) {
  return z.string().min(least).max(most).regex(pattern).meta(saidAs(pattern, words))
}

/** One line of text, without control characters. */
export function text(maxLength: number) {
  // Not by the pattern: the server would refuse the rule for what it could cost on long values in nested maps.
  const rule = { rule: "!self.contains('\\n')", message: 'one line: a line break is refused in a value' }
  return z.string().max(maxLength).regex(oneLine).meta(celRules(rule))
}

/** Name of an object in the same namespace. */
export const objectName = z.string().min(1).max(253).regex(dnsName)

/** A host name or an IPv4 address: what can stand before a colon and a port. */
export const address = worded(
  1,
  253,
  /^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$/,
  'a host name or an IPv4 address, without a port',
)

export const port = z.int().min(1).max(65535)

/** Name of a member group, part of unit and member names. */
export const groupName = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)

export const keyRef = z.object({
  name: objectName.describe('Name of the object, in the same namespace.'),
  key: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[-._a-zA-Z0-9]+$/)
    .describe('Key in the object whose value is used.'),
})

export const objectRef = z.object({ name: objectName.describe('Name of the object, in the same namespace.') })

const labelText = z
  .string()
  .max(317)
  .regex(/^[-A-Za-z0-9_./]*$/)

export const hostSelector = z
  .object({
    matchLabels: z
      .record(labelText, labelText)
      .meta({ minProperties: 1, maxProperties: 16 })
      .describe('Every pair must stand on the Host. At least one: nothing here means "all machines".'),
  })
  .describe('Chooses Host objects of the namespace by their labels.')

/** A plain map of configuration keys to one-line values. */
export function configMapOf(maxKeys: number) {
  return z.record(z.string().min(1).max(253), text(4096)).meta({ maxProperties: maxKeys })
}

/** Absolute, normalised (no `..`, no `//`, no trailing slash), of characters that need quoting nowhere: no `:` or `,` (class paths, lists of directories), no `%` (systemd). */
export const absolutePath = worded(
  2,
  512,
  /^(\/(\.?[A-Za-z0-9_@+=-][A-Za-z0-9_@+=.-]*))+$/,
  'an absolute path of letters, digits and _@+=.-, without "..", "//" or a slash at the end',
)

/** Relative, normalised, at least one segment, none of them `..` or `.`. */
export const relativePath = worded(
  1,
  256,
  /^\.?[A-Za-z0-9_@+=-][A-Za-z0-9_@+=.-]*(\/\.?[A-Za-z0-9_@+=-][A-Za-z0-9_@+=.-]*)*$/,
  'a path below the mount, of letters, digits and _@+=.-, without a slash at its start and without ".."',
)

const mountPoint = worded(
  1,
  512,
  /^(\/|(\/(\.?[A-Za-z0-9_@+=-][A-Za-z0-9_@+=.-]*))+)$/,
  'an absolute path of letters, digits and _@+=.-, or / alone',
)

/** `<mount>/<path>` below a mount point that must be mounted. `mount` may be `/`, then `path` says it all. */
export const dataDirectory = z
  .object({
    mount: mountPoint.describe(
      'Mount point that the directory lies on. It must be mounted: an unmounted disk is not an empty one.',
    ),
    path: relativePath.describe('Directory below the mount, without a leading slash and without "..".'),
  })
  .meta(celRules(...systemPathRules))

export const archive = z
  .object({
    url: worded(
      8,
      2048,
      /^(https?|file):\/\/[^\x00-\x20\x7f]+$/,
      'give a URL that begins with http://, https:// or file://',
    ).describe('Where ironherd fetches the .tar.gz or .tgz: http(s) URL, or file:///path on the machine of ironherd.'),
    sha256: worded(64, 64, /^[0-9a-f]{64}$/, 'the 64 characters that sha256sum prints, in lower case')
      .optional()
      .describe('SHA-256 of the archive in lower-case hex. Exactly one of sha256 and sha512.'),
    sha512: worded(128, 128, /^[0-9a-f]{128}$/, 'the 128 characters that sha512sum prints, in lower case')
      .optional()
      .describe('SHA-512 of the archive in lower-case hex. Exactly one of sha256 and sha512.'),
  })
  .meta(celRules(exactlyOneOf(['sha256', 'sha512'], 'give exactly one of sha256 and sha512')))

export const software = z
  .object({
    archive: archive
      .optional()
      .describe('An archive as the project publishes it, with one top directory. Unpacked below /opt/ironherd.'),
    packages: z
      .array(
        z
          .string()
          .min(1)
          .max(128)
          .regex(/^[a-z0-9][a-z0-9+.:~=_-]*$/),
      )
      .min(1)
      .max(16)
      .meta(listSet)
      .optional()
      .describe(
        'Packages of the distribution, from the repositories that the host has. Their own units are masked first.',
      ),
  })
  .meta(celRules(exactlyOneOf(['archive', 'packages'], 'give exactly one of archive and packages')))

export const javaHome = absolutePath.describe(
  'Java home on the hosts, e.g. /usr/lib/jvm/java-17-openjdk-amd64. Default: the java that the PATH of the host finds.',
)

/** Of a user or a group. */
export const accountName = z
  .string()
  .min(1)
  .max(32)
  .regex(/^[a-z_][a-z0-9_-]*$/)

/** The account the daemons run as; `name` and `group` default to the product's. */
export function serviceUser(defaultName: string) {
  return z
    .object({
      name: accountName.default(defaultName).describe('User that the daemons run as.'),
      group: accountName.default(defaultName).describe('Primary group of that user.'),
      create: z
        .boolean()
        .default(true)
        .describe('Create user and group as system accounts where they are missing; false: they must exist already.'),
    })
    .meta(celRules({ rule: "!(has(self.name) && self.name == 'root')", message: 'the daemons do not run as root' }))
    .prefault({})
    .describe('Account that the daemons run as and that owns their data.')
}

/** An amount of memory: 512m, 512Mi, 8g or 8Gi (m and Mi are the same here, as for Java). See quantity.ts. */
export const memory = worded(
  2,
  9,
  /^[1-9][0-9]{0,6}(m|g|Mi|Gi)$/,
  'a whole number with its unit: 512m, 512Mi, 8g or 8Gi',
)

const javaOption = worded(
  2,
  1024,
  /^-[^\x00-\x1f\x7f]+$/,
  'one option of the JVM per entry: it begins with a hyphen, and has no line break',
)

export function jvm(defaultHeap: string) {
  return z
    .object({
      heap: memory
        .default(defaultHeap)
        .describe('Size of the Java heap (-Xms and -Xmx), e.g. 512m or 4g. Leave room for the page cache.'),
      options: z
        .array(javaOption)
        .max(64)
        .default([])
        .describe('Further options of the JVM, one per entry, e.g. -XX:+UseG1GC. They come after those of ironherd.'),
    })
    .prefault({})
    .describe('Settings of the Java virtual machine.')
}

export const logs = z
  .object({
    maxFileMiB: z.int().min(1).max(4096).default(64).describe('A log file is rotated at this size, MiB.'),
    files: z.int().min(1).max(20).default(5).describe('Rotated files that are kept; older ones are deleted.'),
  })
  .prefault({})
  .describe('Rotation of the logs in /var/log/ironherd. At most (files + 1) × maxFileMiB stand on disk per daemon.')

export const limits = z
  .object({
    openFiles: z.int().min(1024).max(1048576).default(65536).describe('Open files per daemon (LimitNOFILE).'),
    processes: z.int().min(256).max(1048576).default(32768).describe('Processes and threads per daemon (LimitNPROC).'),
  })
  .prefault({})
  .describe('Resource limits of the daemons, set in their units.')

export const extraFiles = z
  .array(
    z
      .object({
        path: absolutePath.describe(
          'Where the file is written. Its directory must exist, or lie below /etc/ironherd/files, which is created.',
        ),
        configMapRef: keyRef
          .optional()
          .describe('Content from a ConfigMap. Exactly one of configMapRef and secretRef.'),
        secretRef: keyRef
          .optional()
          .describe('Content from a Secret; never shown in plans, logs, events or status. Text only.'),
        mode: z
          .string()
          .min(4)
          .max(4)
          .regex(/^0[0-7]{3}$/)
          .default('0640')
          .describe('Octal mode; the file belongs to root and to the group of the service user.'),
        restart: z
          .boolean()
          .default(true)
          .describe('Restart the daemons, one by one, when the content changes; false: they read it by themselves.'),
      })
      .meta(celRules(exactlyOneOf(['configMapRef', 'secretRef'], 'give exactly one of configMapRef and secretRef'))),
  )
  .max(32)
  .meta(listMap('path'))
  .default([])
  .describe(
    'Files from ConfigMaps and Secrets that are put on every host of the cluster, e.g. keystores or JAAS files.',
  )

/** Absolute path of a znode below the root. */
export const znodePath = z
  .string()
  .min(2)
  .max(200)
  .regex(/^(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$/)

/** Servers of a ZooKeeper ensemble. */
export const connectString = z
  .string()
  .min(3)
  .max(1024)
  .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*:[0-9]{1,5}(,[A-Za-z0-9][A-Za-z0-9.-]*:[0-9]{1,5})*$/)

/** An int-or-string must have exactly these alternatives, or the API server refuses the CRD; bounds stand beside them. */
export const countOrPercent = z
  .unknown()
  .meta({
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    minimum: 1,
    maximum: 1000,
    maxLength: 4,
    pattern: '^(100|[1-9][0-9]?)%$',
  })
  .pipe(z.union([z.int().min(1).max(1000), z.string().regex(/^(100|[1-9][0-9]?)%$/)]))

export const deletionPolicy = z
  .enum(['Retain', 'Stop', 'Purge'])
  .default('Retain')
  .describe(
    'What happens on the hosts when this object is deleted. Retain: everything keeps running, and an object applied again ' +
      'resumes. Stop: units are stopped and disabled, data stays. Purge: also the configuration goes, and data is ' +
      'moved aside; logs and unpacked software stay.',
  )

export const paused = z
  .boolean()
  .default(false)
  .describe('true: ironherd looks and reports, and does nothing to the hosts.')

export const planPolicy = z
  .enum(['Automatic', 'ApproveDisruptive', 'ApproveAll'])
  .default('Automatic')
  .describe(
    'What waits for your approval. Automatic: only what cannot be taken back, of risk destructive, which waits whatever stands ' +
      'here. ApproveDisruptive: everything for a member that would be restarted or stopped, or whose data would be touched; ' +
      'stopped members are started and files are mended without. ApproveAll: every step. What waits is shown in the ClusterPlan <kind in lower case>-<name of this object>; it runs when ' +
      'spec.approve there names its status.hash. Deleting this object is not asked about again.',
  )

export const version = worded(
  3,
  32,
  /^[0-9]+\.[0-9]+\.[0-9]+([-.+][A-Za-z0-9.]+)?$/,
  'three numbers with dots, as the project names its releases: 3.8.4',
)

export type Software = z.output<typeof software>
export type DataDirectory = z.output<typeof dataDirectory>
export type ExtraFile = z.output<typeof extraFiles>[number]
export type Logs = z.output<typeof logs>
export type Limits = z.output<typeof limits>
export type Jvm = z.output<ReturnType<typeof jvm>>
