// One host of the lab, as a test sees it: its power, its cable, and an eye inside that does not depend on sshd.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Outcome, run } from '../machine/sh.ts'
import { isRunning, powerOff, powerOn, untilRebooted, untilSshd } from './boot.ts'
import { guestInit } from './cgroup.ts'
import { rootOf } from './disk.ts'
import { addressOf, heal, type PartitionFrom, partition, type Subnet } from './network.ts'
import { startTrace, stopTrace, type TracedExec } from './trace.ts'

export interface LabHost {
  readonly name: string
  readonly address: string
  /** All of its public host keys as they are now, `ssh-ed25519 AAAA…`, without comments. */
  readonly hostKeys: readonly string[]
  /** Runs a bash command in the guest as root, through nsenter and never through sshd. Code 124: `timeoutMs` was over. */
  exec(command: string, options?: { readonly timeoutMs?: number; readonly stdin?: string }): Promise<Outcome>
  /** Pulls the plug: no process gets to do anything, peers get no farewell. */
  powerOff(): Promise<void>
  /** Resolves when sshd listens. */
  powerOn(): Promise<void>
  /** An orderly reboot; resolves when sshd listens again. */
  reboot(): Promise<void>
  isRunning(): Promise<boolean>
  /** Drops packets in both directions, existing connections included, until `heal`. Replaces an earlier partition. */
  partition(from: PartitionFrom): Promise<void>
  heal(): Promise<void>
  /** No new connections. Existing sessions live on, as they do on any host, unless `dropSessions`. */
  stopSshd(options?: { readonly dropSessions?: boolean }): Promise<void>
  startSshd(): Promise<void>
  /** As a reinstalled machine: new keys of every type, sshd restarted. Resolves to the new keys. */
  regenerateHostKeys(): Promise<readonly string[]>
  /** Puts a disk of this size over `path`, with what is there now. Before the service starts, or it keeps the old one open. */
  smallDisk(path: string, sizeMiB: number): Promise<void>
  /** Fills `path` to its last byte (a small disk is put there first, unless there is one): writes now fail with ENOSPC. */
  fillDisk(path: string, sizeMiB: number): Promise<void>
  /** Takes away what `fillDisk` filled with; the small disk stays. */
  freeDisk(path: string): Promise<void>
  /** Takes the small disk away, and with it whatever was written since it was put there. */
  restoreDisk(path: string): Promise<void>
  startTrace(): Promise<void>
  /** What the host executed since `startTrace`, oldest first. `exec` above is not part of it. */
  stopTrace(): Promise<readonly TracedExec[]>
}

const FILLER = '.lab-filler'

export function labHost(subnet: Subnet, name: string, baseRoot: string): LabHost {
  const { lab } = subnet

  function init(): number {
    const pid = guestInit(lab, name)
    if (pid === undefined) throw new Error(`${name}: is powered off`)
    return pid
  }

  async function exec(command: string, options: { timeoutMs?: number; stdin?: string } = {}): Promise<Outcome> {
    const enter = ['nsenter', '-t', String(init()), '-m', '-u', '-i', '-n', '-p', '-r', '-w']
    const environment = [
      'env',
      '-i',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOME=/root',
      'LANG=C.UTF-8',
    ]
    const { timeoutMs, stdin } = options
    // Killing nsenter would leave the command running in the guest: there, `timeout` kills it with all of its children.
    const limit = timeoutMs === undefined ? [] : ['timeout', '-s', 'KILL', String(timeoutMs / 1000)]
    const outcome = await run([...enter, ...environment, ...limit, '/bin/bash', '-c', command], {
      ...(stdin === undefined ? {} : { stdin }),
      ...(timeoutMs === undefined ? {} : { timeoutMs: timeoutMs + 2000 }),
    })
    return timeoutMs !== undefined && outcome.code === 137 ? { ...outcome, code: 124 } : outcome
  }

  async function mustExec(command: string): Promise<string> {
    const outcome = await exec(command)
    if (outcome.code !== 0) throw new Error(`${name}: ${command}: exit ${String(outcome.code)}\n${outcome.stderr}`)
    return outcome.stdout
  }

  async function smallDisk(path: string, sizeMiB: number): Promise<void> {
    const q = quote(path)
    await mustExec(`set -e; mkdir -p ${q}; new=$(mktemp -d)
      mount -t tmpfs -o size=${String(sizeMiB)}m,mode=$(stat -c %a ${q}) lab-small-disk "$new"
      chown --reference=${q} "$new"; cp -a ${q}/. "$new"/; mount --move "$new" ${q} 2>/dev/null || { mount --bind "$new" ${q}; umount -l "$new"; }
      rmdir "$new"`)
  }

  return {
    name,
    address: addressOf(subnet, name),
    get hostKeys() {
      return hostKeysOf(rootOf(lab, name))
    },
    exec,
    powerOff: () => powerOff(subnet, name),
    powerOn: () => powerOn(subnet, name),
    async reboot() {
      const before = init()
      await mustExec('systemctl reboot')
      await untilRebooted(subnet, name, before)
    },
    isRunning: () => Promise.resolve(isRunning(subnet, name)),
    partition: (from) => partition(subnet, name, from),
    heal: () => heal(subnet, name),
    async stopSshd(options = {}) {
      await mustExec('systemctl stop ssh')
      if (options.dropSessions === true) await mustExec('pkill -KILL -x sshd; true')
    },
    async startSshd() {
      await mustExec('systemctl start ssh')
      await untilSshd(subnet, name)
    },
    async regenerateHostKeys() {
      await mustExec('rm -f /etc/ssh/ssh_host_* && ssh-keygen -q -A && systemctl restart ssh')
      await untilSshd(subnet, name)
      return hostKeysOf(rootOf(lab, name))
    },
    smallDisk,
    async fillDisk(path, sizeMiB) {
      const isSmall = await exec(`findmnt -n -o SOURCE --mountpoint ${quote(path)} | grep -qx lab-small-disk`)
      if (isSmall.code !== 0) await smallDisk(path, sizeMiB)
      await exec(`cat /dev/zero > ${quote(`${path}/${FILLER}`)}`)
    },
    async freeDisk(path) {
      await mustExec(`rm -f ${quote(`${path}/${FILLER}`)}`)
    },
    async restoreDisk(path) {
      await mustExec(`umount -l ${quote(path)}`)
    },
    startTrace: () => startTrace(lab, name, baseRoot),
    stopTrace: () => stopTrace(lab, name),
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function hostKeysOf(root: string): readonly string[] {
  const dir = join(root, 'etc/ssh')
  const files = readdirSync(dir).filter((file) => /^ssh_host_.*_key\.pub$/.test(file))
  return files.sort().map((file) => readFileSync(join(dir, file), 'utf8').trim().split(' ').slice(0, 2).join(' '))
}
