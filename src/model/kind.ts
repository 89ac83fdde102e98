import type { Canary } from './canary.ts'
import type { FleetFacts } from './facts.ts'
import type { Assessment } from './health.ts'
import type { Group, Member } from './member.ts'
import type { LabelSelector, Resource } from './object.ts'
import type { Question } from './question.ts'
import type { Problem, ReasonCode } from './reasons.ts'
import type { Action, Guard, Risk, Verb } from './step.ts'

/** What the control room knows of a kind of cluster: everything in it is pure. One implementation per file of clusters/. */
export interface ClusterKind<Spec = unknown> {
  readonly kind: string
  /**
   * Of its own part of status (Assessment.own), by key: what stays there once it was known, as long as the object lives,
   * whatever later passes can see.
   */
  readonly lasting?: Readonly<Record<string, readonly string[]>>
  /** What the spec names, so that the control room can fetch it and wake the object when it changes. */
  references(spec: Spec): References
  /** Spec → members, or every reason why it cannot be. */
  expand(input: ExpandInput<Spec>): Expansion | { readonly problems: readonly Problem[] }
  /** What of the services' own words decides how its members are to be: expanded anew when they say something else. */
  hear?(expansion: Expansion, facts: FleetFacts): Heard
  /** What the services say of themselves. */
  assess(expansion: Expansion, facts: FleetFacts, now: number): Assessment
  /**
   * What the services' own rules want done beyond "as declared": symptom → repair. `since`: when each member's verdict
   * became what it is, ms since the epoch, as far as this process has seen it; what lasts a moment is not restarted for.
   */
  repairs(
    expansion: Expansion,
    facts: FleetFacts,
    assessment: Assessment,
    now: number,
    since?: Readonly<Record<string, number>>,
  ): readonly Repair[]
  /** What only has to be asked when these facts leave something open, by host: asked in a second round trip of the same pass. */
  inquire?(expansion: Expansion, facts: FleetFacts, now: number): Readonly<Record<string, readonly Question[]>>
  /** What other clusters may use of this one, from its spec alone. */
  offer?(input: ExpandInput<Spec>): Offer
}

export interface References {
  readonly hosts: readonly string[]
  readonly hostSelectors: readonly LabelSelector[]
  readonly clusters: readonly { readonly kind: string; readonly name: string }[]
  readonly configMaps: readonly string[]
  readonly secrets: readonly string[]
}

export interface ExpandInput<Spec = unknown> {
  readonly object: Resource<Spec>
  /** Every Host of the namespace by name, spec as the services see it. */
  readonly hosts: Readonly<Record<string, HostView>>
  /** By `Kind/name`; missing: no such object. */
  readonly offers: Readonly<Record<string, Offer>>
  /** By name, then key; missing: no such object. Secret values are text. */
  readonly configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** What this object started before, on any host of the namespace that was seen. */
  readonly standing: readonly StandingMember[]
  /** Hosts on which it had members and that were not seen since this process runs; without those that are lost. */
  readonly unseen: readonly string[]
  /** `host/stem` of records that ironherd wrote and somebody else took away: whoever they were of has not left by that. */
  readonly bereft?: readonly string[]
  /** The next stage of a change is not begun yet. */
  readonly stays?: boolean
  /** What the running services said of themselves when they were last looked at (ClusterKind.hear); missing: nobody was heard. */
  readonly heard?: Heard
}

/** Words of the services by which their kind tells how far a change is. */
export type Heard = Readonly<Record<string, string>>

export interface HostView {
  readonly name: string
  /** What daemons bind and what peers are given, unless advertised is set. */
  readonly serviceAddress: string
  readonly advertisedAddress: string
  readonly labels: Readonly<Record<string, string>>
  /** Name of what fails together with it, e.g. its rack; missing: nobody said. */
  readonly failureDomain?: string
  /** A person's word that the host does not come back, or the proof of its fence that it is off. */
  readonly lost: boolean
  /** A person works on it: nothing is done there, and what it does not do is no fault. */
  readonly maintenance?: boolean
}

