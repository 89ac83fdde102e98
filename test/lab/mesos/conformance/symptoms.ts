import type { Cluster } from './cluster.ts'
import { differing } from './compare.ts'
import type { Facts } from './facts.ts'
import { ask } from './http-client.ts'
import { normaliser } from './normal.ts'
import { exchangesIn, isCut } from './recordings.ts'

/** Whose whole body says no more than that it is alive, and differs with all that went before. */
const only = /\/(?:state|metrics\/snapshot)$/

/**
 * Asks one master what the recorder asked one of his, between the notes `from` and `to`: statuses, redirects, and
 * what little a body says.
 */
export async function compareSymptoms(
  cluster: Cluster,
  facts: Facts,
  section: string,
  master: number,
  leader: { readonly recorded: number; readonly here: number },
): Promise<void> {
  const recordedNormal = normaliser({ leader: leader.recorded, folders: [], anyAgent: true })
  const normal = normaliser({ leader: 1 + leader.here, folders: [], anyAgent: true })
  for (const { method, url, sent, answer } of exchangesIn(section)) {
    const seen = await ask(`${cluster.masterUrl(master)}${url.pathname}`, {
      method,
      ...(sent === undefined ? {} : { body: sent }),
    })
    const what = `${method} ${url.pathname} ${sent ?? ''}`.trim()
    facts.equal(what, answer.status, seen?.status ?? 'no answer')
    if (seen === undefined || answer.status !== seen.status) continue
    const location = (of: typeof answer) => of.headers.find(([name]) => name === 'Location')?.[1] ?? ''
    facts.equal(`${what}: Location`, recordedNormal(location(answer)), normal(location(seen)))
    if (!only.test(url.pathname) && !isCut(answer)) facts.add(1, differing(shape(answer.body), shape(seen.body), what))
  }
}

/** Text as it is; of JSON, how many of what. */
function shape(body: string): unknown {
  if (!body.startsWith('{')) return body
  const value = JSON.parse(body) as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, Array.isArray(each) ? each.length : typeof each]),
  )
}

/** The part of a recording from a note that contains `from` to the next note. */
export function sectionOf(text: string, from: string): string {
  const at = text.indexOf(from)
  if (at < 0) throw new Error(`no note has "${from}"`)
  const begin = text.indexOf('\n', at) + 1
  const end = text.slice(begin).search(/^\[\d\d:/m)
  return text.slice(begin, end < 0 ? undefined : begin + end)
}
