import type { HdfsSpec } from '../../api/hdfs.ts'
import type { ExpandInput, Expansion, StandingMember } from '../../model/kind.ts'
import type { Group, Member } from '../../model/member.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { representable } from '../../services/common/represent.ts'
import { softwareIdentity } from '../../services/common/software.ts'
import type { HdfsContext } from '../../services/hdfs-common/context.ts'
import { hdfsMember } from '../../services/hdfs-common/daemon.ts'
import { noUpgrade } from '../../services/hdfs-common/upgrade.ts'
import { journalNodeDaemon } from '../../services/hdfs-journalnode/service.ts'
import { nameNodeDaemon, nameNodeId, nameNodeService } from '../../services/hdfs-namenode/service.ts'
import { zkfcDaemon } from '../../services/hdfs-zkfc/service.ts'
import { collisionProblems } from '../collisions.ts'
import { highAvailability } from './high-availability.ts'
import { placeHdfs } from './hosts.ts'
import { hdfsProblems } from './problems.ts'

type Input = ExpandInput<HdfsSpec>

/** What a simple file system is prepared with on the way to a highly available one. */
export interface Conversion {
  /** As the highly available one has them. */
  readonly context: HdfsContext
  /** The members of the simple one, of which the NameNode knows what it becomes, and those that come. */
  readonly members: readonly Member[]
  readonly group: Group
  readonly upstream: Expansion['upstream']
  readonly stages: readonly string[]
}

const field = 'spec.journalNodes'
const aheadGroup = 'ahead'

/**
 * JournalNodes are started, and all that the other NameNodes need is put on their hosts, while the simple NameNode runs on as it is.
 * Members that come are in a group of their own, so that nobody waits for them.
 */
export function conversionOf(
  input: Input,
  now: HdfsContext,
  members: readonly Member[],
): Conversion | { readonly refusals: readonly Problem[] } {
  const { hosts, object } = input
  const { spec } = object
  const placement = placeHdfs(spec, hosts)
  const journals = {
    now: placement.journals,
    begins: false,
    passes: false,
    copies: '',
    later: [],
    held: [],
    refusals: [],
  } as const
  const { ha, upstream, problems } = highAvailability(input, journals, placement.nameNodes)
  const wrong = [...hdfsProblems(spec), ...placement.problems, ...problems, ...refusalsOf(input, now)]
  const [own] = now.nameNodes
  if (wrong.length > 0 || ha === undefined || own === undefined) return { refusals: wrong }
  const { secondary: _, ...rest } = now
  const context: HdfsContext = { ...rest, spec, nameNodes: placement.nameNodes, ha, upgrade: noUpgrade }
  const rendered = representable('spec', () =>
    [
      ...ha.journals.map((host) => journalNodeDaemon(context, ha, host)),
      ...placement.nameNodes.flatMap((place) => [nameNodeDaemon(context, place), zkfcDaemon(context, ha, place)]),
    ].map((daemon) => hdfsMember(context, daemon)),
  )
  if ('problem' in rendered) return { refusals: [rendered.problem] }
  const self = nameNodeId(own.id)
  const identity = { ...rendered.value.find(({ id }) => id === self)?.identity, initialises: 'true' }
  const ahead = rendered.value.filter(({ id }) => id !== self)
  const collisions = collisionProblems([...members, ...ahead])
  if (collisions.length > 0) return { refusals: collisions }
  return {
    context,
    members: [
      ...members.map((member) =>
        member.id === self ? withRules(member, { becomes: JSON.stringify(identity) }) : member,
      ),
      ...ahead.map((member) => withRules({ ...member, group: aheadGroup }, { ahead: 'true' })),
    ],
    group: {
      name: aheadGroup,
      order: 6,
      budget: { kind: 'MaxUnavailable', count: ahead.length },
      breaker: ahead.length,
      withoutUpstream: true,
    },
    upstream,
    stages: [
      `a person approves that NameNode ${own.id} is stopped, and that there is no way back to a simple file system`,
      `the journals are filled with its edits, and it is started again and elected by its failover controller`,
      `the other NameNodes copy from it, and the DataNodes are restarted one after the other to know them`,
    ],
  }
}

function withRules(member: Member, more: Readonly<Record<string, string>>): Member {
  return { ...member, rules: { ...member.rules, ...more } }
}

/** One thing at a time: what else would change of the NameNode is changed before or after. */
function refusalsOf(input: Input, now: HdfsContext): readonly Problem[] {
  const { heard = {}, hosts, object, standing, unseen } = input
  const { spec } = object
  const [own] = now.nameNodes
  const record = recordOf(standing)
  if (own === undefined) return []
  if (record === undefined)
    return [refused('the record of its NameNode is on no host that was seen: bring its host back')]
  const upgrade = heard['upgrade']
  const wanted = spec.nameNodes.members.find(({ id }) => id === own.id)
  const used = [...spec.nameNodes.members.map(({ host }) => host), ...(spec.journalNodes?.hosts ?? [])]
  const gone = [...new Set(used)].filter((name) => hosts[name]?.lost === true || unseen.includes(name))
  return [
    ...(wanted?.host === own.host.name
      ? []
      : [
          refused(
            `NameNode ${own.id} of ${own.host.name} holds the file system, so the spec must name it there: name it, and add others beside it`,
          ),
        ]),
    ...(record['version'] === spec.version && record['software'] === softwareIdentity(now.software)
      ? []
      : [
          refused(
            `spec.version or spec.software changes at the same time (${record['version'] ?? ''} runs): change that before, or afterwards`,
          ),
        ]),
    ...((upgrade === undefined || upgrade === 'none') && record['upgradeFrom'] === undefined
      ? []
      : [refused('a rolling upgrade is under way: end it first')]),
    ...(gone.length === 0
      ? []
      : [refused(`${gone.join(', ')} is lost, or was not seen: bring it back, or name another host`)]),
  ]
}

function recordOf(standing: readonly StandingMember[]): StandingMember['record'] | undefined {
  return standing.find(({ record }) => record['role'] === nameNodeService)?.record
}

function refused(why: string): Problem {
  const message = `${field}: this simple file system is not made highly available now: ${why}; until then it is kept as it stands, and it stays simple when journalNodes and what belongs to them are taken out`
  return problem('ConversionRefused', message, { field })
}
