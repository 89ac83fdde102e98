// Before the unit tests: looks are run on this machine, and minimal images have no machine-id before systemd is installed.
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const path = '/etc/machine-id'

/** Gives this machine an id where it has none, as systemd does at its first boot; throws with the remedy where that is not allowed. */
export default function ensureMachineId(): void {
  if (process.platform !== 'linux') return
  if (existsSync(path) && readFileSync(path, 'utf8').trim() !== '') return
  if (process.getuid?.() !== 0) {
    throw new Error(
      `${path} is missing or empty, and the tests look at this machine: run systemd-machine-id-setup as root`,
    )
  }
  writeFileSync(path, `${randomUUID().replaceAll('-', '')}\n`, { mode: 0o444 })
}
