// What the hosts themselves record, read past ironherd and past sshd: which process of which unit runs since when, and
// which files changed when.
import type { Lab } from '../lab/index.ts'

export interface UnitRecord {
  readonly host: string
  readonly unit: string
  readonly active: string
  readonly pid: number
  /** systemd's own monotonic start time of the main process, µs; 0: never started since boot. */
  readonly startedAt: number
  /** Automatic restarts by systemd since the unit was last started by a command. */
  readonly restarts: number
  readonly bootId: string
}

const properties = 'Id,ActiveState,MainPID,ExecMainStartTimestampMonotonic,NRestarts'

/** Every unit of ironherd on every host that is switched on. */
export async function unitRecords(lab: Lab): Promise<readonly UnitRecord[]> {
  const perHost = await Promise.all(
    lab.hosts.map(async (host) => {
      if (!(await host.isRunning())) return []
      const script = `cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1 2>/dev/null
        units=$(cd /usr/local/lib/systemd/system 2>/dev/null && ls -1 ironherd-*.service 2>/dev/null) || exit 0
        [ -z "$units" ] || systemctl show -p ${properties} -- $units`
      const { stdout } = await host.exec(script, { timeoutMs: 20_000 })
      const [boot = '', guestStart = '', ...rest] = stdout.split('\n')
      return rest
        .join('\n')
        .split('\n\n')
        .map(
          (block) =>
            new Map(
              block.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
            ),
        )
        .filter((fields) => fields.has('Id'))
        .map(
          (fields): UnitRecord => ({
            host: host.name,
            unit: fields.get('Id') ?? '',
            active: fields.get('ActiveState') ?? '',
            pid: Number(fields.get('MainPID') ?? 0),
            startedAt: Number(fields.get('ExecMainStartTimestampMonotonic') ?? 0),
            restarts: Number(fields.get('NRestarts') ?? 0),
            bootId: `${boot} ${guestStart}`,
          }),
        )
    }),
  )
  return perHost.flat()
}

/** Units whose process is not the one it was: restarted, stopped, started, or gone. */
export function changedUnits(before: readonly UnitRecord[], after: readonly UnitRecord[]): readonly string[] {
  const name = (record: UnitRecord): string => `${record.host} ${record.unit}`
  const was = new Map(before.map((record) => [name(record), record]))
  const is = new Map(after.map((record) => [name(record), record]))
  return [...new Set([...was.keys(), ...is.keys()])].filter((key) => {
    // One that does not exist has no process either; its file is among the files.
    const { pid: a, startedAt: since } = was.get(key) ?? { pid: 0, startedAt: 0 }
    const { pid: b, startedAt: now } = is.get(key) ?? { pid: 0, startedAt: 0 }
    return a !== b || since !== now
  })
}

/**
 * Change times of everything that only a mutating command changes: configuration, software, units, ironherd's own state
 * (but for nothing: a settled pass writes not even there). Left out by name: data and logs of the services. Of hosts that are off
 * nothing is known.
 */
export async function changeTimes(lab: Lab): Promise<ReadonlyMap<string, string>> {
  const places = [
    '/etc',
    '/opt',
    '/usr/local/lib/systemd',
    '/run/systemd/system',
    '/run/systemd/transient',
    '/var/lib/ironherd',
    '/run/ironherd',
  ]
  const entries = await Promise.all(
    lab.hosts.map(async (host) => {
      if (!(await host.isRunning())) return []
      const { stdout } = await host.exec(
        `find ${places.join(' ')} -printf '%p\\t%C@\\t%i\\n' 2>/dev/null | LC_ALL=C sort`,
        { timeoutMs: 60_000 },
      )
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line): readonly [string, string] => [
          `${host.name}:${line.slice(0, line.indexOf('\t'))}`,
          line.slice(line.indexOf('\t') + 1),
        ])
    }),
  )
  return new Map(entries.flat())
}

export function changedFiles(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).sort()
}

/** Programs that change a host. A look runs none of them; what a service runs by itself is known by its parent's files. */
const mutating =
  /(^|\/)(systemctl (start|stop|restart|kill|enable|disable|mask|unmask|daemon-reload|reset-failed)|systemd-run|mv|rm|cp|ln|tee|install|mkdir|chown|chmod|useradd|groupadd|apt-get|dpkg|tar)( |$)/

/**
 * Traces all hosts that are switched on, in their kernel. The function that it returns ends the traces and gives the
 * command lines of programs that change a host, each with the host before it: whoever ran them, but for `exec` of the lab.
 */
export async function traceMutations(lab: Lab): Promise<() => Promise<readonly string[]>> {
  const all = await Promise.all(lab.hosts.map(async (host) => ({ host, on: await host.isRunning() })))
  const hosts = all.filter(({ on }) => on).map(({ host }) => host)
  await Promise.all(hosts.map((host) => host.startTrace()))
  return async () => {
    const ended = hosts.map(async (host) => ({ host, execs: await host.stopTrace() }))
    return (await Promise.all(ended)).flatMap(({ host, execs }) =>
      execs
        .map(({ argv }) => argv.join(' '))
        .filter((line) => mutating.test(line))
        .map((line) => `${host.name}: ran ${line}`),
    )
  }
}

/** The one unit of a host whose name contains `part`, e.g. `zookeeper` or `spark-master`. */
export async function unitOn(lab: Lab, host: string, part: string): Promise<string> {
  const { stdout } = await lab.host(host).exec(`ls -1 /usr/local/lib/systemd/system | grep -F -- ${part}`)
  const units = stdout.trim().split('\n')
  if (units.length !== 1 || units[0] === '' || units[0] === undefined)
    throw new Error(`${host}: units with ${part}: ${stdout}`)
  return units[0]
}

/** `time host member verb` of every step that is done, oldest first. */
export async function doneSteps(lab: Lab): Promise<readonly string[]> {
  const all = await Promise.all(
    lab.hosts.map(async (host) => {
      if (!(await host.isRunning())) return []
      const { stdout } = await host.exec(
        "awk -F'\\t' '$3 == \"done\" { print $1, $5, $6 }' /var/lib/ironherd/journal 2>/dev/null; true",
      )
      return stdout
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.replace(' ', ` ${host.name} `))
    }),
  )
  return all.flat().sort()
}
