import type { Basis } from './basis.ts'
import type { Hdfs } from './hdfs.ts'
import { blocksIn } from './hdfs-datanode.ts'
import { clusterId, dataDir, formatIn, journalRoot, nameDirs } from './hdfs-disk.ts'
import { holdsEdit, type Segment } from './hdfs-edits.ts'
import { majorityOf } from './hdfs-lists.ts'
import { imageIn } from './hdfs-name-dirs.ts'
import type { Machine } from './machine.ts'
import { failedOver, hdfsTakedown, otherCopies } from './oracle-hdfs-takedown.ts'
import { isExcused } from './oracle-takedown.ts'
import type { Judged } from './oracles.ts'
import type { Point } from './script.ts'

/** What a verb of HDFS may not do, by the truth of the disks and processes (docs/hdfs-design.md, section 8: H1 to H9). */
export function hdfsOracle(judged: Judged, point: Point, basis: Basis): void {
  const { machine, step } = point
  const { action } = step
  switch (action.verb) {
    case 'MarkFirstStart':
      if (judged.hdfs.born) judged.violate('first start', `${machine.name}: it is allowed for a file system that lived`)
      return
    case 'FormatNameNode':
      return formatted(judged, point, basis)
    case 'BootstrapStandby':
      return copied(judged, point, basis)
    case 'InitializeSharedEdits':
      return shared(judged, machine, basis)
    case 'SeedJournal':
      if (judged.hdfs.journals.some((journal) => journal.machine === machine))
        judged.violate('running', `${machine.name}: a journal is seeded under a JournalNode that runs`)
      return seeded(judged, machine, basis)
    case 'FormatFailover':
      return elected(judged, machine, basis)
    case 'MoveAside':
      if (basis.release !== undefined) return
      // What has left is on those that stay.
      if (basis.leaving.has(step.member) && step.member.includes('datanode')) return otherCopies(judged, machine, basis)
      return movedAside(judged, point, action.path, basis)
    case 'StartUnit':
      return started(judged, point, basis)
    case 'RestartUnit':
    case 'StopUnit':
      if (basis.release === undefined) hdfsTakedown(judged, point, action.unit, basis)
      return
    case 'WriteFile':
      if (action.file.path.endsWith('/proven-off')) provenOff(judged, action.file.content)
      return
    case 'FailOver':
      return failedOver(judged, point, action.to, basis)
    default:
      return
  }
}

/** H1: nothing of any cluster stands anywhere, but what was put there since it was looked at. */
function formatted(judged: Judged, { machine }: Point, basis: Basis): void {
  if (judged.hdfs.born || judged.hdfs.formats > 0)
    judged.violate('format', `${machine.name}: a file system that was made before is to be formatted`)
  for (const other of judged.machines()) {
    if (other.filledAt >= basis.lookedAt) continue
    const held = [...nameDirs, dataDir, journalRoot].find((path) => formatIn(other, path) !== undefined)
    if (held !== undefined)
      judged.violate('format', `${machine.name}: a format is begun though ${held} on ${other.name} is of a file system`)
    if (!other.isMounted('/data') && other.unmountedAt < basis.lookedAt)
      judged.violate('format', `${machine.name}: a format is begun though nothing is mounted at /data of ${other.name}`)
  }
}

/** H5: from one that serves, onto directories without anything, under no process. */
function copied(judged: Judged, { machine }: Point, basis: Basis): void {
  const { names } = judged.hdfs
  if (names.some((name) => name.machine === machine))
    judged.violate('bootstrap', `${machine.name}: an image is copied onto a NameNode that runs`)
  const source = names.some((name) => name.machine !== machine && name.answers)
  if (!source && !othersExcused(judged, machine, 'namenode', basis))
    judged.violate('bootstrap', `${machine.name}: an image is to be copied though no other NameNode answers`)
}

/** H4: everything that was acknowledged when it was decided is held by a majority without it of those that are written to. */
function seeded(judged: Judged, machine: Machine, basis: Basis): void {
  const { hdfs } = judged
  const others = [...judged.machines()].filter((other) => other !== machine && isWritten(hdfs, other))
  const holders = others.filter(
    (other) => other.lostDataAt >= basis.lookedAt || holdsAcknowledged(hdfs, other, basis.lookedAt),
  )
  if (holders.length < majorityOf(hdfs.written))
    judged.violate(
      'seed',
      `${machine.name}: a journal is seeded while ${holders.length} others hold all that was acknowledged`,
    )
}

