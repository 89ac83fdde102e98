// Which programs a host executes, with their arguments, seen from outside: for tests that say "and nothing else was run".
//
// Seen to work (kernel 6.18 without kprobes): a tracefs instance per host, filtered by the host's processes and their
// children (`set_event_pid`, `event-fork`), with two events: a uprobe on the C library's `execve`, which has the arguments,
// and `sched:sched_process_exec`, which says that the attempt succeeded. All hosts share the base's C library file, so one
// uprobe serves them all. Not possible there: event probes on `syscalls:sys_enter_execve` (EINVAL without kprobes). Not used:
// strace, which stops every system call of the guest, and the proc connector, which tells no arguments of short-lived ones.
// A program that calls the kernel without the C library is still listed, with its file as only argument.
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '../machine/sh.ts'
import { processesOf } from './cgroup.ts'

export interface TracedExec {
  /** Milliseconds since 1970. */
  readonly time: number
  /** As this machine numbers it, not the guest. */
  readonly pid: number
  readonly file: string
  /** At most 24 arguments, each as far as the kernel copies it. */
  readonly argv: readonly string[]
}

const ARGUMENTS = 24
const TRACEFS = '/sys/kernel/tracing'
const BUFFER_KB_PER_CPU = 8192

function instanceOf(lab: string, host: string): string {
  return join(TRACEFS, 'instances', `ironherd_${lab}_${host}`)
}

function probeOf(lab: string): string {
  return `ironherd_lab/exec_${lab.replaceAll('-', '_')}`
}

async function mountTracefs(): Promise<void> {
  const stands = (): boolean => existsSync(join(TRACEFS, 'instances'))
  if (stands()) return
  await must(['mount', '-t', 'tracefs', 'tracefs', TRACEFS]).catch((error: unknown) => {
    // Another host's trace, started at the same moment, was first.
    if (!stands()) throw error
  })
}

/** The uprobe is by file, and overlays show the file of the base: `baseRoot` is the lowest layer of the hosts' disks. */
async function defineProbe(lab: string, baseRoot: string): Promise<void> {
  const probe = probeOf(lab)
  const known = await readFile(join(TRACEFS, 'uprobe_events'), 'utf8')
  if (known.includes(`p:${probe} `)) return
  const { library, offset } = await execveIn(baseRoot)
  const register = process.arch === 'arm64' ? '%x1' : '%si'
  const args = Array.from(
    { length: ARGUMENTS },
    (_, at) => `a${String(at)}=+0(+${String(at * 8)}(${register})):ustring`,
  )
  const defined = appendFile(
    join(TRACEFS, 'uprobe_events'),
    `p:${probe} ${library}:0x${offset.toString(16)} ${args.join(' ')}\n`,
  )
  await defined.catch(async (error: unknown) => {
    // Another host's trace, started at the same moment, was first.
    const now = await readFile(join(TRACEFS, 'uprobe_events'), 'utf8')
    if (!now.includes(`p:${probe} `)) throw error
  })
}

async function execveIn(baseRoot: string): Promise<{ library: string; offset: number }> {
  const found = await must(['bash', '-c', 'ls "$1"/usr/lib/*-linux-gnu/libc.so.6', '-', baseRoot])
  const library = found.trim()
  const symbols = await must(['readelf', '-W', '--dyn-syms', library])
  const address = /^\s*\d+: ([0-9a-f]+)\s+\d+ FUNC .* execve@/m.exec(symbols)?.[1]
  if (address === undefined) throw new Error(`${library}: no execve`)
  const at = Number.parseInt(address, 16)
  // A uprobe wants the place in the file, the symbol table has the one in memory: the segment that holds it knows both.
  for (const segment of (await must(['readelf', '-W', '-l', library])).matchAll(
    /LOAD\s+0x([0-9a-f]+) 0x([0-9a-f]+) 0x[0-9a-f]+ 0x([0-9a-f]+)/g,
  )) {
    const [fileAt, memoryAt, size] = segment.slice(1).map((text) => Number.parseInt(text, 16))
    if (fileAt === undefined || memoryAt === undefined || size === undefined) continue
    if (at >= memoryAt && at < memoryAt + size) return { library, offset: at - memoryAt + fileAt }
  }
  throw new Error(`${library}: execve is in no segment`)
}

export async function startTrace(lab: string, host: string, baseRoot: string): Promise<void> {
  await mountTracefs()
  await defineProbe(lab, baseRoot)
  const instance = instanceOf(lab, host)
  if (existsSync(instance)) throw new Error(`${host}: is being traced already`)
  await mkdir(instance)
  const set = (file: string, value: string): Promise<void> => writeFile(join(instance, file), value)
  await set('buffer_size_kb', String(BUFFER_KB_PER_CPU))
  await set('trace_clock', 'mono')
  await set('options/event-fork', '1')
  // In two looks: what was forked between the first look and its filter is found by the second.
  for (let look = 0; look < 2; look += 1) {
    for (const pid of processesOf(lab, host)) await appendFile(join(instance, 'set_event_pid'), `${String(pid)}\n`)
  }
  await set(`events/${probeOf(lab)}/enable`, '1')
  await set('events/sched/sched_process_exec/enable', '1')
}

