import type { HdfsSpec } from '../../api/hdfs.ts'
import type { ExpandInput, StandingMember } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { softwareIdentity, softwareSource } from '../../services/common/software.ts'
import type { HdfsContext } from '../../services/hdfs-common/context.ts'
import type { Daemon } from '../../services/hdfs-common/daemon.ts'
import { noUpgrade, type UpgradeStage } from '../../services/hdfs-common/upgrade.ts'
import { isOlderLine, lineOf } from '../../services/hdfs-common/version.ts'
import { dataNodeService } from '../../services/hdfs-datanode/service.ts'
import { httpFsService } from '../../services/hdfs-httpfs/service.ts'
import { nameNodeService } from '../../services/hdfs-namenode/service.ts'

type Input = Pick<ExpandInput<HdfsSpec>, 'heard' | 'standing'>
type Stands = StandingMember['record']

/** What a change between two lines of releases makes of the daemons in this pass. */
export interface Upgrade {
  readonly stage: UpgradeStage
  /** Why the version is not changed like this. */
  readonly problems: readonly Problem[]
  /** What comes when the daemons are as they are to be now, a sentence each. */
  readonly comes: readonly string[]
  /** A daemon's own release: what is declared, when its turn has come, else what its machine says that it was started with. */
  contextOf(context: HdfsContext, daemon: Daemon): HdfsContext
}

/**
 * Between two lines the NameNodes may write another form, so a change between them is a rolling upgrade of Hadoop's own
 * (HdfsRollingUpgrade.md): prepared, until an image stands to which a rollback could go back; then the journals, NameNodes and
 * controllers, then all others, or back in the reverse order; and ended for good by a person's word. How far it has come is
 * read from what the NameNodes say of it (`heard`) and from the records of the daemons. What nobody says changes nobody.
 */
export function upgradeOf(input: Input, context: HdfsContext, daemons: readonly Daemon[]): Upgrade {
  const { spec } = context
  const records = daemons.flatMap((daemon) => {
    const record = recordOf(daemon, input)
    return record === undefined || (record['version'] ?? '') === '' ? [] : [{ daemon, record }]
  })
  const names = records.filter(({ daemon }) => daemon.service === nameNodeService).map(({ record }) => record)
  const known = inThisForm(stageOf(input, spec.version, names, records), context)
  const problems = 'problem' in known ? [refusal(known.problem)] : []
  const stage = 'problem' in known ? nobodyMoves : known
  const allowed = turns(stage, spec.version)
  const packaged = records.some(({ record }) => record['software']?.startsWith('packages ') === true)
  if (packaged && stage.stage !== 'None') {
    problems.push(
      refusal('packages of two versions do not stand side by side on a host, as a rolling upgrade needs it'),
    )
  }
  return {
    stage,
    problems,
    comes: coming(stage),
    contextOf(own, daemon) {
      if (allowed(daemon)) return own
      const peer = records.find((other) => other.daemon.service === daemon.service)?.record
      return withRelease(own, recordOf(daemon, input) ?? peer)
    },
  }
}

/** Without a standby an image for a rollback is written in safe mode only (FSNamesystem.startRollingUpgrade), in which nobody writes. */
function inThisForm(found: Stage, { ha, spec }: HdfsContext): Stage {
  if (ha !== undefined || 'problem' in found || found.stage === 'None' || found.stage === 'Unheard') return found
  return {
    problem: `this release changes the version of a simple HDFS within one line of releases only, and ${spec.version} is of another`,
  }
}

function recordOf({ host, id }: Daemon, { standing }: Input): Stands | undefined {
  return standing.find((one) => one.host === host.name && one.record['member'] === id)?.record
}

type Stage = UpgradeStage | { readonly problem: string }
type Known = { readonly daemon: Daemon; readonly record: Stands }

