import type { Pid } from './pid.ts'

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ETIMEDOUT: 'Connection timed out',
}

/** What libprocess says of a connection that could not be made; undefined for one that broke later. */
export function connectFailure({ ip, port }: Pid, error: Error): string | undefined {
  const reason = 'code' in error ? reasons[String(error.code)] : undefined
  return reason === undefined ? undefined : `connect: Failed to connect to ${ip}:${port}: ${reason}`
}
