import type { Basis } from './basis.ts'
import { dataDir, filesRoot, journalRoot } from './hdfs-disk.ts'
import type { Machine } from './machine.ts'
import type { Judged } from './oracles.ts'
import type { Point } from './script.ts'

/** Deleting does what the policy says and nothing more, and only when somebody has deleted. */
export function releaseOracle(judged: Judged, { machine, step }: Point, { object, release }: Basis): void {
  if (release === undefined) return
  const { verb } = step.action
  const policy = judged.deletedBy(object)
  if (policy !== release) {
    judged.violate(
      'release',
      `${machine.name}: ${verb} by ${release}, and the policy is ${policy || 'none: it stands'}`,
    )
    // What is masked cannot be disabled.
  } else if (policy === 'Stop' && !['StopUnit', 'UnmaskUnit', 'DisableUnit'].includes(verb)) {
    judged.violate('release', `${machine.name}: ${verb} though it is only to be stopped`)
  }
}

/** What must be true of the machines when a deleted object is gone; '' when it is. `word`: what its units' names hold. */
export function leftBehind(machines: Iterable<Machine>, word: string, policy: string): string {
  if (policy === 'Retain') return ''
  for (const machine of machines) {
    for (const unit of machine.systemd.names().filter((name) => name.includes(word))) {
      if (machine.systemd.process(unit) !== undefined) return `${unit} runs on ${machine.name}`
      if (machine.systemd.startsByItself(unit)) return `${unit} is enabled on ${machine.name}`
    }
    if (policy !== 'Purge') continue
    const path = [...machine.ownFiles.keys()].find((own) => own.includes(word) && machine.files.has(own))
    if (path !== undefined) return `${path} is left on ${machine.name}`
    const data = [...machine.files.keys()].find((file) => isData(file, word) && isKnown(machine, roleOf(file, word)))
    if (data !== undefined) return `${data} is left on ${machine.name}`
  }
  return ''
}

function isData(file: string, word: string): boolean {
  if (word === 'hdfs') return file.startsWith(`${filesRoot}/`) && file.endsWith('/VERSION') && !file.includes('.aside-')
  return file.startsWith(`/data/${word}/version-2/`)
}

/** Of whom it is: what holds of a cluster's word holds of each role of HDFS, which have directories of their own. */
function roleOf(file: string, word: string): string {
  if (word !== 'hdfs') return word
  if (file.startsWith(`${journalRoot}/`)) return 'hdfs-journalnode'
  return file.startsWith(`${dataDir}/`) ? 'hdfs-datanode' : 'hdfs-namenode'
}

/** What stands where ironherd never started anybody, or where its record was taken away, is nobody's for it. */
export function isKnown({ forgotten, recorded }: Machine, word: string): boolean {
  return !forgotten && [...recorded].some((path) => path.includes(word))
}
