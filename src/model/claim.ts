/**
 * What a member takes for itself on a machine. Claims are kept by machine and not by Host object, since two Host objects
 * may name one box; between two claims that collide, the one whose object was created first stands.
 */
export interface Claim {
  /** machine-id when the machine was seen, else the Host object's name; for a znode the server that keeps it. */
  readonly machine: string
  /** The Host object's name, for messages. */
  readonly host: string
  /** Kind/namespace/name of the object that claims. */
  readonly object: string
  /** RFC 3339 creation time of that object. */
  readonly createdAt: string
  readonly what: Claimed
}

export type Claimed =
  | {
      readonly kind: 'port'
      readonly port: number
      readonly purpose: string
      readonly field: string
      readonly member: string
    }
  | { readonly kind: 'directory'; readonly path: string; readonly member: string }
  | { readonly kind: 'unit'; readonly unit: string; readonly member: string }
  /** `connect` as the spec gives it, for messages. */
  | {
      readonly kind: 'znode'
      readonly path: string
      readonly connect: string
      readonly field: string
      readonly member: string
    }
  /** A file outside the member's own directories: two members may share it only with the same bytes. */
  | { readonly kind: 'file'; readonly path: string; readonly sha256: string; readonly member: string }
