import type { HostFacts } from '../../src/model/facts.ts'
import type { Question } from '../../src/model/question.ts'
import { questionKey } from '../../src/model/question.ts'
import type { Step } from '../../src/model/step.ts'
import type { Basis } from './basis.ts'
import type { Judged } from './oracles.ts'
import type { Point } from './script.ts'

/** Nothing is done on what is not known, nothing on a disk that is not there, nothing for a spec that is refused. */
export function seenOracle(judged: Judged, { machine, step }: Point, basis: Basis): void {
  const { verb } = step.action
  if (basis.unseen.has(step.host)) {
    judged.violate('unknown', `${machine.name}: ${verb} for ${step.member} though the host was not seen`)
  }
  const rests = judged.restsSince(machine.name)
  if (rests !== undefined && basis.lookedAt > rests + 2_000) {
    judged.violate('maintenance', `${machine.name}: ${verb} for ${step.member} while somebody works there`)
  }
  const question = questionBehind(step)
  const facts = basis.told.get(step.host)
  const answer =
    question === undefined || facts?.state !== 'known' ? undefined : facts.value.answers[questionKey(question)]
  if (question !== undefined && answer?.state === 'unknown') {
    judged.violate('unknown', `${machine.name}: ${verb} though it is not known: ${questionKey(question)}`)
  }
  // Whatever wakes the restart is about the process that was seen.
  if (verb === 'RestartUnit' && answer?.state === 'known' && 'mainPid' in answer.value && answer.value.mainPid > 0) {
    const runs = machine.systemd.process(step.action.unit)?.pid ?? 0
    if (runs !== answer.value.mainPid)
      judged.violate(
        'process',
        `${machine.name}: ${step.action.unit} is restarted, and another process runs than was seen`,
      )
  }
  const path = pathOn(step)
  if (path.startsWith('/data/') && !machine.isMounted('/data')) {
    judged.violate('mount', `${machine.name}: ${verb} of ${path} while nothing is mounted at /data`)
  }
  // A spec that is refused changes nothing: members that stopped are started as they stand, and that is all.
  const since = judged.blockedSince()
  // A pass reads the spec before it looks.
  if (since === undefined || basis.lookedAt <= since + 2_000 || basis.release !== undefined) return
  // It is refused for what stands: when every record was taken away, nobody can say what that is.
  if (![...basis.told.values()].some(tellsOfServer)) return
  if (basis.object.startsWith('ZookeeperCluster') && verb !== 'StartUnit') {
    judged.violate('blocked', `${machine.name}: ${verb} for a spec that is not to be carried out`)
  }
}

function tellsOfServer(facts: HostFacts | undefined): boolean {
  return facts?.state === 'known' && Object.keys(facts.value.records).some((stem) => stem.includes('zookeeper'))
}

function pathOn({ action }: Step): string {
  switch (action.verb) {
    case 'EnsureDirectory':
      return action.directory.path
    case 'MarkFirstStart':
      return action.marker?.path ?? ''
    case 'MoveAside':
      return action.path
    default:
      return ''
  }
}

/** What has to be known for a step to be right. */
function questionBehind({ action }: Step): Question | undefined {
  switch (action.verb) {
    case 'WriteFile':
      return { ask: 'file', path: action.file.path }
    case 'EnsureDirectory':
      return { ask: 'directory', path: action.directory.path }
    case 'InstallArchive':
      return { ask: 'software', path: action.software.path }
    case 'StartUnit':
    case 'StopUnit':
    case 'RestartUnit':
      return { ask: 'unit', unit: action.unit }
    default:
      return undefined
  }
}
