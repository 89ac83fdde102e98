import type { DestinationStream, Logger } from 'pino'
import { pino, stdSerializers } from 'pino'
import { redacted, scrub, scrubText } from './scrub.ts'

export type { Logger } from 'pino'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** JSON lines on `destination` (default: standard error, since commands print their results on standard output). */
export function createLogger(level: LogLevel, destination: DestinationStream = pino.destination(2)): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        // Scrubbing by value and not by pino's paths: a secret must not get out because an object was nested deeper.
        log: (fields) => scrub(fields) as Record<string, unknown>,
        bindings: (fields) => scrub(fields) as Record<string, unknown>,
      },
      serializers: { err: (error: unknown) => scrub(error instanceof Error ? stdSerializers.err(error) : error) },
      // For the fixed fields of child loggers, which the formatters above do not see.
      redact: { paths: ['privateKey', '*.privateKey', 'secrets', '*.secrets'], censor: redacted },
      hooks: {
        logMethod(args, method) {
          const [first, ...rest]: readonly unknown[] = args
          // pino takes the message of a bare error as the line's message, unscrubbed.
          const clean = first instanceof Error ? [{ err: first }, scrubText(first.message)] : [first, ...rest]
          method.apply(this, clean as typeof args)
        },
        // The last net: no private key leaves in whatever way it came into the line.
        streamWrite: scrubText,
      },
    },
    destination,
  )
}