/** Nobody writes meanwhile, nobody ever wrote to journals, and what is copied is all that was acknowledged. */
function shared(judged: Judged, machine: Machine, basis: Basis): void {
  const { hdfs } = judged
  const say = (why: string) => judged.violate('shared edits', `${machine.name}: journals are filled ${why}`)
  if (hdfs.journalled) say('of a file system that has journals')
  if (hdfs.names.some((name) => name.startedAt < basis.lookedAt)) say('while a NameNode runs')
  const held = [...judged.machines()].filter(
    (other) => other.filledAt < basis.lookedAt && formatIn(other, journalRoot) !== undefined,
  )
  if (held.length > 0) say(`though that of ${held.map(({ name }) => name).join(', ')} holds something`)
}

function isWritten({ written }: Hdfs, { address }: Machine): boolean {
  return written.some((at) => at.startsWith(`${address}:`))
}

function holdsAcknowledged(hdfs: Hdfs, machine: Machine, at: number): boolean {
  const segments = machine.files.get(`${journalRoot}/current/edits`)?.payload as readonly Segment[] | undefined
  const edit = hdfs.client.acknowledgedAt(at)
  const last = segments?.at(-1)?.edits.at(-1)
  return segments !== undefined && holdsEdit(last, edit)
}

/** H7: while a controller runs nobody takes its lock and breadcrumb away. */
function elected(judged: Judged, machine: Machine, basis: Basis): void {
  // On its own host it is seen under the lock.
  const up = judged.hdfs.controllers.find((one) => one.machine === machine || one.startedAt < basis.lookedAt)
  if (up !== undefined)
    judged.violate('znode', `${machine.name}: the znode is to be made anew while the controller of ${up.id} runs`)
}

/** H7: whoever is on the list of those that are proven off is off, or a person gave his word for it. */
function provenOff(judged: Judged, content: string): void {
  for (const machine of judged.machines()) {
    if (!content.includes(` ${machine.address}\n`) || !machine.on || judged.isLost(machine.name)) continue
    judged.violate('proven off', `${machine.name} runs, and is on the list of those that are proven off`)
  }
}

function movedAside(judged: Judged, { machine, step }: Point, path: string, basis: Basis): void {
  const say = (why: string) => judged.violate('data', `${machine.name}: ${path} is moved aside, ${why}`)
  if (machine.filledAt >= basis.lookedAt) return
  // Of one that has another take its place, when that serves.
  const replaced =
    step.member.endsWith(`@${machine.name}`) && judged.hdfs.names.filter(({ serves: up }) => up).length > 1
  if ((nameDirs as readonly string[]).includes(path) && imageIn(machine, path)?.head !== undefined && !replaced)
    say('which holds the image of a file system')
  if (path === dataDir && blocksIn(machine, path).size > 0) say('which holds blocks')
  if (path === journalRoot && machine.files.has(`${path}/current/edits`) && machine.lostDataAt < basis.lookedAt) {
    // A copy of what the NameNode has, which never wrote there.
    if (!judged.hdfs.journalled && formatIn(machine, path)?.clusterID === clusterId) return
    if (formatIn(machine, path) !== undefined) say('which is a journal')
    else seeded(judged, machine, basis)
  }
}

/** H9: nothing is started over data of another id; and nobody while the one of its name runs, whose place it takes. */
function started(judged: Judged, { machine, step }: Point, basis: Basis): void {
  const twin = judged.hdfs.names.find(
    (name) => step.member === `hdfs-namenode-${name.id}` && name.machine !== machine && name.startedAt < basis.lookedAt,
  )
  if (twin !== undefined)
    judged.violate('twins', `${machine.name}: ${step.member} is started while ${twin.machine.name} runs it`)
  const paths = step.member.includes('namenode')
    ? nameDirs
    : step.member.includes('journalnode')
      ? [journalRoot]
      : step.member.includes('datanode')
        ? [dataDir]
        : []
  for (const path of paths) {
    const id = formatIn(machine, path)?.clusterID
    if (id !== undefined && id !== clusterId && machine.filledAt < basis.lookedAt && !basis.stale.has(machine.name))
      judged.violate('identity', `${machine.name}: ${step.member} is started over ${path}, which is of ${id}`)
  }
}

/** Some other one of that role served when the look began, and something else than ironherd took it down since. */
function othersExcused(judged: Judged, machine: Machine, role: string, basis: Basis): boolean {
  return [...basis.members].some(([id, { host, unit }]) => {
    return id.includes(role) && host !== machine.name && isExcused(judged, judged.machine(host), unit, basis)
  })
}

/** Why the file system cannot be used as its Ready says; '': it can. */
export function hdfsFlattery({ active, dataNodes }: Hdfs): string {
  if (active === undefined) return 'no NameNode is active'
  if (!active.serves) return `${active.id} is active and does not serve`
  if (active.heard.missing > 0) return `${active.heard.missing} blocks are missing`
  return dataNodes.some((node) => node.serves) ? '' : 'no DataNode serves'
}
