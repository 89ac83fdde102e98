import type { DesiredFile } from '../../model/member.ts'
import type { MemberPaths } from '../common/names.ts'
import type { HdfsContext } from '../hdfs-common/context.ts'
import { defaultRack } from '../hdfs-common/racks.ts'
import { fileHeader, type Site } from '../hdfs-common/site.ts'

function scriptPath(paths: MemberPaths): string {
  return `${paths.config}/topology.sh`
}

/** The keys of core-site.xml by which a NameNode finds the racks of DataNodes and clients. */
export function topologyCore({ racks }: HdfsContext, paths: MemberPaths): Site {
  return racks === undefined ? {} : { 'net.topology.script.file.name': scriptPath(paths) }
}

/** The script is run when somebody comes whom the NameNode does not know; it reads the map anew, so that a new host restarts nobody. */
export function topologyFiles({ racks, user }: HdfsContext, paths: MemberPaths): readonly DesiredFile[] {
  if (racks === undefined) return []
  const own = { owner: 'root', group: user.group, secret: false }
  return [
    { path: scriptPath(paths), content: topologyScript, mode: '750', restart: true, ...own },
    { path: `${paths.config}/topology.map`, content: topologyMap(racks), mode: '640', restart: false, ...own },
  ]
}

function topologyMap(racks: Readonly<Record<string, string>>): string {
  const lines = Object.entries(racks)
    .map(([address, rack]) => `${address} ${rack}\n`)
    .sort()
  return `${fileHeader.map((line) => `# ${line}\n`).join('')}${lines.join('')}`
}

/**
 * Hadoop gives it addresses and wants one rack for each (ScriptBasedMapping.java); with a line less it would take nobody in. A host
 * that is declared by name stands by its name in the map, and its address is asked for only when one is not found.
 */
export const topologyScript = `#!/bin/bash
${fileHeader.map((line) => `# ${line}`).join('\n')}
# The rack of each address that is given: by the map beside this script, else ${defaultRack}.
declare -A racks=()
named=()
while read -r host rack; do
  [[ $host == '#'* || -z $rack ]] && continue
  racks[$host]=$rack
  [[ $host =~ ^[0-9.]+$ ]] || named+=("$host")
done <"\${BASH_SOURCE[0]%/*}/topology.map"

rack_of() {
  local host found
  if [[ -n $1 && -n \${racks[$1]-} ]]; then
    echo "\${racks[$1]}"
    return
  fi
  for host in "\${named[@]}"; do
    while read -r found _; do
      if [[ $found == "$1" ]]; then
        echo "\${racks[$host]}"
        return
      fi
    done < <(getent ahostsv4 "$host")
  done
  echo ${defaultRack}
}

for address in "$@"; do
  rack_of "$address"
done
`
