// One spec that cannot work, and who must say what of it.
import type { Manifest } from '../world/manifests.ts'

export interface BadInput {
  /** What is wrong, in a sentence. */
  readonly name: string
  readonly manifest: Manifest
  /** Applied before it, and gone after it. */
  readonly with?: readonly Manifest[]
  /** The API server refuses it, or ironherd says it in the Ready condition with this reason. */
  readonly answers: 'API server' | { readonly reason: string }
  /** What must be in the words: field or value. */
  readonly says: RegExp
}

/** Kept by nobody: the API server itself says what is wrong. */
export function refused(name: string, manifest: Manifest, says: RegExp): BadInput {
  return { name, manifest, answers: 'API server', says }
}

/** Taken by the API server, and answered by ironherd. `others` are applied before it. */
export function blocked(
  name: string,
  manifest: Manifest,
  reason: string,
  says: RegExp,
  others: readonly Manifest[] = [],
): BadInput {
  return { name, manifest, answers: { reason }, says, with: others }
}
