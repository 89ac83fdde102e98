import type { StandingMember } from '../../model/kind.ts'
import { type Ensemble, ensembleText, type Place, parseEnsemble } from '../../services/zookeeper/ensemble.ts'

/**
 * The ensemble that is to be brought about now, on the way from what stands to `goal`. One server is added, moved or
 * removed at a time, and the next change begins only when every server runs with the last one: two majorities of
 * ensembles that differ by one always share a server, those of ensembles that differ by two may not.
 *
 * Servers on lost hosts are replaced first, then new ones are added, then living ones move, and removals come last, so
 * that the ensemble tolerates as much as it can on the way. `apart`: who moves leaves the list first, and is added after that.
 */
export function stageOf(
  goal: Ensemble,
  standing: readonly StandingMember[],
  isLost: (host: string) => boolean,
  stays = false,
  apart = false,
): Ensemble {
  const known = new Map<string, Ensemble>()
  for (const { record } of standing) {
    const text = record['ensemble']
    if (text !== undefined && text !== '') known.set(text, parseEnsemble(text))
  }
  const current = latest([...known.values()], goal, standing, isLost, stays, apart)
  if (current === undefined) return goal
  if (stays || !isComplete(current, standing, isLost) || !arrives(current, goal, isLost, apart)) return current
  const to = next(current, goal, isLost, apart)
  return to.every((place) => current.includes(place) || isVacant(place, standing, isLost)) ? to : current
}

/** Nothing of another server that was there stands on its host any more: both would have the same directories and ports. */
function isVacant(
  { host, id }: Place,
  standing: readonly StandingMember[],
  isLost: (host: string) => boolean,
): boolean {
  return isLost(host) || standing.every((one) => one.host !== host || one.record['id'] === String(id))
}

/**
 * Servers that must be well before `from` becomes `to`. Those that were restarted with the new list find each other, and
 * those that were not, too; one that is down on top of that may leave neither with a majority, or be started with
 * the new list beside a majority of the old one that it cannot join. What is lost does not come back, and is replaced at once.
 */
export function beforeChange(from: Ensemble, to: Ensemble, isLost: (host: string) => boolean): readonly number[] {
  const stay = from.filter(({ host, id }) => to.some((place) => place.id === id && place.host === host))
  const changes = stay.length < Math.max(from.length, to.length)
  if (!changes || from.some((place) => !stay.includes(place) && isLost(place.host))) return []
  return stay.filter(({ host }) => !isLost(host)).map(({ id }) => id)
}

/** What comes after `stage` on the way to `goal`, a sentence for each later stage, in their order. */
export function comingStages(
  stage: Ensemble,
  goal: Ensemble,
  isLost: (host: string) => boolean,
  apart = false,
): readonly string[] {
  const stages = [stage, ...wayOf(stage, goal, isLost, apart)]
  return stages.slice(1).map((to, at) => changeText(stages[at] ?? to, to))
}

/** Whether all of the way can be gone. Nothing is begun that would have to be left half done. */
export function arrives(from: Ensemble, goal: Ensemble, isLost: (host: string) => boolean, apart = false): boolean {
  return ensembleText(wayOf(from, goal, isLost, apart).at(-1) ?? from) === ensembleText(goal)
}

/** The stages behind `from`, up to `goal` or as far as it goes. */
function wayOf(from: Ensemble, goal: Ensemble, isLost: (host: string) => boolean, apart: boolean): readonly Ensemble[] {
  const way: Ensemble[] = []
  let at = from
  // Each server makes room at most once and comes, moves or leaves once.
  for (let left = 2 * (from.length + goal.length); left > 0; left--) {
    const to = next(at, goal, isLost, apart)
    if (ensembleText(to) === ensembleText(at)) break
    way.push(to)
    at = to
  }
  return way
}

function changeText(from: Ensemble, to: Ensemble): string {
  const said = [...from, ...to].flatMap((place) => {
    const [before, after] = [from, to].map((ensemble) => ensemble.find(({ id }) => id === place.id)?.host)
    if (before === after) return []
    if (before === undefined) return [`server ${place.id} is added on ${place.host}`]
    return [
      after === undefined
        ? `server ${place.id} leaves ${before}`
        : `server ${place.id} moves from ${before} to ${after}`,
    ]
  })
  return [...new Set(said)].join('; ')
}

/**
 * The ensemble that is being brought about. Most servers run with it or with the one before it; a record of an earlier one
 * may stand on a server that left, was away, or is lost, and counts for nothing.
 */
