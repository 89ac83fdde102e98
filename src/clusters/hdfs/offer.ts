import type { HdfsSpec } from '../../api/hdfs.ts'
import type { ExpandInput, Expansion, Offer } from '../../model/kind.ts'
import { representable } from '../../services/common/represent.ts'
import { clientFiles } from '../../services/hdfs-common/client-config.ts'
import type { NameNodePlace } from '../../services/hdfs-common/context.ts'
import { availableOf } from '../offer.ts'

type Input = Pick<ExpandInput<HdfsSpec>, 'object' | 'hosts'>

/** What others may use of an HDFS, from its spec alone: whoever reads it must not depend on how it is today. */
export function hdfsOffer(input: Input): Offer {
  const { spec } = input.object
  const { rpc } = spec.nameNodes.ports
  const nameNodes = nameNodesOf(input)
  const files = filesOf(input.object.spec, nameNodes)
  return {
    connect: nameNodes.map(({ host }) => `${host.serviceAddress}:${rpc}`).join(','),
    uri: `hdfs://${spec.nameservice}`,
    ...(files === undefined ? {} : { files }),
    ...availableOf(input.object),
  }
}

/** The same for people and their Pods, who look for NameNodes where they are now. */
export function hdfsClientFiles(
  { metadata, spec }: Input['object'],
  nameNodes: readonly NameNodePlace[],
): Pick<Expansion, 'clientFiles'> {
  const files = spec.clients.configMap ? filesOf(spec, nameNodes) : undefined
  return files === undefined ? {} : { clientFiles: { configMap: `${metadata.name}-client`, files } }
}

/** Undefined: a value of the spec that a file cannot hold, which the cluster itself is refused for. */
function filesOf(spec: HdfsSpec, nameNodes: readonly NameNodePlace[]): Readonly<Record<string, string>> | undefined {
  const rendered = representable('spec', () => clientFiles({ spec, nameNodes }))
  return 'value' in rendered ? rendered.value : undefined
}

/** A host that does not exist is told where the cluster is expanded. */
function nameNodesOf({ object, hosts }: Input): readonly NameNodePlace[] {
  return object.spec.nameNodes.members.flatMap(({ id, host }) => {
    const view = hosts[host]
    return view === undefined ? [] : [{ id, host: view }]
  })
}
