import { type Cluster, until } from './cluster.ts'
import { type Difference, differences, differing } from './compare.ts'
import type { Facts } from './facts.ts'
import { ask } from './http-client.ts'
import { normaliser } from './normal.ts'
import { type Exchange, exchangesIn, isCut } from './recordings.ts'

/** Who was who in the recording, and is here. */
export interface Cast {
  /** Numbers of masters. */
  readonly recordedLeader: number
  readonly leader: number
  readonly other: number
  /** Ids of agents as recorded, and here. */
  readonly ids: ReadonlyMap<string, string>
  /** The agent that the recording is about. */
  readonly agent: number
}

export interface Act {
  /** What the recorder's note has in it. */
  readonly note: string
  readonly act: () => Promise<void>
}

/**
 * Goes through the notes of a recording: does what a note says, where there is an act for it, and then asks what was
 * asked behind it, of the leader as it is then.
 */
export async function replay(
  cluster: Cluster,
  facts: Facts,
  text: string,
  acts: readonly Act[],
  cast: () => Cast,
): Promise<void> {
  for (const section of text.split(/^(?=\[\d\d:\d\d:\d\d\.)/m)) {
    const note = section.split('\n')[0] ?? ''
    for (const { act } of acts.filter((each) => note.includes(each.note))) await act()
    for (const exchange of exchangesIn(section)) {
      await compare(cluster, facts, exchange, note.includes('to non-leader'), cast())
    }
  }
}

async function compare(
  cluster: Cluster,
  facts: Facts,
  exchange: Exchange,
  toFollower: boolean,
  cast: Cast,
): Promise<void> {
  const { method, url, sent, answer } = exchange
  const base =
    url.port === '5051' ? cluster.agentUrl(cast.agent) : cluster.masterUrl(toFollower ? cast.other : cast.leader)
  const body = sent === undefined ? undefined : translated(sent, cluster, cast)
  const look = async (): Promise<readonly Difference[]> => {
    const seen = await ask(`${base}${url.pathname}`, { method, ...(body === undefined ? {} : { body }) })
    if (seen === undefined) return [{ where: url.pathname, recorded: answer.status, seen: 'no answer' }]
    if (!isCut(answer)) return differences(answer, seen, ...normalsOf(cluster, cast))
    return differing(answer.status, seen.status, url.pathname)
  }
  const found = await look()
  // What came before may take a moment to show: a question may be asked again, an order may not.
  const settled = async () => ((await look()).length === 0 ? [] : undefined)
  const patient = method === 'GET' && found.length > 0
  facts.add(1, patient ? await until('the recorded answer', 3, settled).catch(() => found) : found)
}

function normalsOf(cluster: Cluster, { recordedLeader, leader }: Cast) {
  const plain = { folders: [[cluster.folder, '$RUN']] as const, anyAgent: true }
  return [normaliser({ ...plain, leader: 1 + recordedLeader }), normaliser({ ...plain, leader: 1 + leader })] as const
}

function translated(sent: string, cluster: Cluster, { ids }: Cast): string {
  let body = sent.replaceAll(/127\.0\.\d+\./g, `127.0.${cluster.net}.`)
  for (const [recorded, here] of ids) body = body.replaceAll(recorded, here)
  return body
}
