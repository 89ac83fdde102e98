import type { Repair } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import type { Action, Guard, Risk } from '../../model/step.ts'
import { quorumSize } from '../mesos-common/context.ts'
import { placeOf } from './data.ts'
import { catchUpMs, type MasterState } from './health.ts'

/** What the rules go by: every master of the cluster, and how far the set has come. */
export interface Masters {
  readonly masters: readonly MasterState[]
  /** How many there are in the set that stands. */
  readonly voters: number
  /** It once had a registry: then none of its masters begins an empty one. */
  readonly formed: boolean
}

type Since = Readonly<Record<string, number>>
type Act = Repair['actions'][number]

/**
 * 1. Masters of which nobody ever had a registry are started for the first time: all of them, and only when every place is proven empty. They
 *    make an empty registry together, which takes all of them (runbook §2.7).
 * 2. Once there was one, a master whose copy is gone is started, and one whose copy does not come to count is emptied, only while a majority of the
 *    others votes and one of them leads: from them it is filled (recording 05). Where no majority has the registry nothing is done (06, 13).
 * 3. A master that runs and does not answer, or with the flags of another set, is restarted; of the latter one, never two.
 */
export function masterRepairs(view: Masters, now: number, since: Since = {}): readonly Repair[] {
  const data = view.formed ? view.masters.flatMap((master) => copies(master, view, now, since)) : firstStart(view)
  const held = new Set(data.map(({ member }) => member))
  const restarts = view.masters
    .filter(({ member }) => !held.has(member.id))
    .flatMap((master) => restart(master, view, now, since))
  return [...data, ...restarts]
}

function act(action: Action, risk: Risk, ...guards: readonly Guard[]): Act {
  return { action, risk, guards }
}

function mounted(member: Member): readonly Guard[] {
  const mounts = new Set(member.directories.flatMap(({ mount }) => mount ?? []))
  return [...mounts].map((mount) => ({ guard: 'Mounted', mount }))
}

function isUp({ health }: MasterState): boolean {
  return health.startedAt > 0 || health.verdict === 'starting'
}

// 1. First start

function firstStart({ masters }: Masters): readonly Repair[] {
  // Nobody is started in the pass in which another is not allowed to yet.
  if (masters.every(({ log }) => log.allowed === 'yes')) return []
  const places = masters.map(({ log, member }) => placeOf(member, log))
  const foreign = masters.every(({ log }) => log.allowed === 'no') && masters.some(({ log }) => log.state === 'files')
  return masters.map((master): Repair => {
    const { log, member } = master
    const record = member.rules?.['firstStartRecord'] ?? ''
    const guards: readonly Guard[] = [
      { guard: 'UnitNotRunning', unit: member.unit.name },
      { guard: 'DirectoryEmpty', path: log.path },
      ...mounted(member),
    ]
    const stop = isUp(master) ? [act({ verb: 'StopUnit', unit: member.unit.name }, 'none')] : []
    return {
      member: member.id,
      cause: 'MesosFirstStart',
      evidence: `${member.id} on ${member.host} was never started: ${log.path}: ${log.detail}`,
      actions: [...stop, act({ verb: 'MarkFirstStart', record }, 'none', ...guards)],
      permit: { rule: 'EveryPlaceEmpty', verb: 'MarkFirstStart', places },
      refusedAs: foreign ? 'ForeignData' : 'FirstStartRefused',
      holdsStart: true,
      afterAllPrepared: true,
      disruptive: false,
    }
  })
}

// 2. A copy that is gone, or does not count

