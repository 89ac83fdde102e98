import type { ExpandInput } from '../../src/model/kind.ts'
import { deciding, onClusters } from './planting.ts'
import type { Mutant } from './world.ts'

/** Bugs in how an HDFS changes its members: only runs in which people do that see them. */
export const memberMutants: readonly Mutant[] = [
  expandingFiles('journals are changed at once, and not one by one', (input) => ({
    ...input,
    heard: {},
    standing: input.standing.map((one) => {
      const { journals: _, ...record } = one.record
      return { ...one, record }
    }),
  })),
  deciding('a NameNode is started before it is stopped where it was', (input) =>
    input.object.kind === 'HdfsCluster'
      ? {
          ...input,
          expansion: { ...input.expansion, leaving: input.expansion.leaving.map(({ member }) => ({ member })) },
        }
      : input,
  ),
  deciding('failure domains are not asked for', (input) => ({
    ...input,
    expansion: {
      ...input.expansion,
      members: input.expansion.members.map(({ domain: _, ...member }) => member),
    },
  })),
  {
    name: 'what cannot be taken back is not asked about',
    engine: (engine) => ({
      ...engine,
      weigh: (input) => {
        const { pending } = engine.weigh({ ...input, named: '' })
        return pending === undefined || input.policy !== 'Automatic'
          ? engine.weigh(input)
          : engine.weigh({ ...input, named: pending.hash })
      },
    }),
  },
]

function expandingFiles(name: string, change: (input: ExpandInput<never>) => ExpandInput<never>): Mutant {
  return onClusters(name, ({ cluster, definition }) =>
    definition.kind === 'HdfsCluster'
      ? { ...cluster, expand: (input) => cluster.expand(change(input as ExpandInput<never>)) }
      : cluster,
  )
}
