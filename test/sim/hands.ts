import { outcomesOf, preludeProblem } from '../../src/executor/reply.ts'
import type { ExecutionContext, Hands, HostTarget, Refusal } from '../../src/model/engine.ts'
import type { ReasonCode } from '../../src/model/reasons.ts'
import type { Step, StepOutcome, Wave } from '../../src/model/step.ts'
import type { Machine } from './machine.ts'
import { runScript, type ScriptReply, type ScriptSite } from './script.ts'

/** How ironherd's process is connected to the machines. */
export interface Line extends ScriptSite {
  machineOf(host: string): Machine | undefined
  /** Resolves when this process runs: never again once it was killed, later when it is stopped. */
  running(): Promise<void>
  /** How long a packet takes, ms. */
  latencyMs(): number
  /** How much longer this script is on its way, ms. */
  delayMs(): number
  /** The connection breaks before the answer has come. */
  losesAnswer(step: Step | undefined): boolean
  /** The wave, as it leaves the process. */
  sent(wave: Wave, context: ExecutionContext): void
}

/** The hands over simulated machines: what src/executor does on a host, told in TypeScript instead of bash. */
export function simulatedHands(line: Line): Hands {
  return {
    async claim(target: HostTarget, context: ExecutionContext): Promise<Refusal | undefined> {
      await line.running()
      const said = await ask(line, target.name, [], context)
      await line.running()
      if (typeof said === 'string') return { code: said, why: `${target.name}: ${said}` }
      return preludeProblem(said.code, said.stderr)
    },
    async execute(wave: Wave, context: ExecutionContext): Promise<readonly StepOutcome[]> {
      await line.running()
      line.sent(wave, context)
      const byHost = Map.groupBy(wave.steps, (step) => step.host)
      const done = await Promise.all([...byHost].map(([host, steps]) => onMachine(line, host, steps, context)))
      await line.running()
      return done.flat()
    },
  }
}

async function onMachine(
  line: Line,
  host: string,
  steps: readonly Step[],
  context: ExecutionContext,
): Promise<readonly StepOutcome[]> {
  const said = await ask(line, host, steps, context)
  if (said === 'ConnectionLost') return all(steps, 'unknown', said, `${host}: the connection was lost`)
  if (typeof said === 'string') return all(steps, 'skipped', said, `${host}: ${said}`)
  const refused = preludeProblem(said.code, said.stderr)
  if (refused === undefined) return outcomesOf(steps, said.stdout)
  if (!refused.ran) return all(steps, 'skipped', refused.code, `${host}: ${refused.why}`)
  return outcomesOf(steps, said.stdout, refused)
}

/** A script there and back; the code of why there is no answer. */
async function ask(
  line: Line,
  host: string,
  steps: readonly Step[],
  context: ExecutionContext,
): Promise<ScriptReply | 'NotLooked' | 'Unreachable' | 'ConnectionLost'> {
  const machine = line.machineOf(host)
  if (machine === undefined || context.targets[host] === undefined) return 'NotLooked'
  await line.clock.sleep(line.latencyMs() + line.delayMs())
  if (!machine.on || machine.unreachable || machine.frozen) {
    await line.clock.sleep(10_000)
    return 'Unreachable'
  }
  const said = await runScript(line, machine, steps, context)
  if (said === 'cut' || machine.unreachable || line.losesAnswer(steps[0])) {
    await line.clock.sleep(5_000)
    return 'ConnectionLost'
  }
  await line.clock.sleep(line.latencyMs())
  return said
}

function all(
  steps: readonly Step[],
  result: 'skipped' | 'unknown',
  code: ReasonCode,
  detail: string,
): readonly StepOutcome[] {
  return steps.map((step) => ({ step, result, code, detail, durationMs: 0 }))
}
