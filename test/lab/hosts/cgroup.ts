// Each host boots inside a cgroup of its own; without it all hosts share one, units of one name collide, and there is nothing
// by which to find, or to kill, exactly the processes of one host.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = '/sys/fs/cgroup'
const LAB = 'ironherd-lab'

/** The hierarchies that systemd in a guest uses: hybrid (`systemd` and `unified`), the old one, or version 2 alone. */
function hierarchies(): readonly string[] {
  const hybrid = ['systemd', 'unified'].map((name) => join(ROOT, name)).filter((dir) => existsSync(dir))
  return hybrid.length > 0 ? hybrid : [ROOT]
}

export function hostGroups(lab: string, host: string): readonly string[] {
  return hierarchies().map((dir) => join(dir, LAB, lab, host))
}

export function makeGroups(lab: string, host: string): readonly string[] {
  const groups = hostGroups(lab, host)
  for (const group of groups) mkdirSync(group, { recursive: true })
  return groups
}

/** Every process in the host's cgroups, by its id as this machine sees it. */
export function processesOf(lab: string, host: string): readonly number[] {
  return [...new Set(hostGroups(lab, host).flatMap(processesUnder))]
}

function processesUnder(group: string): readonly number[] {
  let here: readonly number[]
  let below: readonly string[]
  try {
    here = readFileSync(join(group, 'cgroup.procs'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map(Number)
    below = readdirSync(group, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  } catch {
    // The group went away while we looked: a unit of the guest ended.
    return []
  }
  return [...here, ...below.flatMap((name) => processesUnder(join(group, name)))]
}

/** The process that is 1 inside the guest, if the guest runs. */
export function guestInit(lab: string, host: string): number | undefined {
  return processesOf(lab, host).find((pid) => {
    try {
      const ids = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]?.split(/\s+/) ?? []
      return ids.length > 1 && ids.at(-1) === '1'
    } catch {
      return false
    }
  })
}

/** As pulling the plug: every process of the host dies at once, the container's manager included. */
export function killGroups(lab: string, host: string): void {
  for (const group of hostGroups(lab, host)) {
    const file = join(group, 'cgroup.kill')
    if (existsSync(file)) {
      writeFileSync(file, '1')
      return
    }
  }
  for (const pid of processesOf(lab, host)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Already gone.
    }
  }
}

export function removeGroups(lab: string): void {
  for (const dir of hierarchies()) {
    removeTree(join(dir, LAB, lab))
    try {
      rmdirSync(join(dir, LAB))
    } catch {
      // Another lab runs, or there was none.
    }
  }
}

function removeTree(group: string): void {
  if (!existsSync(group)) return
  for (const entry of readdirSync(group, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(group, entry.name))
  try {
    rmdirSync(group)
  } catch {
    // A process is still in it; the caller's next look will say so.
  }
}
