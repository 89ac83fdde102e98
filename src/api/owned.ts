/**
 * Keys that ironherd itself writes into a product's files, each with the field that sets it. A user's map that holds one is
 * refused: two places for one setting means that one of them does not act.
 */
export type OwnedKeys = Readonly<Record<string, string>>

/** A list of strings in CEL; none of them has a quote or a backslash. */
export const quoted = (values: readonly string[]): string => `[${values.map((value) => `'${value}'`).join(', ')}]`

/** The owned key that `key` is, or is a form of for one part of the cluster: `<owned>.<part>`. */
export function ownedKeyOf(owned: OwnedKeys, key: string): string | undefined {
  return Object.keys(owned).find((name) => key === name || key.startsWith(`${name}.`))
}
