/** Where a process of libprocess gets its messages: 'master@10.0.0.2:5050'. */
export interface Pid {
  readonly id: string
  readonly ip: string
  readonly port: number
}

export function formatPid({ id, ip, port }: Pid): string {
  return `${id}@${ip}:${port}`
}

/** Throws on text that is not `id@ip:port`. */
export function parsePid(text: string): Pid {
  const parts = /^([^@]+)@([^@:]+):(\d{1,5})$/.exec(text)
  const [, id, ip, port] = parts ?? []
  if (id === undefined || ip === undefined || Number(port) > 65535) throw new Error(`"${text}" is not id@ip:port`)
  return { id, ip, port: Number(port) }
}
