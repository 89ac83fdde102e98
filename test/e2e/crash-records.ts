// What is left of a history of crashes, read from the hosts' disks, from systemd's own log and from kubectl; and the judgement of it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { World } from '../world/world.ts'
import { zkCli } from './scenarios.ts'

/** Everything that must be the same in the end, as `what: how it is`. */
export type Ending = ReadonlyMap<string, string>

export interface Started {
  readonly host: string
  readonly unit: string
  /** ms since the epoch, by the host's log. */
  readonly at: number
}

export interface JournalLine {
  readonly host: string
  readonly at: number
  readonly epoch: number
  readonly phase: string
  readonly member: string
  readonly verb: string
  readonly step: string
}

/** What the hosts recorded of what was done, oldest first. */
export interface Deeds {
  readonly started: readonly Started[]
  /** Starts by systemd itself, of a process that had ended. */
  readonly automatic: readonly Started[]
  readonly journal: readonly JournalLine[]
}

/** `$1` is the beginning of the lab's addresses and `$3` the uids of the objects, which no two labs share, `$2` what is asked of each file of software. */
const endingScript = `
cd /
uids=$3
same() { sed -E -e "s/$1/NET/g" -e "s/$uids/UID/g" -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+[+-][0-9]{4}/TIME/g' -- "$2" | sha256sum | cut -c 1-16; }
find /etc/ironherd /usr/local/lib/systemd/system /var/lib/ironherd/members -printf '%y %m %u:%g %p\\n' 2>/dev/null | while IFS=' ' read -r kind mode owner path; do
  sum=; [ "$kind" != f ] || sum=$(same "$1" "$path")
  printf '%s\\t%s\\n' "$path" "$kind $mode $owner $sum"
done
# Names and rights only: the content are times, addresses and digests of what is compared here already, or the data itself.
find /var/lib/ironherd/software /var/lib/ironherd/store /data -maxdepth 2 -printf '%p\\t%y %m %u:%g\\n' 2>/dev/null
find /opt/ironherd -mindepth 1 -maxdepth 1 2>/dev/null | while IFS= read -r tree; do
  printf '%s\\t%s\\n' "$tree" "$(cd "$tree" && { find . -printf '%y %m %u:%g %p\\n' | LC_ALL=C sort; find . -type f -print0 | LC_ALL=C sort -z | xargs -0 $2; } | sha256sum | cut -c 1-16)"
done
find /data /etc /opt /var/lib -maxdepth 3 -name '*.aside-*' -printf '%p\\tmoved aside\\n' 2>/dev/null
units=$(cd /usr/local/lib/systemd/system 2>/dev/null && ls -1 ironherd-*.service 2>/dev/null)
[ -z "$units" ] || systemctl show -p Id,ActiveState,UnitFileState,NeedDaemonReload -- $units | awk -F= '/^$/ { flush() } { f[$1] = $2 } END { flush() } function flush() { if (f["Id"] != "") printf "unit %s\\t%s %s %s\\n", f["Id"], f["ActiveState"], f["UnitFileState"], f["NeedDaemonReload"]; delete f }'
`

/** Kind and name of each cluster that a history is about. */
export type Clusters = readonly (readonly [kind: string, name: string])[]

export const house: Clusters = [
  ['zookeepercluster', 'zk'],
  ['sparkcluster', 'analytics'],
]

/** `whole`: software by its bytes, else by its sizes, which takes a tenth of the time. */
export async function endingOf(world: World, whole: boolean, clusters: Clusters = house): Promise<Ending> {
  const net = world.lab.gateway.replace(/\d+$/, '').replaceAll('.', '\\.')
  const declared = await Promise.all(clusters.map(([kind, name]) => world.get(kind, name)))
  const uids = declared.flatMap((object) => object?.metadata.uid ?? []).join('|')
  const perHost = await Promise.all(
    world.lab.hosts.map(async (host) => {
      const { code, stderr, stdout } = await host.exec(
        `ending() {\n${endingScript}\n}; ending '${net}' ${whole ? 'sha256sum' : "'stat -c %s:%n'"} '${uids}'`,
        { timeoutMs: 300_000 },
      )
      if (code !== 0) throw new Error(`${host.name}: what is left could not be read: ${stderr.slice(-500)}`)
      return stdout
        .split('\n')
        .filter((line) => line.includes('\t'))
        .map((line): readonly [string, string] => {
          const [what = '', how = ''] = line.split('\t')
          return [`${host.name} ${what}`, how]
        })
    }),
  )
  const objects = [...clusters, ...world.lab.hosts.map(({ name }) => ['host', name] as const)] as const
  const shown = await Promise.all(
    objects.map(async ([kind, name]) => {
      const object = await world.get(kind, name)
      const { conditions = [], members, observedGeneration } = object?.status ?? {}
      const current = observedGeneration === object?.metadata.generation ? 'current' : 'of an older generation'
      return [
        [`${kind}/${name}`, `${JSON.stringify(members ?? {})} ${current}`],
        ...conditions.map(({ type, status, reason }) => [`${kind}/${name} ${type}`, `${status} ${reason}`]),
      ].map(([what = '', how = '']): readonly [string, string] => [what, how])
    }),
  )
  return new Map([...perHost, ...shown].flat())
}

export function differences(wanted: Ending, found: Ending): readonly string[] {
  const all = [...new Set([...wanted.keys(), ...found.keys()])].sort()
  return all
    .filter((what) => wanted.get(what) !== found.get(what))
    .map((what) => `${what}: ${found.get(what) ?? 'missing'}, undisturbed ${wanted.get(what) ?? 'missing'}`)
}