export async function stopTrace(lab: string, host: string): Promise<readonly TracedExec[]> {
  const instance = instanceOf(lab, host)
  if (!existsSync(instance)) throw new Error(`${host}: is not being traced`)
  await writeFile(join(instance, 'tracing_on'), '0')
  const text = await readFile(join(instance, 'trace'), 'utf8')
  const lost = await lostIn(instance)
  await removeInstance(lab, instance)
  if (lost > 0) throw new Error(`${host}: its trace has lost ${String(lost)} events: trace for a shorter time`)
  const [seconds = '0', fraction = '0'] = (await readFile('/proc/uptime', 'utf8')).split(' ')[0]?.split('.') ?? []
  // The trace's clock counts since boot, in seconds; uptime does too (a machine that slept is not a lab).
  const bootedAt = Date.now() - Number(`${seconds}.${fraction}`) * 1000
  return parseTrace(text, probeOf(lab).split('/')[1] ?? '', bootedAt)
}

/** Events that found no room any more, and whose place later ones took. */
async function lostIn(instance: string): Promise<number> {
  const cpus = await readdir(join(instance, 'per_cpu'))
  const texts = await Promise.all(cpus.map((cpu) => readFile(join(instance, 'per_cpu', cpu, 'stats'), 'utf8')))
  const counts = texts.flatMap((text) => [...text.matchAll(/^(?:overrun|dropped events): (\d+)$/gm)])
  return counts.reduce((sum, [, count]) => sum + Number(count), 0)
}

/** Pure: the kernel's text to what was executed. An argument may hold line breaks, so a record ends where the next begins. */
export function parseTrace(text: string, probe: string, bootedAt: number): readonly TracedExec[] {
  const start = /^\s*.+-(\d+)\s+\[\d+\]\s+\S+\s+(\d+\.\d+): (\w+): /
  const records: { pid: number; at: number; event: string; body: string }[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue
    const head = start.exec(line)
    const last = records.at(-1)
    if (head !== null) {
      records.push({
        pid: Number(head[1]),
        at: Number(head[2]),
        event: head[3] ?? '',
        body: line.slice(head[0].length),
      })
    } else if (last !== undefined) {
      last.body += `\n${line}`
    }
  }
  const attempts = new Map<number, readonly string[]>()
  const executed: TracedExec[] = []
  for (const { pid, at, event, body } of records) {
    if (event === probe) attempts.set(pid, argumentsIn(body))
    if (event !== 'sched_process_exec') continue
    const file = /^filename=(.*) pid=\d+ old_pid=\d+/s.exec(body)?.[1] ?? ''
    // A thread that executes becomes its process: the attempt was made under the old id.
    const before = Number(/old_pid=(\d+)/.exec(body)?.[1] ?? pid)
    executed.push({ time: bootedAt + at * 1000, pid, file, argv: attempts.get(before) ?? attempts.get(pid) ?? [file] })
    attempts.delete(before)
    attempts.delete(pid)
  }
  return executed
}

/** `(0x…) a0="ls" a1="-l" a2=(fault) …`: the list ends at its null pointer, which reads as a fault. */
function argumentsIn(body: string): readonly string[] {
  const argv: string[] = []
  let rest = body.slice(body.indexOf(' a0=') + 1)
  for (let at = 0; at < ARGUMENTS && rest.startsWith(`a${String(at)}="`); at += 1) {
    rest = rest.slice(`a${String(at)}="`.length)
    const next = at + 1 < ARGUMENTS ? rest.search(new RegExp(`" a${String(at + 1)}=["(]`)) : rest.lastIndexOf('"')
    if (next < 0) return [...argv, rest]
    argv.push(rest.slice(0, next))
    rest = rest.slice(next + 2)
  }
  return argv
}

async function removeInstance(lab: string, instance: string): Promise<void> {
  await writeFile(join(instance, `events/${probeOf(lab)}/enable`), '0').catch(() => undefined)
  await writeFile(join(instance, 'events/enable'), '0').catch(() => undefined)
  await rmdir(instance)
}

export async function removeTraces(lab: string, hosts: readonly string[]): Promise<void> {
  if (!existsSync(join(TRACEFS, 'instances'))) return
  for (const host of hosts) {
    const instance = instanceOf(lab, host)
    if (existsSync(instance)) await removeInstance(lab, instance)
  }
  const known = await readFile(join(TRACEFS, 'uprobe_events'), 'utf8')
  if (known.includes(`p:${probeOf(lab)} `)) await appendFile(join(TRACEFS, 'uprobe_events'), `-:${probeOf(lab)}\n`)
}
