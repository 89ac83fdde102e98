import { preludeExits } from '../../src/executor/prelude.ts'
import { isRecorded } from '../../src/executor/script.ts'
import type { ExecutionContext } from '../../src/model/engine.ts'
import { keyText } from '../../src/model/object.ts'
import type { Guard, Step } from '../../src/model/step.ts'
import { parseList } from '../../src/services/zookeeper/membership.ts'
import type { VirtualClock } from './clock.ts'
import { lookAt } from './look.ts'
import type { Machine } from './machine.ts'
import type { Service } from './service.ts'
import { applyVerb } from './verbs.ts'

/** Where in a step something may break in. `effect`: the verb has had its effect and nothing says so yet. */
export type Moment = 'before' | 'intent' | 'effect' | 'after'

export interface Point {
  readonly moment: Moment
  readonly machine: Machine
  readonly step: Step
  readonly context: ExecutionContext
}

export interface ScriptSite {
  readonly clock: VirtualClock
  readonly services: readonly Service[]
  /** Called at every point of every step: faults break in here, and oracles look. */
  point(point: Point): void
  /** The script was taken along when its connection or its sender ended. */
  scriptDies(machine: Machine): boolean
}

export interface ScriptReply {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const lockWaitMs = 3_000
const journalBound = 1_000

/** What the prelude and the steps of src/executor/script.ts do on a host, in the same order. 'cut': nobody hears of its end. */
export async function runScript(
  site: ScriptSite,
  machine: Machine,
  steps: readonly Step[],
  context: ExecutionContext,
): Promise<ScriptReply | 'cut'> {
  const { clock } = site
  const { boots } = machine
  const gone = () => !machine.on || machine.boots !== boots
  const deadline = clock.now + lockWaitMs
  while (machine.locked) {
    if (clock.now >= deadline) return { code: preludeExits.locked, stdout: '', stderr: '' }
    await clock.sleep(250)
    if (gone()) return 'cut'
  }
  machine.locked = true
  try {
    const { installation, epoch } = context.authority
    if (machine.installation !== '' && machine.installation !== installation) {
      return { code: preludeExits.managedByAnother, stdout: '', stderr: machine.installation }
    }
    if (machine.epoch > epoch) return { code: preludeExits.epochSuperseded, stdout: '', stderr: String(machine.epoch) }
    machine.installation = installation
    machine.epoch = epoch
    const lines: string[] = []
    for (const step of steps) {
      const line = await runStep(site, machine, step, context, () => gone() || site.scriptDies(machine))
      if (line === 'cut') return 'cut'
      lines.push(line.text)
      if (line.exit !== 0) break
    }
    return { code: 0, stdout: lines.join('\n'), stderr: '' }
  } finally {
    if (!gone()) machine.locked = false
  }
}

async function runStep(
  site: ScriptSite,
  machine: Machine,
  step: Step,
  context: ExecutionContext,
  cut: () => boolean,
): Promise<{ readonly text: string; readonly exit: number } | 'cut'> {
  const { clock } = site
  const at = (moment: Moment) => {
    site.point({ moment, machine, step, context })
    return cut()
  }
  const began = clock.now
  const end = (exit: number, said: string) => ({
    exit,
    text: `@step ${step.id} ${exit} ${clock.now - began} ${Buffer.from(said.slice(-400)).toString('base64')}`,
  })
  if (at('before')) return 'cut'
  await clock.sleep(5)
  if (cut()) return 'cut'
  const refusal = step.guards.map((guard) => refusalOf(guard, machine, site.services)).find((why) => why !== '')
  if (refusal !== undefined) return end(64, refusal)
  if (isRecorded(step)) journal(machine, step, context, 'intent', '')
  if (at('intent')) return 'cut'
  const ended = await applyVerb(site, machine, step.action, cut)
  if (ended === 'cut' || at('effect')) return 'cut'
  const { exit, said } = ended
  await clock.sleep(5)
  if (cut()) return 'cut'
  journal(machine, step, context, exit === 0 ? 'done' : 'failed', exit === 0 ? '' : `${exit} ${said}`)
  if (at('after')) return 'cut'
  return end(exit, said)
}

function journal(
  machine: Machine,
  { action, id, member }: Step,
  { authority, object }: ExecutionContext,
  phase: 'intent' | 'done' | 'failed',
  detail: string,
): void {
  const { epoch } = authority
  const at = machine.clock.now
  machine.journal.push({ at, epoch, phase, object: keyText(object), member, verb: action.verb, step: id, detail })
  if (machine.journal.length > journalBound) machine.journal = machine.journal.slice(-journalBound / 2)
}

/** '' when the machine is as the plan had seen it. */
export function refusalOf(guard: Guard, machine: Machine, services: readonly Service[]): string {
  switch (guard.guard) {
    case 'Mounted':
      return machine.isMounted(guard.mount) ? '' : `nothing is mounted at ${guard.mount}`
    case 'DirectoryEmpty':
      return machine.namesIn(guard.path).length === 0 ? '' : `${guard.path} is not empty`
    case 'UnitNotRunning':
      return machine.systemd.isStopped(guard.unit) ? '' : `${guard.unit} is not stopped`
    case 'SameProcess':
      return machine.systemd.show(guard.unit).mainPid === guard.pid
        ? ''
        : `process ${guard.pid} of ${guard.unit} runs no more`
    case 'SameList': {
      const said = lookAt(machine, [{ ask: 'talk', address: guard.address, port: guard.port, send: 'conf' }]).answers
      const [talk] = Object.values(said)
      const list = talk?.state === 'known' && 'text' in talk.value ? parseList(talk.value.text) : undefined
      const same = list?.version === guard.version && list.servers.join() === [...guard.servers].sort().join()
      return same ? '' : 'the ensemble has another list of servers than was seen'
    }
    case 'FileAbsent':
      return machine.exists(guard.path) ? `${guard.path} is there` : ''
    case 'ZnodeAbsent':
    case 'NameNodeIs': {
      const said = services.map((service) => service.refusal?.(guard, machine)).find((why) => why !== undefined)
      return said ?? `nobody here knows ${guard.guard}`
    }
    case 'NoMembers':
      throw new Error('no simulated host is prepared')
    case 'OwnFile':
      return !machine.exists(guard.path) || machine.owns(guard.path) ? '' : `${guard.path} was not written by ironherd`
  }
}
