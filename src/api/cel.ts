/** A rule that the API server checks: `message` is what the user reads when `rule` is false. */
export interface CelRule {
  readonly rule: string
  readonly message: string
  /** Field that the message is about, below the object the rule stands on, e.g. `.members`. */
  readonly fieldPath?: string
}

/** For `.meta()`: the rules of one schema. */
export function celRules(...rules: readonly CelRule[]): { readonly 'x-kubernetes-validations': readonly CelRule[] } {
  return { 'x-kubernetes-validations': rules }
}

/** For `.meta()` of an array: entries are told apart, and merged by server-side apply, by these fields. */
export function listMap(...keys: readonly string[]): Readonly<Record<string, unknown>> {
  return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys }
}

/** For `.meta()` of an array of scalars without duplicates. */
export const listSet: Readonly<Record<string, unknown>> = { 'x-kubernetes-list-type': 'set' }

/** Exactly one of the fields is set. */
export function exactlyOneOf(fields: readonly string[], message: string): CelRule {
  return { rule: `[${fields.map((field) => `has(self.${field})`).join(', ')}].filter(x, x).size() == 1`, message }
}

/** None of these keys stands in the map: they are ironherd's. */
export function noneOfKeys(keys: readonly string[], message: string): CelRule {
  return { rule: `![${keys.map((key) => `'${key}'`).join(', ')}].exists(k, k in self)`, message }
}

/**
 * For `.meta()` of a string with a pattern: what the server says of a pattern is the pattern itself, and this is what a
 * person reads beside it. The pattern must be in the common part of RE2 and JavaScript, without a single quote.
 */
export function saidAs(pattern: RegExp, message: string): ReturnType<typeof celRules> {
  return celRules({ rule: `self.matches(r'${pattern.source}')`, message })
}
