/** Transient: retried by itself. Blocked: waits for a person or another object. Terminal: the spec must change. Info: not an error. */
export interface Reason {
  readonly kind: 'Transient' | 'Blocked' | 'Terminal' | 'Info'
  readonly meaning: string
  readonly remedy: string
}

export function reason(kind: Reason['kind'], meaning: string, remedy = ''): Reason {
  return { kind, meaning, remedy }
}
