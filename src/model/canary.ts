/** A small piece of real work that proves that a cluster works; what does it is in hosts/canary.ts. */
export type Canary =
  /** A value is written to a znode and read back, by way of each member that serves, in turn. */
  { readonly kind: 'Zookeeper'; readonly path: string; readonly port: number; readonly by?: 'Leader' } | HdfsCanary

/** A small file takes the place of the last one and is read back. Only a NameNode that is active can be asked. */
export interface HdfsCanary {
  readonly kind: 'Hdfs'
  /** Not by way of any member that serves: only by whoever leads. */
  readonly by: 'Leader'
  /** One for each object, absolute: nothing else is written and nothing at all is deleted. */
  readonly path: string
  /** For HTTP, of the NameNodes. */
  readonly port: number
  /** In whose name it is done. */
  readonly user: string
  /** All that hold blocks, those on their way out as well. A NameNode names one of them; nobody else is gone to. */
  readonly dataNodes: readonly {
    /** Host object. */
    readonly host: string
    /** What it binds, and how a NameNode names it. */
    readonly address: string
    /** For HTTP. */
    readonly port: number
  }[]
}
