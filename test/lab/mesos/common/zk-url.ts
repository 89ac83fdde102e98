export interface ZkUrl {
  /** 'host:port,host:port'. */
  readonly servers: string
  /** '/' where the URL names none. */
  readonly path: string
  /** 'user:secret', for digest authentication. */
  readonly auth?: string
}

const scheme = 'zk://'

/** Throws an Error with the words that Mesos puts behind "Error parsing ZooKeeper URL: ". */
export function parseZkUrl(text: string): ZkUrl {
  if (!text.startsWith(scheme)) throw new Error(`Expecting '${scheme}' at the beginning of the URL`)
  const rest = text.slice(scheme.length).trim()
  const slash = rest.indexOf('/')
  const before = slash < 0 ? rest : rest.slice(0, slash)
  const path = slash < 0 ? '/' : rest.slice(slash)
  const at = before.lastIndexOf('@')
  const url = { servers: before.slice(at + 1), path }
  return at < 0 ? url : { ...url, auth: before.slice(0, at) }
}
