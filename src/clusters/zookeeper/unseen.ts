import type { ZookeeperSpec } from '../../api/zookeeper.ts'
import type { ExpandInput } from '../../model/kind.ts'
import { type Ensemble, type Place, parseEnsemble } from '../../services/zookeeper/ensemble.ts'

/**
 * Where a server of `stage` may run besides, though no record of it was seen: on a host that had a server of this object and
 * was not seen since. By name when the spec or a list of the others puts it there; and when nobody is put there, it may be
 * anyone who has no record where he is to be. Until such a host is seen, nobody takes over from it.
 */
export function perhapsOn({ object, standing, unseen }: ExpandInput<ZookeeperSpec>, stage: Ensemble): Ensemble {
  // Without a single record nothing is started at all.
  if (standing.length === 0) return []
  const lists = standing.map(({ record }) => parseEnsemble(record['ensemble'] ?? ''))
  const named = [...stage, ...object.spec.members, ...lists.flat()]
  const isRecorded = ({ id, host }: Place) =>
    standing.some((one) => one.host === host && one.record['id'] === String(id))
  return unseen.flatMap((host) => {
    const here = new Set(named.flatMap((place) => (place.host === host ? [place.id] : [])))
    return stage
      .filter((own) => own.host !== host && (here.size > 0 ? here.has(own.id) : !isRecorded(own)))
      .map(({ id }) => ({ id, host }))
      .filter((place) => !isRecorded(place))
  })
}
