import type { CelRule } from './cel.ts'

/**
 * Directories that are the system's: a data directory that is one of them, lies in one, or contains one is refused,
 * because a Purge or a rejoin moves data directories aside.
 */
export const systemDirectories: readonly string[] = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/sys',
  '/usr',
  '/var/lib/dpkg',
  '/var/lib/ironherd',
  '/var/lib/systemd',
  '/var/log',
  '/var/run',
  '/opt/ironherd',
]

/** Directories in which data may lie, but which may not be the data directory themselves. */
export const sharedDirectories: readonly string[] = [
  '/home',
  '/media',
  '/mnt',
  '/opt',
  '/srv',
  '/tmp',
  '/var',
  '/var/cache',
  '/var/lib',
  '/var/opt',
  '/var/spool',
  '/var/tmp',
]

/** `<mount>/<path>` without a double slash. */
export function joinMount(mount: string, path: string): string {
  return mount === '/' ? `/${path}` : `${mount}/${path}`
}

/** Why the absolute, normalised path cannot be a data directory; undefined when it can. */
export function systemPathRefusal(path: string): string | undefined {
  const within = systemDirectories.find((directory) => path === directory || path.startsWith(`${directory}/`))
  if (within !== undefined) return `${path} lies in ${within}, which belongs to the system`
  const above = systemDirectories.find((directory) => directory.startsWith(`${path}/`))
  if (above !== undefined) return `${path} contains ${above}, which belongs to the system`
  if (path === '/' || sharedDirectories.includes(path)) return `${path} is shared by everything on the host`
  return undefined
}

const fullPath = `(self.mount == '/' ? '' : self.mount) + '/' + self.path`
const quotedList = (paths: readonly string[]) => `[${paths.map((path) => `'${path}'`).join(', ')}]`

/** The same as systemPathRefusal, for the API server, on an object with `mount` and `path`. */
export const systemPathRules: readonly CelRule[] = [
  {
    rule: `!${quotedList(systemDirectories)}.exists(d, (${fullPath} + '/').startsWith(d + '/') || d.startsWith(${fullPath} + '/'))`,
    message: 'mount and path together name, or contain, a directory of the system; choose a directory of your own',
  },
  {
    rule: `!(${fullPath} in ${quotedList(sharedDirectories)})`,
    message: 'mount and path together name a directory that everything on the host shares; add a sub-directory',
  },
]
