import type { z } from 'zod'
import type { Resource } from '../model/object.ts'
import { type Problem, problem } from '../model/reasons.ts'
import type { KindDefinition } from './kind.ts'

export const group = 'ironherd.io'
export const version = 'v1alpha1'
export const apiVersion = `${group}/${version}`

export type SpecOf<K extends KindDefinition> = z.output<K['spec']>

/**
 * The spec of an object from the API server → the typed spec with every default filled in, or all that is wrong with
 * it. The API server has checked it before, but against the CRD that is installed there, which may be another release's.
 */
export function parseSpec<K extends KindDefinition>(
  definition: K,
  spec: unknown,
): { readonly spec: SpecOf<K> } | { readonly problems: readonly Problem[] } {
  if (typeof spec !== 'object' || spec === null) return parse(definition, spec)
  const known = parsed.get(spec)
  // By construction, what was kept of this definition is of its own type.
  if (known?.definition === definition) return known.result as ReturnType<typeof parse<K>>
  const result = parse(definition, spec)
  parsed.set(spec, { definition, result })
  return result
}

/**
 * Every pass asks for the specs of the object itself and of all objects it might have to do with, and a spec that was
 * read is never changed: another one is another value. So each is parsed once.
 */
const parsed = new WeakMap<object, { readonly definition: KindDefinition; readonly result: unknown }>()

function parse<K extends KindDefinition>(
  definition: K,
  spec: unknown,
): { readonly spec: SpecOf<K> } | { readonly problems: readonly Problem[] } {
  const result = definition.spec.safeParse(spec)
  // The schema is typed as the definition's own: its output is SpecOf<K> by construction.
  if (result.success) return { spec: result.data as SpecOf<K> }
  return {
    problems: result.error.issues.map((issue) => {
      const field = `spec${issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')}`
      return problem('InvalidSpec', `${definition.kind} ${field}: ${issue.message}`, { field })
    }),
  }
}

/** An object whose spec was parsed. */
export function withSpec<Spec>(resource: Resource, spec: Spec): Resource<Spec> {
  return { ...resource, spec }
}
