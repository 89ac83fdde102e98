// Proof that a lab is gone: looks at the kernel itself, not at what the lab remembers of what it made.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { labDir } from './machine/places.ts'
import { must, run } from './machine/sh.ts'

export interface LabTraces {
  readonly processes: readonly string[]
  readonly mounts: readonly string[]
  readonly namespaces: readonly string[]
  readonly links: readonly string[]
  readonly firewallTables: readonly string[]
  readonly cgroups: readonly string[]
  readonly tracing: readonly string[]
  readonly files: readonly string[]
}

/** Whatever on this machine still carries the lab's name, or the number of its subnet. Every list is empty after `down`. */
export async function remainsOf(name: string, subnet: number): Promise<LabTraces> {
  const dir = labDir(name)
  const links = await must(['ip', '-o', 'link'])
  const tables = await run(['nft', 'list', 'tables'])
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  const bridge = `ihlab${String(subnet)}`
  return {
    processes: processesNaming([dir, `${name}-m`]),
    mounts: mounts.filter((line) => line.includes(`${dir}/`)),
    namespaces: namesIn('/run/netns').filter((entry) => entry.startsWith(`ironherd-${name}-`)),
    links: links.split('\n').filter((line) => new RegExp(`\\b(${bridge}|ihl${String(subnet)}m\\d+)[@:]`).test(line)),
    firewallTables: tables.stdout.split('\n').filter((line) => line.includes(`${bridge}_`)),
    cgroups: ['', 'systemd', 'unified']
      .map((each) => join('/sys/fs/cgroup', each, 'ironherd-lab', name))
      .filter((each) => existsSync(each)),
    tracing: namesIn('/sys/kernel/tracing/instances').filter((entry) => entry.startsWith(`ironherd_${name}_`)),
    files: existsSync(dir) ? [dir] : [],
  }
}

function namesIn(dir: string): readonly string[] {
  return existsSync(dir) ? readdirSync(dir) : []
}

function processesNaming(texts: readonly string[]): readonly string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return []
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      return texts.some((text) => line.includes(text)) ? [`${pid} ${line}`] : []
    } catch {
      return []
    }
  })
}
