import type { ReasonCode } from './reasons.ts'

/**
 * What is known about one thing. Unknown is never absent: `absent` is only said by a look that reached the place and
 * saw nothing there; `unknown` says why it could not be seen.
 */
export type Fact<T> =
  | { readonly state: 'known'; readonly value: T }
  | { readonly state: 'absent' }
  /** `why` begins with the name of the host, and is a message as it stands. */
  | { readonly state: 'unknown'; readonly code: ReasonCode; readonly why: string }

export function known<T>(value: T): Fact<T> {
  return { state: 'known', value }
}

export const absent: Fact<never> = { state: 'absent' }

export function unknown(code: ReasonCode, why: string): Fact<never> {
  return { state: 'unknown', code, why }
}

/** The value when it is known, else undefined: for places where absent and unknown lead to the same decision. */
export function valueOf<T>(fact: Fact<T> | undefined): T | undefined {
  return fact?.state === 'known' ? fact.value : undefined
}