/** A member as a machine remembers it: started there by this object, whatever the spec says now. */
export interface StandingMember {
  readonly host: string
  /** Name of its unit without .service. */
  readonly stem: string
  /** Member id and identity, as they were when it was started. */
  readonly record: Readonly<Record<string, string>>
  /** Its machine answered the last look. What a lost host runs when it comes back is seen, and counts for more than the word. */
  readonly seen: boolean
}

/** A member that is not declared any more, or not on this host: it is stopped and let go when the others can do without it. */
export interface Leaving {
  /** Without files; its id differs from those of the declared members. */
  readonly member: Member
  /** The member that takes its place under the same identity: started only once this one is proven stopped. */
  readonly successor?: string
}

/** What a cluster offers to others. */
export interface Offer {
  /** host:port,… in member order. */
  readonly connect: string
  /** Where its files are, e.g. hdfs://nameservice1. */
  readonly uri?: string
  /** Configuration that makes a client find it: name of the file → content. */
  readonly files?: Readonly<Record<string, string>>
  /** It does its work now (its Available condition): others are started only then. */
  readonly available: boolean
  readonly why: string
  readonly maxSessionTimeoutMs?: number
}

export interface Expansion {
  /** As they are to be now. On the way to the spec this may be a stage: an ensemble changes by one server at a time. */
  readonly members: readonly Member[]
  readonly leaving: readonly Leaving[]
  /** Where an identity stands, or may, that the spec gives to another host: that one waits for proof that it does not run here. */
  readonly takenOver?: readonly { readonly member: string; readonly host: string }[]
  /** Hosts whose members another may have to take over from, once they are proven off: their fences are kept at hand. */
  readonly mayNeedOff?: readonly string[]
  /** Changes that are not made on what stands: members are kept alive as they stand. */
  readonly refusals: readonly Problem[]
  readonly groups: readonly Group[]
  /** Others' work that this cluster needs before its members are started, but for groups that do without; they are never stopped for it. */
  readonly upstream: readonly { readonly name: string; readonly available: boolean; readonly why: string }[]
  /** What proves that the cluster works, done through a tunnel to one of these members. */
  readonly canary?: Canary
  /** What its clients need to find it, to stand in a ConfigMap of this name beside the object. */
  readonly clientFiles?: { readonly configMap: string; readonly files: Readonly<Record<string, string>> }
  /** Shown in status. */
  readonly version: string
  /** `members` begin a stage: these must be well before that, in what stands as in what is to come. */
  readonly begins?: readonly string[]
  /** Why the next stage is not begun yet. */
  readonly held?: readonly string[]
  /** What comes when `members` stand as they are here, a sentence for each stage; missing: they are what the spec asks for. */
  readonly stages?: readonly string[]
}

/** A service's own repair, as data for the planner. */
export interface Repair {
  readonly member: string
  /** Stable name of what is wrong, e.g. ZookeeperDataWiped: ledger, metrics and docs use it. */
  readonly cause: string
  readonly evidence: string
  /** Steps in order, run on the member's host after its files are as declared. */
  readonly actions: readonly { readonly action: Action; readonly risk: Risk; readonly guards: readonly Guard[] }[]
  /** Asked before any of the actions is planned; refused: the member is left as it is and the refusal is reported. */
  readonly permit?: PermitRequest
  /**
   * What the record of the member says from then on, written after the actions and only while it is stopped. There is no way back from
   * that, so it waits for a person whatever the policy.
   */
  readonly becomes?: Readonly<Record<string, string>>
  /** Why only a person can go on, whatever can be seen: the member is left as it is, and that is reported. */
  readonly refused?: string
  /** Under which reason a refusal is reported; missing: FirstStartRefused or RejoinRefused, by its rule. */
  readonly refusedAs?: ReasonCode
  /** The member must not be started or restarted as long as this repair stands open (permit refused, or steps to do). */
  readonly holdsStart: boolean
  /** As long as its permit is refused, or it waits, nothing at all is done on the member: putting back a file could be enough to start it. */
  readonly keepsAsItIs?: boolean
  /**
   * Why not now, with nothing to worry about: it is told as held, `actions` are shown in the plan and not run, and its permit is
   * not asked yet.
   */
  readonly waits?: string
  /** What the member lost it gets from the others: until it has it, nobody leaves from whom it could come. */
  readonly fetchesData?: boolean
  /** Begins for all or for none: run only when every member of the cluster stands prepared. */
  readonly afterAllPrepared?: boolean
  /**
   * It waits for the proof that this host is off, on which `member` runs for all that can be seen. Told as a problem under
   * `refusedAs`, since a person can give that proof; the host's own fence is run for it where it may be.
   */
  readonly needsOff?: { readonly host: string; readonly member: string }
  /** Takes a running member down: counts against the group's budget and waits for the breaker. */
  readonly disruptive: boolean
}

