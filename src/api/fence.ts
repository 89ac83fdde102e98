import { z } from 'zod'
import { celRules } from './cel.ts'
import { keyRef, objectName, text } from './common.ts'

/** How a machine that does not answer is proven off: by a command on another one. */
export const fence = z
  .object({
    host: objectName.describe(
      'Another Host of the namespace, on whose machine the command is run, as root. Never inside ironherd. Its machine is ' +
        'kept for it while it runs: steps for members there wait so long.',
    ),
    command: z
      .array(text(1024).min(1))
      .min(1)
      .max(64)
      .meta(
        celRules({
          rule: "self[0].startsWith('/')",
          message: 'the first word is the absolute path of a program on that host',
        }),
      )
      .describe(
        'The program by its absolute path, and its arguments, each handed over as it stands: no shell reads them. Exit 0 says ' +
          'that the machine is off, or cut off from its power, now and until a person starts it: for instance fence_ipmilan with ' +
          '--action=off, never a reboot. Anything else, and no end within timeoutSeconds, proves nothing. It must do no harm when the ' +
          'machine is off already. Its words are seen in the process list of that host: give secrets by stdinSecretRef.',
      ),
    stdinSecretRef: keyRef
      .optional()
      .describe(
        'Secret whose value is the standard input of the command (fence agents read key=value lines there, such as ' +
          "password=…). It is sent through the SSH session and stands in no process list, file, log or status; the command's output " +
          'is then thrown away, since it might hold it. Without it the standard input is empty.',
      ),
    timeoutSeconds: z.int().min(1).max(300).default(60).describe('The command is killed after so long.'),
    afterSeconds: z
      .int()
      .min(5)
      .max(86400)
      .default(60)
      .describe(
        'The machine must have been out of reach for so long without a break, as seen by one ironherd process.',
      ),
  })
  .describe(
    'How ironherd proves this machine off when it cannot be reached. It is run in two cases, and once in each outage: a server of a ' +
      'living cluster is declared on another host instead and waits for that proof, and no object declares anything on this one any ' +
      'more; or a NameNode may not take over from the one here (fencing.fallback: Block), and every cluster with something here works ' +
      'without this machine, by its own last word. When it succeeds the machine counts as lifecycle: Lost until it is seen again; condition Fenced says so. ' +
      'Start it again only while ironherd runs and can reach it: what moved away is then stopped there first.',
  )
