import { formatPid, parsePid } from '../common/pid.ts'
import type { Libprocess } from '../common/process.ts'

/** One-way messages between processes, which may be lost, late or repeated. Tests have their own. */
export interface Transport {
  /** Of this OS process: `ip:port`. */
  readonly address: string
  /** `from` is the id of a process here, `to` is `id@ip:port`. */
  send(from: string, to: string, message: string, body: unknown): void
  receive(process: string, message: string, handler: (from: string, body: unknown) => void): void
}

/** The own replica answers before all others, as within one process of Mesos: that decides c-failures/65. */
export function overLibprocess(libprocess: Libprocess): Transport {
  return {
    address: `${libprocess.ip}:${libprocess.port}`,
    send: (from, to, message, body) => libprocess.send(from, parsePid(to), message, body),
    receive: (process, message, handler) =>
      libprocess.receive(process, message, (from, body) => handler(formatPid(from), body)),
  }
}