/** What a dangerous verb needs to have seen. planner/permits.ts is the only judge. */
export type PermitRequest =
  /** A brand-new cluster: every place was looked at and nothing is there. */
  | { readonly rule: 'EveryPlaceEmpty'; readonly verb: string; readonly places: readonly Place[] }
  /** An emptied member rejoins: a majority of the ensemble serves without it, and nobody else is empty or unknown beyond that. */
  | {
      readonly rule: 'MajorityOfOthersServes'
      readonly verb: string
      readonly voters: number
      readonly othersServing: readonly string[]
      readonly leaderSeen: boolean
      readonly place: Place
    }

  /** Every premise that permits.ts names for the verb is there and proven. */
  | { readonly rule: 'Proven'; readonly verb: ProvenVerb; readonly evidence: readonly Evidence[] }

export type ProvenVerb = Extract<
  Verb,
  'FormatNameNode' | 'BootstrapStandby' | 'InitializeSharedEdits' | 'FormatFailover' | 'SeedJournal'
>

/** What a verb of Hadoop needs to be true; which verb needs which is told by permits.ts alone. */
export type Premise =
  /** Every host with a member was looked at in this pass, and none is given up. */
  | 'AllHostsSeen'
  /** Every name, edits, data and checkpoint directory of the cluster lies on its mount and is empty, or a half of the cluster's own format. */
  | 'AllPlacesEmpty'
  /** The directories of this very member are. */
  | 'OwnPlacesEmpty'
  /** A first start was recorded on every host. */
  | 'FirstStartAllowed'
  /** No record, status or answer tells of a cluster that lived. */
  | 'NeverBorn'
  | 'JournalsServe'
  /** A majority of all journals takes what the active writes, by its own words; or nobody ever was active. */
  | 'JournalsInStep'
  | 'ZnodeAbsent'
  /** No tool runs on any host of a NameNode. */
  | 'NoToolRuns'
  /** Another NameNode of this cluster serves and holds all edits. */
  | 'SourceServes'
  /** Every failover controller was seen and is stopped. */
  | 'NobodyElects'
  | 'AtMostOneActive'
  /** Every NameNode was seen and is stopped, and all but this one hold nothing. */
  | 'NameNodesStopped'
  /** Each directory of this NameNode holds the file system, and nothing else. */
  | 'NamesWhole'
  /** A copy of its newest image stands beside them. */
  | 'ImageCopied'
  /** Every journal was seen and holds nothing at all. */
  | 'JournalsBare'
  /** A majority of all journals, without this one, is in step, by what the active says. */
  | 'OthersInStep'

export interface Evidence {
  readonly premise: Premise
  readonly state: 'proven' | 'disproven' | 'unknown'
  /** A sentence with what was seen, and where. */
  readonly detail: string
}

export interface Place {
  readonly host: string
  readonly path: string
  readonly state: 'empty' | 'holdsData' | 'unknown'
  readonly detail: string
}

export type Permit =
  | { readonly granted: true; readonly evidence: string }
  | { readonly granted: false; readonly why: string }
