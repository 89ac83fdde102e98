import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Member } from '../../model/member.ts'
import type { Question } from '../../model/question.ts'
import { jsonOf } from '../common/http.ts'
import type { FileQuestion } from '../hdfs-common/questions.ts'
import { type Rules, ruleOf, rulesOf, toolOf } from '../hdfs-common/rules.ts'

/** A run of the balancer that is declared. */
export interface BalanceWanted {
  readonly request: string
  readonly bandwidthMiB: number
  readonly thresholdPercent: number
  /** Name of the unit in which it runs, beside other tools. */
  readonly unit: string
}

/** How far it is. Absent: it was not begun, or did not come to its end, as when its machine was started anew. */
export interface BalanceRun {
  readonly state: 'Absent' | 'Running' | 'Balanced' | 'Ended' | 'Failed' | 'Unknown'
  /** It is another one that runs. */
  readonly other: boolean
  readonly iteration?: number
  /** As the balancer words them, e.g. `1.20 GB`. */
  readonly moved?: string
  readonly left?: string
  /** What it said last, '' when nothing. */
  readonly said: string
}

/** Undefined: none is declared, or it is not this NameNode that runs it. */
export function balanceIn(rules: Rules): BalanceWanted | undefined {
  return jsonOf(ruleOf(rules, 'balance')) as BalanceWanted | undefined
}

export function balanceProbes(rules: Rules): readonly Question[] {
  const wanted = balanceIn(rules)
  return wanted === undefined ? [] : [{ ask: 'unit', unit: wanted.unit }, outputOf(wanted)]
}

/** What executor/balance.ts has it write, which is bounded. */
function outputOf({ unit }: BalanceWanted): FileQuestion {
  return { ask: 'file', path: `/var/lib/ironherd/tools/${unit}`, content: 65_536 }
}

/** Undefined: it has none to run. */
export function balanceRun(member: Member, facts: FleetFacts): BalanceRun | undefined {
  const wanted = balanceIn(rulesOf(member))
  if (wanted === undefined || toolOf(rulesOf(member)) === undefined) return undefined
  const unit = answerOn(facts, member.host, { ask: 'unit', unit: wanted.unit })
  const output = answerOn(facts, member.host, outputOf(wanted))
  const nothing = { other: false, said: '' } as const
  if (unit.state === 'unknown' || output.state === 'unknown') return { state: 'Unknown', ...nothing }
  const lines = output.state === 'absent' ? [] : (output.value.content ?? '').split('\n').filter((line) => line !== '')
  const own = lines[0] === `@request ${wanted.request}`
  const runs = unit.state === 'known' && ['active', 'activating', 'deactivating'].includes(unit.value.activeState)
  if (!own) return { state: runs ? 'Running' : 'Absent', other: runs, said: '' }
  const ended = /^@exit (\d+)$/.exec(lines.at(-1) ?? '')
  const told = { other: false, said: lines.findLast(isVerdict) ?? '', ...progressIn(lines) }
  if (runs) return { state: 'Running', ...told }
  return ended === null ? { state: 'Absent', ...nothing } : { state: stateOf(Number(ended[1])), ...told }
}

/** ExitStatus.java, as a shell sees it: −2 and −3 are that no block, or no further one, could be moved. */
function stateOf(code: number): 'Balanced' | 'Ended' | 'Failed' {
  if (code === 0) return 'Balanced'
  return code === 254 || code === 253 ? 'Ended' : 'Failed'
}

/** What executor/balance.ts puts before a line of progress: looks that ended, each a process of its own, and the bytes that these moved. */
const before = /^@after (\d+) (\d+) /

/** A line of Balancer.Result: time, iteration, bytes moved, bytes left, bytes that move now, in 3.4 blocks that failed, and the file system. */
const progressLine = /\s(\d+)\s{2,}([\d.]+ [KMGTPE]?B)\s{2,}([\d.]+ [KMGTPE]?B)\s{2,}[\d.]+ [KMGTPE]?B\s.*hdfs:\/\//

function isVerdict(line: string): boolean {
  return !line.startsWith('@') && !progressLine.test(line)
}

function progressIn(lines: readonly string[]): Pick<BalanceRun, 'iteration' | 'moved' | 'left'> {
  const line = lines.findLast((one) => progressLine.test(one)) ?? ''
  const [, iteration, moved, left] = progressLine.exec(line) ?? []
  if (iteration === undefined || moved === undefined || left === undefined) return {}
  const [, looks = '0', bytes = '0'] = before.exec(line) ?? []
  return { iteration: Number(looks) + Number(iteration), moved: sumOf(Number(bytes), moved), left }
}

const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB']

/** Bytes and a size as Hadoop words it, worded so (StringUtils.byteDesc). */
function sumOf(bytes: number, text: string): string {
  if (bytes === 0) return text
  const [count = '', unit = ''] = text.split(' ')
  const sum = bytes + Number(count) * 1024 ** units.indexOf(unit)
  const power = Math.min(Math.floor(Math.log2(sum) / 10), units.length - 1)
  return `${(sum / 1024 ** power).toFixed(power === 0 ? 0 : 2)} ${units[power] ?? ''}`
}
