import { z } from 'zod'
import { celRules, listMap } from './cel.ts'
import { accountName, text, worded } from './common.ts'

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
