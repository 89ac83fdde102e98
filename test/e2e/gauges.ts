// Do the gauges say what kubectl says, and what the services themselves say? Judged while things break, so the question is
// not whether they differ at an instant but whether a difference lasts.
import { conditionOf, type Shown } from '../world/world.ts'
import { type Sample, samplesOf } from './metrics.ts'

/** What a member's own port says; asked on its host, past ironherd and past sshd. */
export interface ServiceSays {
  readonly cluster: string
  readonly host: string
  readonly serving: boolean
  /** As it names its role itself; missing: it does not serve, or has no word for it. */
  readonly role?: string
}

/** One round of asking everybody. The gauges are read last: whatever the others said was true before. */
export interface Reading {
  /** By name, e.g. `zookeeper-1`. */
  readonly services: Readonly<Record<string, ServiceSays>>
  /** By host: whether its sshd greets somebody who stands where ironherd stands. */
  readonly sshd: Readonly<Record<string, boolean>>
  /** Clusters and Hosts as `kubectl get -o json` shows them. */
  readonly objects: readonly Listed[]
  readonly samples: readonly Sample[]
  /** ms of the reader's clock. */
  readonly at: number
}

export interface Listed extends Shown {
  readonly kind: string
}

/** What a gauge says beside what it should say, at one reading. */
export interface Claim {
  readonly subject: string
  readonly gauge: string
  readonly truth: string
  /** Controllers whose passes bring this gauge to the truth. */
  readonly controllers: readonly string[]
  /** ms that the difference may last besides, for what ironherd waits for on purpose. */
  readonly graceMs: number
}

export interface Judgement {
  readonly compared: number
  readonly disagreements: readonly string[]
}

/**
 * A difference counts when it outlasts two complete passes. A window opens with the first reading in which a gauge
 * differs from the truth, and goes on while the truth (the status that kubectl shows, or the service's own answer) stays the
 * very same and the gauge differs from it in each reading; one agreement, or another truth, closes it. It is a
 * disagreement when three passes of the gauge's controller ended within it: the first of them may have begun before the
 * truth was so, the second and the third cannot have. So a gauge that is wrong for good is caught, and one that lags by
 * more than two passes; one that is brought right by the next pass is not, however long that pass waits for a dead host.
 */
export function judge(readings: readonly Reading[]): Judgement {
  const open = new Map<string, { readonly claim: Claim; readonly from: Reading; told: boolean }>()
  const disagreements: string[] = []
  let compared = 0
  for (const reading of readings) {
    const claims = claimsOf(reading)
    compared += claims.length
    const wrong = new Map(claims.filter(({ gauge, truth }) => gauge !== truth).map((claim) => [claim.subject, claim]))
    for (const subject of open.keys()) if (!wrong.has(subject)) open.delete(subject)
    for (const [subject, claim] of wrong) {
      const window = open.get(subject)
      if (window?.claim.truth !== claim.truth) {
        open.set(subject, { claim, from: reading, told: false })
        continue
      }
      const ended = Math.min(...claim.controllers.map((name) => passesOf(reading, name) - passesOf(window.from, name)))
      if (window.told || ended < 3 || reading.at - window.from.at < claim.graceMs) continue
      window.told = true
      const seconds = ((reading.at - window.from.at) / 1000).toFixed(0)
      disagreements.push(
        `${subject}: the gauge says ${claim.gauge}, not ${claim.truth}, for ${seconds} s and ${String(ended)} passes`,
      )
    }
  }
  return { compared, disagreements }
}

/** Rounds over the objects of a kind that have ended since the operator started: passes by number of objects. */
export function passesOf({ objects, samples }: Reading, controller: string): number {
  const each = objects.filter((object) => object.kind.toLowerCase() === controller).length
  const ended = samplesOf(samples, 'controller_runtime_reconcile_total', { controller })
  return ended.reduce((sum, sample) => sum + sample.value, 0) / Math.max(1, each)
}

/** ms: an SSH connection that failed is tried again after at most 15 s, and may take 10 s; until then a host is unknown. */
const reconnectMs = 30_000

/** Everything that one reading lets compare, agreeing or not. */
export function claimsOf(reading: Reading): readonly Claim[] {
  const clusters = reading.objects.filter(({ kind, status }) => kind !== 'Host' && status?.conditions !== undefined)
  const hosts = reading.objects.filter(({ kind, status }) => kind === 'Host' && status?.conditions !== undefined)
  return [
    ...clusters.flatMap((object) => clusterAsShown(object, reading.samples)),
    ...hosts.flatMap((object) => hostClaims(object, reading)),
    ...Object.entries(reading.services).flatMap(([member, says]) => memberAsItSays(member, says, reading)),
  ]
}

const none = 'no series'

