import { execFileSync } from 'node:child_process'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Who the processes of a task run as, where that is not who we are. Throws where the machine knows no such user. */
export function ownerOf(user: string | undefined, switchUser: boolean): Owner | undefined {
  if (!switchUser || user === undefined) return undefined
  const number = (option: string): number => {
    try {
      return Number(execFileSync('id', [option, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
    } catch {
      throw new Error(`Failed to get user information for '${user}': Success`)
    }
  }
  const owner = { uid: number('-u'), gid: number('-g') }
  return owner.uid === process.getuid?.() ? undefined : owner
}
