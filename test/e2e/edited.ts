// Manifests as a user edits them.
import type { Manifest } from '../world/manifests.ts'

type Spec = Record<string, unknown>
type Path = readonly (string | number)[]

/** A copy of the manifest with `value` at `path` of its spec; `undefined` removes what stands there. */
export function withSpec(manifest: Manifest, path: Path, value: unknown): Manifest {
  const copy = structuredClone(manifest) as Manifest & { spec: Spec }
  let at: Record<string | number, unknown> = copy.spec
  for (const key of path.slice(0, -1)) at = (at[key] ??= {}) as Record<string | number, unknown>
  const last = path.at(-1)
  if (last === undefined) return copy
  if (value === undefined) delete at[last]
  else at[last] = value
  return copy
}

export function named(manifest: Manifest, name: string): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, name } }
}
