import { digestOf } from './digest.ts'
import type { Machine } from './machine.ts'
import type { World } from './world.ts'

/** What the machines look like, for the comparison with a run that nothing disturbed. Times and journals are left out. */
export function fingerprint(world: World): ReadonlyMap<string, string> {
  const lines = new Map<string, string>()
  for (const machine of world.machines.values()) {
    if (world.wanted.lost.includes(machine.name)) continue
    const say = (what: string, how: string) => lines.set(`${machine.name} ${what}`, how)
    for (const path of machine.ownFiles.keys()) {
      const file = machine.files.get(path)
      // Who was marked for the first start, and who joined without, is a matter of history.
      if (path.endsWith('.first-start')) continue
      const content = file === undefined ? '' : withoutHistory(file.content)
      say(path, file === undefined ? 'missing' : `${digestOf(content)} ${file.owner}:${file.group} ${file.mode}`)
    }
    for (const [path, { group, mode, owner }] of machine.directories) {
      if (!isScratch(path)) say(path, `${owner}:${group} ${mode}`)
    }
    for (const unit of machine.systemd.names()) {
      const { activeState, loadState, needReload, unitFileState } = machine.systemd.show(unit)
      say(unit, `${loadState} ${activeState} ${unitFileState}${needReload ? ' stale' : ''}`)
      say(`${unit} was started with`, loadedBy(machine, unit))
    }
    for (const [path, { archive, listing }] of machine.software) say(path, `${archive} ${listing}`)
  }
  return lines
}

/** How often a NameNode went to another host. */
function withoutHistory(record: string): string {
  return record.replace(/"moves":"\d+",?/, '')
}

/** Own files and units are taken off a machine with the member for which they stood. */
const isFileOrUnit = /\.(service|cfg|xml|json|sh|conf|properties)(\s|$)/

function loadedBy(machine: Machine, unit: string): string {
  const stem = unit.replace(/\.service$/, '')
  return machine.files.get(`/run/ironherd/${stem}/loaded`)?.content ?? 'nothing'
}

/** Made by services, or moved aside. */
function isScratch(path: string): boolean {
  return path.includes('.aside-') || path.includes('/version-2') || /^\/data\/hdfs\/(jn\/|.*\/current)/.test(path)
}

/**
 * What is not the same, one line each; at most ten. `structural`: members left, and with them directories and software; `takenBack`: in the
 * names of those that were only prepared.
 */
export function differences(
  reference: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
  { structural, takenBack }: Pick<World, 'structural' | 'takenBack'>,
): readonly string[] {
  const keys = new Set([...reference.keys(), ...found.keys()])
  const mayBeLeft = (key: string) =>
    structural && !reference.has(key) && (!isFileOrUnit.test(key) || takenBack.some((name) => key.includes(name)))
  return (
    [...keys]
      .filter((key) => !mayBeLeft(key))
      // One that is not wanted any more, and was deleted by somebody: its line in the list of own files stays.
      .filter((key) => (reference.get(key) ?? 'missing') !== (found.get(key) ?? 'missing'))
      .slice(0, 10)
      .map((key) => `${key}: ${found.get(key) ?? 'missing'}, undisturbed ${reference.get(key) ?? 'missing'}`)
  )
}
