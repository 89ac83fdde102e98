import { dirname } from 'node:path'
import { quote } from '../../src/formats/shell.ts'
import type { Action } from '../../src/model/step.ts'
import type { HostChecks } from './checks.ts'

/** What stands on one host when it is as declared, as a person would hand it to another tool. */
export interface Wanted {
  readonly users: readonly { readonly name: string; readonly group: string }[]
  readonly directories: readonly Owned[]
  readonly archives: readonly {
    /** On this machine. */
    readonly file: string
    /** On the host, for as long as it is unpacked. */
    readonly store: string
    readonly path: string
    readonly unpack: string
  }[]
  readonly files: readonly (Owned & { readonly content: string })[]
  /** Files that are made once, as long as `unless` is not there. */
  readonly markers: readonly (Owned & { readonly unless: string })[]
  /** In the order in which they are started. */
  readonly units: readonly string[]
  /** Bash that ends when the daemons answer. */
  readonly await: string
}

interface Owned {
  readonly path: string
  readonly mode: string
  readonly owner: string
  readonly group: string
}

/** ironherd's own steps of the first installation, without what it writes for itself. `archive`: where a digest lies here. */
export function wantedOf(actions: readonly Action[], archive: (digest: string) => string): Wanted {
  const only = <V extends Action['verb']>(verb: V): readonly Extract<Action, { verb: V }>[] =>
    actions.filter((action): action is Extract<Action, { verb: V }> => action.verb === verb)
  const byPath = <T extends { readonly path: string }>(all: readonly T[]): readonly T[] => [
    ...new Map(all.map((one) => [one.path, one])).values(),
  ]
  const files = byPath(only('WriteFile').map(({ file }) => file)).filter(
    ({ path }) => !path.startsWith('/var/lib/ironherd/'),
  )
  const parents = byPath(files.map(({ path }) => ({ path: dirname(path), mode: '755', owner: 'root', group: 'root' })))
  const declared = byPath(only('EnsureDirectory').map(({ directory }) => directory))
  const directories = [...parents.filter(({ path }) => declared.every((other) => other.path !== path)), ...declared]
  return {
    users: [...new Map(only('EnsureUser').map(({ user: { name, group } }) => [name, { name, group }])).values()],
    directories: directories.map(({ path, mode, owner, group }) => ({ path, mode, owner, group })),
    archives: byPath(only('InstallArchive').map(({ software }) => software)).map(({ digest, path }) => {
      const store = `/var/tmp/${digest.slice(-16)}.tgz`
      const unpack = `mkdir -p ${quote(path)} && tar -xf ${store} -C ${quote(path)} --strip-components=1 --no-same-owner && chmod -R a+rX,go-w ${quote(path)} && rm ${store}`
      return { file: archive(digest), store, path, unpack }
    }),
    files: files.map(({ path, mode, owner, group, content }) => ({ path, mode, owner, group, content })),
    markers: only('MarkFirstStart').flatMap(({ marker }) => {
      return marker === undefined ? [] : [{ ...marker, mode: '644', unless: `${dirname(marker.path)}/version-2` }]
    }),
    units: [...new Set(only('StartUnit').map(({ unit }) => unit))],
    await: '',
  }
}

export function awaitScript({ talks, urls }: HostChecks): string {
  const ports = [
    ...talks.map(({ address, port }) => `${address}/${port}`),
    ...urls.map((url) => new URL(url)).map(({ hostname, port }) => `${hostname}/${port}`),
  ]
  const each = [...new Set(ports)].map((port) => `( exec 3<>/dev/tcp/${port} ) 2>/dev/null`)
  if (each.length === 0) return ''
  return `bash -c ${quote(`for i in {1..600}; do ${each.join(' && ')} && exit 0; sleep 0.2; done; exit 1`)}`
}
