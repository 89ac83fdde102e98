import { appendFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Severity } from './log.ts'

/** The files of `--log_dir`: one for each severity, begun with its first line, holding what is as severe or more. */
export class LogFiles {
  readonly #program: string
  readonly #directory: string
  readonly #paths = new Map<Severity, string>()

  constructor(program: string, directory: string) {
    this.#program = program
    this.#directory = directory
  }

  write(severities: readonly Severity[], line: string): void {
    for (const severity of severities) {
      try {
        appendFileSync(this.#pathOf(severity), line)
      } catch {
        // A full or missing log directory does not stop Mesos either.
      }
    }
  }

  #pathOf(severity: Severity): string {
    const known = this.#paths.get(severity)
    if (known !== undefined) return known
    const name = `${this.#program}.${hostname()}.${userInfo().username}.log.${severity}.${started()}.${process.pid}`
    const path = join(this.#directory, name)
    writeFileSync(path, `Running on machine: ${hostname()}\n`)
    this.#paths.set(severity, path)
    this.#link(severity, name)
    return path
  }

  #link(severity: Severity, name: string): void {
    const link = join(this.#directory, `${this.#program}.${severity}`)
    symlinkSync(name, `${link}.${process.pid}`)
    renameSync(`${link}.${process.pid}`, link)
  }
}

function started(): string {
  const now = new Date(Date.now() - process.uptime() * 1000).toISOString()
  return now.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
}
