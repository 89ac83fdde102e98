// Where the lab keeps things: the cache (built once, kept) and the state (one directory per running lab).
import { homedir } from 'node:os'
import { join } from 'node:path'

export function cacheHome(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ironherd-lab')
}

export function stateHome(): string {
  return join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'ironherd-lab')
}

export function labDir(name: string): string {
  return join(stateHome(), 'labs', name)
}
