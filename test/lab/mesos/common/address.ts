import { lookup } from 'node:dns/promises'
import { hostname } from 'node:os'
import type { Flags } from './flags.ts'

export interface Addresses {
  readonly ip: string
  readonly port: number
  /** Where others are told to connect, if not there. */
  readonly advertised?: { readonly ip: string; readonly port: number }
}

/** Where a master or agent binds: `--ip`, else LIBPROCESS_IP, else everywhere; `--port` always has a value. */
export async function addressesOf(flags: Flags, environment: NodeJS.ProcessEnv): Promise<Addresses> {
  const ip = flags.text('ip') ?? environment.LIBPROCESS_IP ?? '0.0.0.0'
  const port = flags.integer('port') ?? 0
  const toldIp = flags.text('advertise_ip') ?? environment.LIBPROCESS_ADVERTISE_IP
  const toldPort = flags.integer('advertise_port') ?? port
  if (toldIp !== undefined) return { ip, port, advertised: { ip: toldIp, port: toldPort } }
  if (ip === '0.0.0.0') return { ip, port, advertised: { ip: (await lookup(hostname(), 4)).address, port: toldPort } }
  return toldPort === port ? { ip, port } : { ip, port, advertised: { ip, port: toldPort } }
}
