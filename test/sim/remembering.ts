import type { ClusterKind, Expansion } from '../../src/model/kind.ts'
import type { Resource } from '../../src/model/object.ts'
import type { Problem } from '../../src/model/reasons.ts'

type Expanded = Expansion | { readonly problems: readonly Problem[] }

/**
 * A kind whose expansions are kept by their input: expansion is pure, and thousands of runs expand the same few specs.
 * `alsoOf`: what of an object, beside its spec, the kind reads. `Spec` is what the control room hands in, so it is not known here.
 */
export function remembering<Spec>(
  kind: ClusterKind<Spec>,
  alsoOf: (object: Resource) => unknown = () => '',
): ClusterKind {
  const known = new Map<string, Expanded>()
  const typed = kind as unknown as ClusterKind
  return {
    ...typed,
    expand(input) {
      const { metadata, spec } = input.object
      const { heard, hosts, offers, standing, stays, unseen } = input
      const text = JSON.stringify([
        metadata.name,
        metadata.namespace,
        spec,
        heard,
        hosts,
        offers,
        standing,
        stays,
        unseen,
        alsoOf(input.object),
      ])
      const found = known.get(text)
      if (found !== undefined) return found
      const expanded = typed.expand(input)
      if (known.size > 2000) known.clear()
      known.set(text, expanded)
      return expanded
    },
  }
}
