// Power: booting a guest, cutting it off, and knowing which of the two it is.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, kill, startDetached } from '../machine/processes.ts'
import { waitFor } from '../machine/sh.ts'
import { pidFile, rememberedProcess, rememberProcess } from '../record.ts'
import { guestInit, hostGroups, killGroups, makeGroups, processesOf } from './cgroup.ts'
import { dataOf, hostDir, rootOf } from './disk.ts'
import { namespacePath, plugIn, type Subnet, silence, unplug } from './network.ts'

const BOOT_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 20_000

/**
 * Runs systemd-nspawn in the host's cgroup, again and again while it ends with 133, which is how it says "the guest asked for
 * a reboot". It waits for the cgroup to be empty before: processes that outlive their container would be a second machine
 * on the same disk.
 */
function supervisor(subnet: Subnet, host: string): string {
  const groups = hostGroups(subnet.lab, host)
  const nspawn = [
    'systemd-nspawn --keep-unit --register=no -q',
    `-D ${rootOf(subnet.lab, host)}`,
    `--network-namespace-path=${namespacePath(subnet, host)}`,
    `--machine=${subnet.lab}-${host} --hostname=${host}`,
    '--resolv-conf=off --timezone=off --link-journal=no',
    '--capability=CAP_NET_ADMIN',
    `--bind=${dataOf(subnet.lab, host)}:/data`,
    '--console=pipe -b',
  ].join(' ')
  return `#!/bin/bash
groups=(${groups.join(' ')})
while :; do
  (
    for group in "\${groups[@]}"; do echo $BASHPID > "$group/cgroup.procs"; done
    exec ${nspawn} < /dev/null
  )
  code=$?
  echo "supervisor: the guest ended with $code"
  [ $code = 133 ] || exit $code
  for group in "\${groups[@]}"; do
    for try in {1..200}; do
      [ -z "$(find "$group" -name cgroup.procs -exec cat {} + 2>/dev/null)" ] && break
      sleep 0.05
    done
  done
done
`
}

export async function powerOn(subnet: Subnet, host: string): Promise<void> {
  if (isRunning(subnet, host)) return
  const left = processesOf(subnet.lab, host)
  if (left.length > 0) throw new Error(`${host}: ${String(left.length)} processes of its last run are still there`)
  makeGroups(subnet.lab, host)
  if (!existsSync(namespacePath(subnet, host))) await plugIn(subnet, host)
  const script = join(hostDir(subnet.lab, host), 'supervisor.sh')
  await writeFile(script, supervisor(subnet, host), { mode: 0o755 })
  const console = join(hostDir(subnet.lab, host), 'console.log')
  rememberProcess(subnet.lab, host, startDetached(['/bin/bash', script], console))
  await untilSshd(subnet, host)
}

/** Waits until sshd listens and lets users in, seen from inside: a partitioned host boots too. */
export async function untilSshd(subnet: Subnet, host: string): Promise<void> {
  await waitFor(`${host}: sshd`, () => listensOn22(subnet, host), BOOT_TIMEOUT_MS)
}

/** The kernel's own table of the guest's namespace: no process has to be started in there to look at it. */
function listensOn22(subnet: Subnet, host: string): boolean {
  const init = guestInit(subnet.lab, host)
  if (init === undefined) {
    const id = rememberedProcess(subnet.lab, host)
    if (id !== undefined && !isAlive(id)) throw new Error(`${host}: did not boot\n${consoleOf(subnet, host)}`)
    return false
  }
  try {
    // sshd listens a moment before the boot is far enough for anybody but root to log in.
    if (existsSync(`/proc/${String(init)}/root/run/nologin`)) return false
    return /^\s*\d+: [0-9A-F]+:0016 [0-9A-F]+:0000 0A/m.test(readFileSync(`/proc/${String(init)}/net/tcp`, 'utf8'))
  } catch {
    return false
  }
}

function consoleOf(subnet: Subnet, host: string): string {
  return readFileSync(join(hostDir(subnet.lab, host), 'console.log'), 'utf8').slice(-2000)
}

export function isRunning(subnet: Subnet, host: string): boolean {
  return guestInit(subnet.lab, host) !== undefined
}

/** Pulls the plug. The kernel is shared, so what the guest wrote and did not sync survives: real power loss it is not. */
export async function powerOff(subnet: Subnet, host: string): Promise<void> {
  await silence(subnet, host)
  const id = rememberedProcess(subnet.lab, host)
  if (id !== undefined) kill(id)
  if (existsSync(hostGroups(subnet.lab, host)[0] ?? '')) {
    killGroups(subnet.lab, host)
    await waitFor(
      `${host}: the end of its processes`,
      () => {
        const left = processesOf(subnet.lab, host)
        // A process that was forked while the group was killed is caught by the next look.
        if (left.length > 0) killGroups(subnet.lab, host)
        return left.length === 0
      },
      STOP_TIMEOUT_MS,
    )
  }
  await unplug(subnet, host)
  rmSync(pidFile(subnet.lab, host), { force: true })
}

/** An orderly reboot, asked for from inside. */
export async function untilRebooted(subnet: Subnet, host: string, before: number): Promise<void> {
  await waitFor(`${host}: the end of its old system`, () => guestInit(subnet.lab, host) !== before, BOOT_TIMEOUT_MS)
  await untilSshd(subnet, host)
}
