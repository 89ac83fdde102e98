import type { Fact } from '../../model/fact.ts'
import type { Question, TalkAnswer } from '../../model/question.ts'
import type { MemberPaths } from '../common/names.ts'

export interface ProbeInput {
  readonly address: string
  readonly clientPort: number
  readonly dataDir: string
  /** '' when transaction logs are kept in the data directory. */
  readonly dataLogDir: string
  readonly paths: MemberPaths
  /** It is to say which list its ensemble has. */
  readonly toldItsList: boolean
}

/** What a look at a server's machine asks beyond what every member is asked. */
export function zookeeperQuestions(input: ProbeInput): readonly Question[] {
  const { address, clientPort: port, dataDir, dataLogDir, paths, toldItsList } = input
  const marked = dataLogDir === '' ? dataDir : dataLogDir
  return [
    { ask: 'talk', address, port, send: 'mntr' },
    { ask: 'talk', address, port, send: 'srvr' },
    ...(toldItsList ? ([{ ask: 'talk', address, port, send: 'conf' }] as const) : []),
    { ask: 'directory', path: dataDir },
    { ask: 'directory', path: `${dataDir}/version-2` },
    ...(dataLogDir === ''
      ? []
      : ([
          { ask: 'directory', path: dataLogDir },
          { ask: 'directory', path: `${dataLogDir}/version-2` },
        ] as const)),
    // ZooKeeper looks for the marker beside its transaction logs, not beside its snapshots (tried out on 3.8.0).
    { ask: 'file', path: `${marked}/initialize` },
    { ask: 'file', path: paths.firstStartRecord },
    { ask: 'file', path: `/var/lib/ironherd/members/${paths.stem}.json` },
  ]
}

/** What a server says of itself. */
export type ServerReport =
  | {
      readonly state: 'serving'
      readonly role: 'leader' | 'follower' | 'observer' | 'standalone'
      /** e.g. 3.8.4; '' when it does not say. */
      readonly version: string
      /** Followers in step with this leader; undefined on others, or when it does not say. */
      readonly syncedFollowers: number | undefined
      /** For how long it has been leading, ms; undefined on others and before 3.6. */
      readonly leaderUptimeMs: number | undefined
      readonly said: string
    }
  /** It runs and answers, and is in no quorum. */
  | { readonly state: 'notServing'; readonly said: string }
  /** It took the connection and said nothing in time. */
  | { readonly state: 'silent'; readonly said: string }
  /** Nobody listens. */
  | { readonly state: 'refused'; readonly said: string }
  /** It said something that no ZooKeeper says. */
  | { readonly state: 'garbled'; readonly said: string }
  | { readonly state: 'unknown'; readonly said: string }

/** Both answers of one server → its report. Never throws, whatever was sent. */
export function serverReport(place: string, mntr: Fact<TalkAnswer>, srvr: Fact<TalkAnswer>): ServerReport {
  const first = readAnswer(`mntr on ${place}`, mntr, parseMntr)
  if (first.state === 'serving' || first.state === 'notServing') return first
  // srvr is answered by every server, mntr only by those whose whitelist has it.
  const second = readAnswer(`srvr on ${place}`, srvr, parseSrvr)
  if (second.state === 'serving' || second.state === 'notServing') return second
  const order = ['garbled', 'silent', 'refused', 'unknown'] as const
  for (const state of order) {
    if (first.state === state) return first
    if (second.state === state) return second
  }
  return first
}

type Parsed = Omit<Extract<ServerReport, { state: 'serving' }>, 'said' | 'state'> | 'notServing' | undefined

function readAnswer(place: string, fact: Fact<TalkAnswer>, parse: (text: string) => Parsed): ServerReport {
  if (fact.state === 'unknown') return { state: 'unknown', said: fact.why }
  if (fact.state === 'absent' || fact.value.outcome === 'refused') {
    return { state: 'refused', said: `${place}: nobody listens` }
  }
  if (fact.value.outcome === 'timeout') return { state: 'silent', said: `${place} was not answered in time` }
  const parsed = parse(fact.value.text)
  if (parsed === undefined) return { state: 'garbled', said: `${place} says ${excerpt(fact.value.text)}` }
  if (parsed === 'notServing') {
    return { state: 'notServing', said: `${place} says it is not currently serving requests` }
  }
  return { state: 'serving', ...parsed, said: `${place} says ${parsed.role}` }
}

const notServing = /not currently serving requests/i

/** Tab-separated lines `zk_key value`; numbers may be decimals (runbook §1.2). */
export function parseMntr(text: string): Parsed {
  if (notServing.test(text)) return 'notServing'
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^(zk_[a-z0-9_]+)\s+(\S.*?)\s*$/i.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined) values.set(match[1], match[2])
  }
  const role = roleOf(values.get('zk_server_state'))
  if (role === undefined) return undefined
  const leads = role === 'leader'
  return {
    role,
    version: versionOf(values.get('zk_version')),
    syncedFollowers: leads ? count(values.get('zk_synced_followers')) : undefined,
    leaderUptimeMs: leads ? count(values.get('zk_leader_uptime')) : undefined,
  }
}

export function parseSrvr(text: string): Parsed {
  if (notServing.test(text)) return 'notServing'
  const role = roleOf(/^Mode:\s*(\S+)\s*$/m.exec(text)?.[1])
  if (role === undefined) return undefined
  const version = versionOf(/^Zookeeper version:\s*(.*)$/im.exec(text)?.[1])
  return { role, version, syncedFollowers: undefined, leaderUptimeMs: undefined }
}

function roleOf(text: string | undefined) {
  switch (text) {
    case 'leader':
    case 'follower':
    case 'observer':
    case 'standalone':
      return text
    default:
      return undefined
  }
}

function versionOf(text: string | undefined): string {
  return /^\d+\.\d+\.\d+/.exec(text ?? '')?.[0] ?? ''
}

function count(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+(\.\d+)?$/.test(text)) return undefined
  return Math.floor(Number(text))
}

function excerpt(text: string): string {
  if (text === '') return 'nothing'
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