function stageOf({ heard = {} }: Input, declared: string, names: readonly Stands[], all: readonly Known[]): Stage {
  const versions = (records: readonly Stands[]): readonly string[] => [
    ...new Set(records.flatMap((record) => record['version'] ?? [])),
  ]
  const runs = versions(names)
  const marked = [...new Set(names.flatMap((record) => record['upgradeFrom'] || []))]
  const said = heard['upgrade']
  const [first = declared] = runs
  if (said === undefined) {
    const settled = marked.length === 0 && runs.every((version) => lineOf(version) === lineOf(declared))
    return settled ? noUpgrade : { stage: 'Unheard', from: marked[0] ?? '', to: declared }
  }
  if (said === 'ended' && marked[0] !== undefined) return { stage: 'Ending', from: marked[0], to: first }
  if (said === 'none' || said === 'ended') {
    if (new Set(runs.map(lineOf)).size > 1) {
      return { problem: `the NameNodes run ${runs.join(' and ')}, and say that no rolling upgrade is under way` }
    }
    return lineOf(first) === lineOf(declared) ? noUpgrade : begun(first, declared)
  }
  const from = marked[0] ?? (runs.length === 1 ? first : undefined)
  if (from === undefined || marked.length > 1) {
    return { problem: `a rolling upgrade is under way, and no record says from which of ${runs.join(', ')}` }
  }
  const target = versions(all.map(({ record }) => record)).filter((version) => version !== from)
  const third = declared !== from && target.some((version) => version !== declared)
  if (third) {
    return {
      problem: `a rolling upgrade from ${from} to ${target.join(', ')} is under way, and the spec says ${declared}: name one of the two, and end it first`,
    }
  }
  if (declared === from) return back(from, said, all)
  const way = begun(from, declared)
  if ('problem' in way || said === 'preparing') return way
  return { stage: all.every(isAt(declared, isFirst)) ? rest(all, declared) : 'Names', from, to: declared }
}

const nobodyMoves: UpgradeStage = { stage: 'Unheard', from: '', to: '' }

function begun(from: string, to: string): Stage {
  if (from.split('.')[0] !== to.split('.')[0]) {
    return { problem: `Hadoop does not roll from ${from} to ${to}: their first numbers differ` }
  }
  if (isOlderLine(to, from)) {
    return {
      problem: `${to} is of an older line than ${from}, which runs, and no rolling upgrade is under way that could be taken back`,
    }
  }
  return { stage: 'Prepare', from, to }
}

/** What was begun is taken back, those first who came last; what nobody was upgraded for only has to be ended. */
function back(from: string, said: string, all: readonly Known[]): UpgradeStage {
  const others = all.every(isAt(from, (daemon) => !isFirst(daemon)))
  const done = all.every(isAt(from, () => true))
  if (done) return { stage: 'Finalize', from, to: from }
  if (said === 'preparing') return { stage: 'Unheard', from, to: from }
  return { stage: others ? 'Names' : 'Nodes', from, to: from }
}

function rest(all: readonly Known[], declared: string): 'Nodes' | 'Finalize' {
  return all.every(isAt(declared, () => true)) ? 'Finalize' : 'Nodes'
}

/** Those who write and keep the names, and who elect among them. */
function isFirst({ service }: Daemon): boolean {
  return service !== dataNodeService && service !== httpFsService
}

/** A machine that is given up is not waited for. */
function isAt(version: string, counts: (daemon: Daemon) => boolean) {
  return ({ daemon, record }: Known): boolean => !counts(daemon) || daemon.host.lost || record['version'] === version
}

function turns({ from, stage, to }: UpgradeStage, declared: string): (daemon: Daemon) => boolean {
  const goesBack = from !== '' && from === to && to === declared
  switch (stage) {
    case 'None':
    case 'Finalize':
      return () => true
    case 'Names':
      return goesBack ? () => true : isFirst
    case 'Nodes':
      return goesBack ? (daemon) => !isFirst(daemon) : () => true
    case 'Prepare':
    case 'Ending':
    case 'Unheard':
      return () => false
  }
}

/** Its configuration is as declared, its software the one that it was started with. */
function withRelease(context: HdfsContext, record: Stands | undefined): HdfsContext {
  const { version = '', software = '' } = record ?? {}
  if (version === '' || (version === context.spec.version && software === softwareIdentity(context.software)))
    return context
  const [kind = '', hex = ''] = software.split(':')
  const { url = '' } = context.spec.software.archive ?? {}
  const source =
    kind === 'sha256' || kind === 'sha512'
      ? softwareSource('hadoop', version, { archive: { url, [kind]: hex } }, { maskUnits: [], path: '' })
      : undefined
  return source === undefined ? context : { ...context, spec: { ...context.spec, version }, software: source }
}

function refusal(why: string): Problem {
  const field = 'spec.version'
  return problem('VersionChangeUnsupported', `${field}: ${why}; put the spec back`, { field })
}

function coming({ from, stage, to }: UpgradeStage): readonly string[] {
  const names = `JournalNodes, NameNodes and failover controllers run ${to}`
  const others = `DataNodes and HttpFS run ${to}`
  const end = `a person approves that there is no way back from ${to}`
  switch (stage) {
    case 'Prepare':
      return [`an image of ${from} is kept by the NameNodes, for a rollback`, names, others, end]
    case 'Names':
      return from === to ? ['a person approves that the rolling upgrade ends'] : [others, end]
    case 'Nodes':
      return from === to ? [names, 'a person approves that the rolling upgrade ends'] : [end]
    default:
      return []
  }
}