// systemd's catalogue: a unit has started; a restart was scheduled because its process had ended.
const deedsScript = `
for id in 39f53479d3a045ac8e11786248231fbf 5eb03494b6584870a536b337290809b3; do
  journalctl -q --no-pager -o json --output-fields=UNIT,MESSAGE_ID MESSAGE_ID=$id | grep -F '"ironherd-'
done
sed 's/^/@/' /var/lib/ironherd/journal 2>/dev/null; true`

export async function deedsOf(world: World): Promise<Deeds> {
  const started: Started[] = []
  const automatic: Started[] = []
  const journal: JournalLine[] = []
  await Promise.all(
    world.lab.hosts.map(async (host) => {
      const { stdout } = await host.exec(deedsScript, { timeoutMs: 30_000 })
      for (const line of stdout.split('\n')) {
        if (line.startsWith('{')) {
          const { UNIT, MESSAGE_ID, __REALTIME_TIMESTAMP } = JSON.parse(line) as Readonly<Record<string, string>>
          const record = { host: host.name, unit: UNIT ?? '', at: Number(__REALTIME_TIMESTAMP) / 1000 }
          if (MESSAGE_ID?.startsWith('39') === true) started.push(record)
          else automatic.push(record)
        } else if (line.startsWith('@')) {
          const [at, epoch, phase = '', , member = '', verb = '', step = ''] = line.slice(1).split('\t')
          journal.push({ host: host.name, at: Number(at), epoch: Number(epoch), phase, member, verb, step })
        }
      }
    }),
  )
  const oldestFirst = (a: { readonly at: number }, b: { readonly at: number }): number => a.at - b.at
  started.sort(oldestFirst)
  automatic.sort(oldestFirst)
  journal.sort(oldestFirst)
  return { started, automatic, journal }
}

/** How often each unit was started by a command, as `host unit`. */
export function startsOf({ started, automatic }: Deeds): ReadonlyMap<string, number> {
  const count = new Map<string, number>()
  for (const { host, unit } of started) count.set(`${host} ${unit}`, (count.get(`${host} ${unit}`) ?? 0) + 1)
  for (const { host, unit } of automatic) count.set(`${host} ${unit}`, (count.get(`${host} ${unit}`) ?? 0) - 1)
  return count
}

/** Units that a command has started since, as `host unit × how often`. */
export function startedSince(before: Deeds, now: Deeds): readonly string[] {
  const was = startsOf(before)
  return [...startsOf(now)].sort().flatMap(([unit, count]) => {
    const more = count - (was.get(unit) ?? 0)
    return more === 0 ? [] : [`${unit} × ${String(more)}`]
  })
}

/** Of a member, the part that the name of its unit has, too. */
function serviceOf(member: string): string {
  return member.replace(/-[^-]*$/, '')
}

/**
 * What was done more often than it may be, or not often enough: starts of each unit beside those that were due, and first
 * starts that were allowed once more when the service had started already.
 */
export function doneTwice(deeds: Deeds, due: ReadonlyMap<string, number>): readonly string[] {
  const starts = startsOf(deeds)
  const counts = [...new Set([...starts.keys(), ...due.keys()])]
    .sort()
    .filter((unit) => (starts.get(unit) ?? 0) !== (due.get(unit) ?? 0))
    .map(
      (unit) => `${unit}: started ${String(starts.get(unit) ?? 0)} times, ${String(due.get(unit) ?? 0)} times were due`,
    )
  const marks = deeds.journal
    .filter(({ verb, phase }) => verb === 'MarkFirstStart' && phase === 'intent')
    .filter(({ host, member, at }) =>
      deeds.started.some((one) => one.host === host && one.unit.includes(serviceOf(member)) && one.at < at),
    )
    .map(({ host, member }) => `${host}: a first start of ${member} was allowed after it had started`)
  return [...counts, ...marks]
}

/** How many steps were begun, and of those that were begun once more for the same cause each verb with how often. */
export function begunAgain(journal: readonly JournalLine[]): {
  readonly begun: number
  readonly again: readonly string[]
} {
  const intents = journal.filter(({ phase }) => phase === 'intent')
  const again = intents.filter((line, index) => {
    const before = intents.slice(0, index).findLast((one) => one.host === line.host && one.step === line.step)
    if (before === undefined) return false
    // The same step for another cause: another one of the member's came in between.
    const between = intents.slice(intents.indexOf(before) + 1, index)
    return !between.some((one) => one.host === line.host && one.member === line.member && one.step !== line.step)
  })
  const verbs = Map.groupBy(again, ({ verb }) => verb)
  return { begun: intents.length, again: [...verbs].map(([verb, lines]) => `${verb} × ${String(lines.length)}`) }
}

const markerPath = '/before-the-crashes'

/**
 * Writes a node as soon as the ensemble takes it; resolves to its content. By ZooKeeper's own shell on a host: the library for
 * Node threw out of a socket once while servers came up, which ended the whole campaign.
 */
export async function plantMarker(world: World, signal: AbortSignal): Promise<string> {
  const value = `planted-${String(Date.now())}`
  while (!signal.aborted) {
    await zkCli(world, 'm1', `create ${markerPath} ${value}`)
    if ((await readMarker(world)).includes(value)) return value
    await sleep(2000)
  }
  throw new Error('the ensemble took no write')
}

/** What the shell says of the node; its content is a line of it. */
export function readMarker(world: World): Promise<string> {
  return zkCli(world, 'm1', `get ${markerPath}`)
}
