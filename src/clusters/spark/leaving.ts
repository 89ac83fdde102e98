import type { SparkSpec } from '../../api/spark.ts'
import type { ExpandInput, HostView, Leaving } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import { memberPaths } from '../../services/common/names.ts'
import { softwareSource } from '../../services/common/software.ts'
import type { Daemon } from '../../services/spark-common/daemon.ts'
import { masterId } from '../../services/spark-master/service.ts'
import { drainRule } from '../../services/spark-worker/drain.ts'
import { workerProbes } from '../../services/spark-worker/probe.ts'
import { workerRules } from '../../services/spark-worker/service.ts'

/**
 * Daemons that were started and are not declared any more. Those on hosts that were not seen, or without a record, are
 * known from the list of peers in the others' records. What was on a lost host is gone.
 */
export function leavingDaemons(
  input: ExpandInput<SparkSpec>,
  daemons: readonly Daemon[],
  master: (host: HostView) => Pick<Member, 'probes' | 'rules'>,
): readonly Leaving[] {
  const declared = new Set(daemons.map(({ id, host }) => `${id}@${host.name}`))
  const stood = new Set(
    input.standing.flatMap(({ host, record }) => [
      `${record['member'] ?? ''}@${host}`,
      ...(record['peers'] ?? '').split(',').filter((peer) => peer.includes('@')),
    ]),
  )
  return [...stood]
    .filter((place) => !declared.has(place))
    .sort()
    .flatMap((place) => {
      const [id = '', host = ''] = place.split('@')
      const standing = input.standing.find((one) => one.host === host && one.record['member'] === id)
      const view = input.hosts[host]
      if (id === '' || view === undefined || (view.lost && standing?.seen !== true)) return []
      // Seen, and without a record: it has left already, but for one whose record somebody has taken away.
      if (standing === undefined && !input.unseen.includes(host) && !isBereft(input, id, host)) return []
      const member = leavingMember(input, id, host, view.serviceAddress, standing?.record ?? {})
      // One that still leads is asked like those that stay: the workers are with it.
      return [{ member: id === masterId(host) ? { ...member, service: 'spark-master', ...master(view) } : member }]
    })
}

function isBereft({ bereft = [], object }: ExpandInput<SparkSpec>, id: string, host: string): boolean {
  const { namespace, name } = object.metadata
  return bereft.includes(`${host}/${memberPaths({ kind: object.kind, namespace, name }, id).stem}`)
}

function leavingMember(
  { object }: ExpandInput<SparkSpec>,
  id: string,
  host: string,
  address: string,
  record: Readonly<Record<string, string>>,
): Member {
  const { metadata, spec } = object
  const paths = memberPaths({ kind: object.kind, namespace: metadata.namespace, name: metadata.name }, id)
  const software = softwareSource('spark', spec.version, spec.software, { maskUnits: [], path: '' })
  const isWorker = record['role'] === 'spark-worker'
  const drain = isWorker ? drainRule(record) : undefined
  const port = Number(record['webUiPort'])
  return {
    id,
    service: record['role'] ?? '',
    group: record['group'] ?? '',
    host,
    user: spec.serviceUser,
    directories: [],
    software: software ?? { from: 'packages', packages: [], maskUnits: [], path: '' },
    java: { home: spec.javaHome ?? '', minimumVersion: 8 },
    files: [],
    unit: { name: paths.unitName, path: paths.unitPath, enabled: false, running: false, loadedPath: paths.loaded },
    ports: [],
    dataDirectories: [],
    probes: isWorker && port > 0 ? workerProbes(address, port) : [],
    identity: record,
    changeable: Object.keys(record),
    ...(drain === undefined ? {} : { drain }),
    rules: workerRules(address, record['port'] ?? '', spec.standalone.workerTimeoutSeconds),
  }
}