function clusterAsShown(object: Listed, samples: readonly Sample[]): readonly Claim[] {
  const { name } = object.metadata
  const { kind, status } = object
  const labels = { kind, cluster: name }
  const claim = (what: string, gauge: string, truth: string): Claim => ({
    subject: `${kind} ${name} ${what}, by kubectl`,
    gauge,
    truth,
    controllers: [kind.toLowerCase()],
    graceMs: 0,
  })
  const one = (metric: string): string => text(samplesOf(samples, metric, labels)[0]?.value)
  const verdicts = new Map(status?.unhealthy?.map(({ member, verdict }) => [member, verdict]))
  const seen = samplesOf(samples, 'ironherd_member_known', labels)
  const nobodySeen =
    seen.length > 0 && seen.every(({ labels: each }) => verdicts.get(each['member'] ?? '') === 'unknown')
  const leaders = samplesOf(samples, 'ironherd_member_role', { ...labels, role: 'leader' })
  const plan = status?.['plan'] as { readonly steps: number } | undefined
  return [
    claim('desired', one('ironherd_cluster_members_desired'), text(status?.members?.desired)),
    claim('healthy', one('ironherd_cluster_members_healthy'), text(status?.members?.healthy)),
    claim('known members', text(seen.length), text(status?.members?.desired)),
    claim('margin', one('ironherd_cluster_quorum_margin'), nobodySeen ? none : text(status?.quorum?.margin)),
    claim('steps', one('ironherd_plan_steps'), status?.members === undefined ? none : text(plan?.steps ?? 0)),
    ...(status?.conditions ?? []).map(({ type, status: truth }) => {
      const set = samplesOf(samples, 'ironherd_cluster_condition', { ...labels, type }).filter(
        ({ value }) => value === 1,
      )
      return claim(type, set.map((sample) => sample.labels['status']).join() || none, truth)
    }),
    ...(status?.leader === undefined
      ? []
      : [claim('leader', leaders.map((sample) => sample.labels['member']).join() || none, status.leader)]),
    ...(status?.members === undefined ? [] : seen).map(({ labels: each }) => {
      const member = each['member'] ?? ''
      const verdict = verdicts.get(member)
      const truth = verdict === 'unknown' ? unknownText : verdict === undefined ? 'up' : 'down'
      return claim(member, memberText(samples, member), truth)
    }),
  ]
}

function hostClaims(object: Listed, { samples, sshd }: Reading): readonly Claim[] {
  const host = object.metadata.name
  const reachable = text(samplesOf(samples, 'ironherd_host_reachable', { host })[0]?.value)
  const skew = samplesOf(samples, 'ironherd_host_clock_skew_seconds', { host }).length
  const greets = sshd[host]
  // A Host rides on the looks of the clusters: theirs are the passes that may wait for it.
  const claim = (what: string, gauge: string, truth: string, graceMs = 0): Claim => ({
    subject: `Host ${host} ${what}`,
    gauge,
    truth,
    controllers: ['host', 'sparkcluster'],
    graceMs,
  })
  const shown = conditionOf(object, 'Reachable')?.status
  return [
    ...(shown === undefined ? [] : [claim('reachable, by kubectl', reachable, shown === 'True' ? '1' : '0')]),
    ...(greets === undefined
      ? []
      : [claim('reachable, by its sshd', reachable, greets ? '1' : '0', greets ? reconnectMs : 0)]),
    claim('clock skew', text(skew), reachable === '1' ? '1' : '0'),
  ]
}

/**
 * A member on a host that ironherd cannot reach is unknown, whatever it does: known is 0 and up, role and since are absent.
 * On any other host it is what its own port says.
 */
function memberAsItSays(member: string, says: ServiceSays, reading: Reading): readonly Claim[] {
  const { samples } = reading
  const kind = reading.objects.find((object) => object.kind !== 'Host' && object.metadata.name === says.cluster)?.kind
  if (kind === undefined) return []
  const claim = (what: string, gauge: string, truth: string, graceMs = 0): Claim => ({
    subject: `${member} ${what}`,
    gauge,
    truth,
    controllers: [kind.toLowerCase()],
    graceMs,
  })
  // One that is not declared has no series at all; one that is declared and has none is missing in kubectl's count.
  if (samplesOf(samples, 'ironherd_member_known', { member }).length === 0) return []
  const said = memberText(samples, member)
  if (reading.sshd[says.host] !== true) return [claim('out of sight', said, unknownText)]
  const isUnknown = said === unknownText
  const truth = says.serving ? 'up' : 'down'
  if (isUnknown) return [claim('by its own answer', said, truth, reconnectMs)]
  const role = samplesOf(samples, 'ironherd_member_role', { member }).map((sample) => sample.labels['role'])
  return [
    claim('by its own answer', said, truth),
    ...(says.serving && says.role !== undefined ? [claim('role', role.join() || none, says.role)] : []),
  ]
}

const unknownText = 'unknown'

/** What the series of a member say together; in words where they contradict each other. */
function memberText(samples: readonly Sample[], member: string): string {
  const values = (name: string): readonly number[] => samplesOf(samples, name, { member }).map(({ value }) => value)
  const known = values('ironherd_member_known')
  const up = values('ironherd_member_up')
  const others = [...values('ironherd_member_role'), ...values('ironherd_member_since_seconds')]
  if (known.join() === '0' && up.length === 0 && others.length === 0) return unknownText
  if (known.join() === '1' && up.join() === '1') return 'up'
  if (known.join() === '1' && up.join() === '0') return 'down'
  return `known=${known.join() || none} up=${up.join() || none} with ${String(others.length)} series of role and since`
}

function text(value: number | undefined): string {
  return value === undefined ? none : String(value)
}
