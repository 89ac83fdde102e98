import { quote } from '../formats/shell.ts'
import type { ExecutionContext } from '../model/engine.ts'
import type { Action, Guard, Step, Verb } from '../model/step.ts'
import { keepOpeningScript } from './firewall.ts'
import { guardScript } from './guards.ts'
import { prelude } from './prelude.ts'
import { verbScript } from './verbs.ts'

/** Longest time of a verb on the host, ms. */
const longMs: Partial<Record<Verb, number>> = {
  InstallArchive: 600_000,
  InstallPackages: 900_000,
  UpdatePackageLists: 300_000,
  StartUnit: 120_000,
  RestartUnit: 180_000,
  StopUnit: 180_000,
  DisableUnit: 180_000,
  ReconfigEnsemble: 90_000,
  CopyImage: 900_000,
}

/** Bound on a whole script, ms: the verbs one after the other, and the wait for the lock. */
export function timeLimitMs(steps: readonly Step[]): number {
  return steps.reduce((sum, { action }) => sum + longestMs(action), 30_000)
}

function longestMs(action: Action): number {
  // Beyond its own time it gets that of being killed.
  if (action.verb === 'Fence') return action.timeoutSeconds * 1000 + 15_000
  return 'tool' in action ? action.tool.timeoutSeconds * 1000 + 30_000 : (longMs[action.verb] ?? 15_000)
}

/**
 * One script for all steps of a wave on one machine, in order. It prints a line `@step ID EXIT MS DETAIL` for each step
 * that was reached, DETAIL in base64, and stops at the first that fails.
 */
export function waveScript(steps: readonly Step[], context: ExecutionContext): string {
  return [prelude(context), ...steps.map((step) => stepScript(step, context)), 'exit 0'].join('\n')
}

/** Takes the lock and checks who may act on the machine, and nothing else. */
export function custodyScript(context: ExecutionContext): string {
  return `${prelude(context)}\nexit 0`
}

/** What ends a step that a new login had to prove first. */
export function keepScript(action: Extract<Action, { verb: 'OpenPorts' }>, context: ExecutionContext): string {
  return `${prelude(context)}
( exec 1>&2; set -e
${keepOpeningScript(action)}
)`
}

const recorded: ReadonlySet<Verb> = new Set([
  'StartUnit',
  'StopUnit',
  'RestartUnit',
  'MarkFirstStart',
  'ReconfigEnsemble',
  'FormatNameNode',
  'BootstrapStandby',
  'InitializeSharedEdits',
  'FormatFailover',
  'SeedJournal',
  'FailOver',
  'RollEdits',
  'RefreshNodes',
  'CopyImage',
  'RollUpgrade',
  'Balance',
  'SetHostName',
  'OpenPorts',
] as const)

/** Verbs that change what runs or what is kept: their intent is on disk before they are run. */
export function isRecorded(step: Step): boolean {
  return step.risk !== 'none' || recorded.has(step.action.verb)
}

/** Asked whoever planned the step: as long as a tool runs, no second is sent, and no intent of one is written. */
function impliedGuards({ action }: Step): readonly Guard[] {
  return 'tool' in action ? [{ guard: 'UnitNotRunning', unit: action.tool.unit }] : []
}

function stepScript(step: Step, { inputs }: ExecutionContext): string {
  const words = [step.member, step.action.verb, step.id].map(quote).join(' ')
  const intent = isRecorded(step) ? `journal intent ${words} ''; sync -d "$H/journal"` : ':'
  return `began=$(date +%s%3N)
out=$( exec 2>&1 9>&-; set -e
${[...impliedGuards(step), ...step.guards].map(guardScript).join('\n')}
${intent}
${verbScript(step.action, inputs?.[step.id])}
)
rc=$?
out=$(printf %s "$out" | tr '\\n\\t' '  ' | tail -c 400)
if [ $rc = 0 ]; then journal done ${words} ''; elif [ $rc != 64 ]; then journal failed ${words} "$rc $out"; fi
printf '@step %s %s %s %s\\n' ${quote(step.id)} $rc $(( $(date +%s%3N) - began )) "$(printf %s "$out" | base64 -w0)"
[ $rc = 0 ] || exit 0`
}