function latest(
  all: readonly Ensemble[],
  goal: Ensemble,
  standing: readonly StandingMember[],
  isLost: (host: string) => boolean,
  stays: boolean,
  apart: boolean,
): Ensemble | undefined {
  const runs = (ensemble: Ensemble): number => {
    const text = ensembleText(ensemble)
    const expected = ensemble.filter(({ host }) => !isLost(host))
    return expected.filter(({ id, host }) => standing.some((one) => isStartedAs(one, id, host, text))).length
  }
  const byText = (a: Ensemble, b: Ensemble): number => (ensembleText(a) < ensembleText(b) ? -1 : 1)
  // Of two the shorter: it finds its majority where the longer one may not.
  const [most] = [...all].sort((a, b) => runs(b) - runs(a) || a.length - b.length || byText(a, b))
  if (most === undefined) return undefined
  // It had not begun before all ran with the one before it.
  const begun = (to: Ensemble, ...before: readonly Ensemble[]): boolean =>
    all.some((ensemble) => ensembleText(ensemble) === ensembleText(to)) &&
    isComplete(most, standing, isLost, [...before, to].map(ensembleText))
  const after = next(most, goal, isLost, apart)
  const back = next(after, goal, isLost, apart)
  // Who moves apart changes the list twice, and may be back while the records of others are of before he left.
  if (apart && isMoved(most, back) && begun(back, most, after)) return back
  if (!begun(after, most)) return most
  // As long as most run with the shorter list, whoever is started with it finds them.
  return stays && after.length > most.length ? most : after
}

/** The same servers, one of them on another host. */
function isMoved(from: Ensemble, to: Ensemble): boolean {
  const ids = (ensemble: Ensemble): string =>
    ensemble
      .map(({ id }) => id)
      .sort((a, b) => a - b)
      .join()
  return ids(from) === ids(to) && ensembleText(from) !== ensembleText(to)
}

function isStartedAs({ host: on, record }: StandingMember, id: number, host: string, ensemble: string): boolean {
  return on === host && record['id'] === String(id) && record['ensemble'] === ensemble
}

/** Every server that can be expected to has been started with it, or with one of `lists`. */
function isComplete(
  ensemble: Ensemble,
  standing: readonly StandingMember[],
  isLost: (host: string) => boolean,
  lists: readonly string[] = [ensembleText(ensemble)],
): boolean {
  return ensemble
    .filter(({ host }) => !isLost(host))
    .every(({ id, host }) => standing.some((one) => lists.some((text) => isStartedAs(one, id, host, text))))
}

/**
 * One change nearer to `goal`; the same when there, or when none can be made. Nobody comes to a host before the server that is
 * there has left it. Whoever comes has no data and no vote before he has fetched it from a leader whom the others have elected:
 * those that stay are a majority without him.
 */
function next(listed: Ensemble, goal: Ensemble, isLost: (host: string) => boolean, apart: boolean): Ensemble {
  // The same way from the same servers, however they are listed.
  const from = listed.toSorted((a, b) => a.id - b.id)
  const wanted = new Map(goal.map((place) => [place.id, place]))
  const moved = from.filter((place) => wanted.has(place.id) && wanted.get(place.id)?.host !== place.host)
  const gone = from.filter(({ id }) => !wanted.has(id))
  const added = goal.filter(({ id }) => from.every((place) => place.id !== id))
  const remove = (place: Place): Ensemble => from.filter((other) => other !== place)
  const move = (place: Place): Ensemble =>
    apart ? remove(place) : from.map((other) => (other === place ? (wanted.get(place.id) ?? other) : other))
  const lost = ({ host }: Place): boolean => isLost(host)
  const changes = [
    ...moved.filter(lost).map(move),
    ...(from.length > 1 ? gone.filter(lost).map(remove) : []),
    ...added.map((place) => [...from, place]),
    ...moved.map(move),
    ...gone.toReversed().map(remove),
    // Servers that change places: one of them makes room, and comes back as a new one.
    ...(from.length > 2 ? moved.map(remove) : []),
  ]
  return changes.find((to) => isOneEach(to) && canFetch(from, to)) ?? from
}

function isOneEach(ensemble: Ensemble): boolean {
  return new Set(ensemble.map(({ host }) => host)).size === ensemble.length
}

function canFetch(from: Ensemble, to: Ensemble): boolean {
  const stay = to.filter(({ host, id }) => from.some((place) => place.id === id && place.host === host))
  return stay.length === to.length || stay.length >= Math.floor(to.length / 2) + 1
}
