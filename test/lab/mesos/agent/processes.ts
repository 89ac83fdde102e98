import { readdirSync, readFileSync } from 'node:fs'

/** What /proc says of a process. */
export interface Process {
  readonly pid: number
  readonly parent: number
  readonly session: number
  /** A zombie has ended. */
  readonly ended: boolean
  /** Clock ticks of 10 ms. */
  readonly userTicks: number
  readonly systemTicks: number
  readonly residentPages: number
}

export function processOf(pid: number): Process | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name stands in parentheses and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const field = (number: number): number => Number(fields[number - 3])
    return {
      pid,
      parent: field(4),
      session: field(6),
      ended: fields[0] === 'Z' || fields[0] === 'X',
      userTicks: field(14),
      systemTicks: field(15),
      residentPages: field(24),
    }
  } catch {
    return undefined
  }
}

export function isAlive(pid: number): boolean {
  return processOf(pid)?.ended === false
}

/** The process, its descendants, and all who share a session with one of them. */
export function treeOf(pid: number): readonly Process[] {
  const all = allProcesses()
  const found = new Map<number, Process>()
  const sessions = new Set<number>([pid])
  for (let grown = true; grown; ) {
    grown = false
    for (const each of all) {
      const belongs = each.pid === pid || found.has(each.parent) || sessions.has(each.session)
      if (!belongs || found.has(each.pid)) continue
      found.set(each.pid, each)
      sessions.add(each.session)
      grown = true
    }
  }
  return [...found.values()]
}

/** As libprocess' killtree with sessions: nobody of the tree is left. A process that shares a session with us stays. */
export function killTree(pid: number): void {
  const own = processOf(process.pid)?.session
  for (const each of treeOf(pid)) {
    if (each.session !== own && each.pid !== process.pid) signal(each.pid, 'SIGKILL')
  }
}

/** Everything that was started with this variable: what a cgroup holds for the real linux launcher. */
export function killMarked(variable: string): void {
  for (const { pid } of allProcesses()) {
    if (environmentOf(pid).includes(variable)) signal(pid, 'SIGKILL')
  }
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It is gone already, which is what was wanted.
  }
}

function allProcesses(): readonly Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processOf(Number(name)) ?? [])
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    return []
  }
}
