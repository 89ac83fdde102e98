import type { HostSpec } from '../../api/host.ts'
import type { Resource } from '../../model/object.ts'

const ipv4 = /^(?:\d{1,3}\.){3}\d{1,3}$/

/**
 * A line for each Host, by name, so that the same Hosts give the same lines. They are read as they stand: a Host whose spec is wrong in another
 * place has not lost its name. One that is known by a name only has no line.
 */
export function hostLines(hosts: readonly Resource[]): readonly string[] {
  return hosts
    .flatMap(({ metadata, spec }) => {
      const { address, preparation, serviceAddress } = spec as Partial<HostSpec>
      const found = [serviceAddress, address].find((one) => one !== undefined && ipv4.test(one))
      if (found === undefined || metadata.name === 'localhost') return []
      const names = [
        ...new Set([...(preparation?.hostname === undefined ? [] : [preparation.hostname]), metadata.name]),
      ]
      return [{ name: metadata.name, line: `${found} ${names.join(' ')}` }]
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ line }) => line)
}