function copies(master: MasterState, view: Masters, now: number, since: Since): readonly Repair[] {
  const { health, log, member } = master
  const at = `${member.id} on ${member.host}`
  if (log.state === 'unknown') {
    if (health.verdict !== 'stopped') return []
    const evidence = `${at}: whether ${log.path} holds the registry was not seen`
    const base = { member: member.id, cause: 'MesosRegistryUnseen', evidence, actions: [], disruptive: false }
    return [{ ...base, waits: log.detail, holdsStart: true }]
  }
  if (log.state === 'empty' && !isUp(master)) {
    return [refill(master, view, `${at} has no copy of the registry: ${log.path}: ${log.detail}`, [])]
  }
  const stop = act({ verb: 'StopUnit', unit: member.unit.name }, master.votes ? 'restart' : 'none')
  const guards: readonly Guard[] = [{ guard: 'UnitNotRunning', unit: member.unit.name }, ...mounted(member)]
  const aside = log.state === 'files' ? [act({ verb: 'MoveAside', path: log.path }, 'data', ...guards)] : []
  if (master.damaged) {
    // systemd may be about to start it once more.
    return [refill(master, view, `${at}: ${health.evidence}`, [stop, ...aside])]
  }
  if (log.state === 'empty' && master.votes) {
    return [
      refill(master, view, `${at} runs, and its copy of the registry was deleted: ${log.path}: ${log.detail}`, [stop]),
    ]
  }
  if (!master.lacks || master.leads || now - (since[member.id] ?? now) < catchUpMs) return []
  return [refill(master, view, `${at}: ${health.evidence}`, [stop, ...aside])]
}

/** After `actions` it is started as any other, and filled by the others. */
function refill(master: MasterState, view: Masters, evidence: string, actions: readonly Act[]): Repair {
  const { log, member } = master
  const base = {
    member: member.id,
    cause: 'MesosRegistryLost',
    evidence,
    holdsStart: true,
    keepsAsItIs: true,
    fetchesData: true,
    disruptive: master.votes,
  }
  const lost = registryLost(view)
  if (lost !== undefined) return { ...base, actions: [], refused: lost, refusedAs: 'DataLost' }
  const others = view.masters.filter((other) => other !== master && other.votes && other.log.state === 'files')
  return {
    ...base,
    actions,
    permit: {
      rule: 'MajorityOfOthersServes',
      verb: 'RejoinEmpty',
      voters: view.voters,
      othersServing: others.map((other) => other.member.id),
      leaderSeen: view.masters.some(({ serves }) => serves),
      place: placeOf(member, log),
    },
  }
}

/** So many masters have lost their copy that no majority has one, and nobody is out of sight who might. What a person is to do; undefined: it is not so. */
export function registryLost({ formed, masters, voters }: Masters): string | undefined {
  if (!formed) return undefined
  const may = masters.filter(({ lacks, log, votes }) => votes || (!lacks && log.state !== 'empty'))
  if (may.length >= quorumSize(voters)) return undefined
  const [whole] = may
  if (whole === undefined) return 'no master has a copy of the registry: put one back from a copy of yours'
  return `only ${may.map(({ member }) => `${member.id} on ${member.host}`).join(' and ')} may have the registry: stop all masters, copy ${whole.log.path} from there to the others, with its owner, and start them all`
}

// 3. A master that runs and does not do its work

/** A loaded machine may be silent for so long. */
const silentMs = 30_000

function restart(master: MasterState, view: Masters, now: number, since: Since): readonly Repair[] {
  const { health, member, mute, otherFlags } = master
  const lasted = now - (since[member.id] ?? now)
  const base = {
    member: member.id,
    evidence: health.evidence,
    actions: [act({ verb: 'RestartUnit', unit: member.unit.name }, 'restart', ...mounted(member))],
    disruptive: true,
  }
  if (otherFlags) {
    const cause = 'MesosOtherFlags'
    const others = view.masters.filter((other) => other.otherFlags).map((other) => other.member.id)
    if (others.length === 1) return [{ ...base, cause, holdsStart: false }]
    const refused = `${others.join(', ')} do: what each of them has for the registry may differ`
    return [{ ...base, cause, actions: [], refused, refusedAs: 'QuorumsDiffer', holdsStart: true }]
  }
  if (mute === undefined || lasted < silentMs) return []
  // One that merely does not answer may lead on a slow machine; when it is frozen, its session ends and another one leads (recording 02).
  const another = view.masters.some((other) => other !== master && other.serves)
  return mute === 'deaf' || another ? [{ ...base, cause: 'MesosMasterSilent', holdsStart: false }] : []
}
