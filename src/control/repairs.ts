import type { Assessment } from '../model/health.ts'
import type { Expansion } from '../model/kind.ts'
import type { RepairRecord } from '../model/ledger.ts'
import type { ObjectKey, Resource } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import { measureRepair } from './cluster-metrics.ts'
import { historyFrom } from './cluster-status.ts'
import type { Context } from './context.ts'
import type { ObjectEvent } from './store.ts'

const closedKept = 50

/** Carries the repair ledger on by one pass, and tells and counts what began and what ended; returns the open ones. */
export function keepLedger(
  context: Context,
  object: Resource,
  expansion: Expansion,
  assessment: Assessment,
): readonly RepairRecord[] {
  const key: ObjectKey = { kind: object.kind, ...object.metadata }
  const remembered = context.memory.of(keyText(key))
  const first = remembered.health === undefined
  const before = first ? historyFrom(object.status) : remembered.repairs
  const after = context.ports.engine.trackRepairs(before, {
    members: expansion.members,
    before: remembered.health,
    assessment,
    outcomes: remembered.outcomes,
    now: context.now(),
  })
  remembered.health = assessment.health
  remembered.outcomes = []
  for (const record of after) {
    const standing = before.find((one) => one.member === record.member && one.detectedAt === record.detectedAt)
    for (const event of eventsOf(standing, record)) context.store.event(object, event)
    if (record.repairedAt !== undefined && standing?.repairedAt === undefined)
      measureRepair(context.metrics, key, record)
  }
  const open = after.filter((record) => record.repairedAt === undefined)
  const closed = after.filter((record) => record.repairedAt !== undefined)
  remembered.repairs = [...closed.slice(-closedKept), ...open].sort((a, b) => a.detectedAt - b.detectedAt)
  return open
}

function eventsOf(before: RepairRecord | undefined, after: RepairRecord): readonly ObjectEvent[] {
  const { by, cause, detectedAt, evidence, host, member, repairedAt, steps } = after
  const events: ObjectEvent[] = []
  const what = `${member} on ${host}: ${cause}`
  if (before === undefined && steps.length === 0 && repairedAt === undefined) {
    events.push({ type: 'Warning', reason: 'MembersNotServing', message: `${what}: ${evidence}` })
  }
  if (steps.length > 0 && (before?.steps.length ?? 0) === 0) {
    events.push({ type: 'Warning', reason: 'Repairing', message: `${what}: ${evidence}; by ${steps.join(', ')}` })
  }
  if (repairedAt !== undefined && before?.repairedAt === undefined) {
    const seconds = ((repairedAt - detectedAt) / 1000).toFixed(1)
    const message = `${what} was mended by ${by === 'itself' ? 'itself' : by} after ${seconds} s: ${evidence}`
    events.push({ type: 'Normal', reason: 'Repaired', message })
  }
  return events
}
