/** The part of node-zookeeper-client that the canary uses; the package brings no types. */
declare module 'node-zookeeper-client' {
  import type { EventEmitter } from 'node:events'

  interface ZookeeperError extends Error {
    readonly code?: number
    readonly name: string
  }
  interface Client extends EventEmitter {
    connect(): void
    close(): void
    mkdirp(path: string, callback: (error: ZookeeperError | null) => void): void
    setData(path: string, data: Buffer, callback: (error: ZookeeperError | null) => void): void
    getData(path: string, callback: (error: ZookeeperError | null, data: Buffer | undefined) => void): void
  }
  interface Options {
    readonly sessionTimeout?: number
    readonly spinDelay?: number
    readonly retries?: number
  }
  const library: {
    createClient(connect: string, options?: Options): Client
    readonly Exception: { readonly NO_NODE: number }
  }
  export default library
}
