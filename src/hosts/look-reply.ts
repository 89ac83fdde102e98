import type { Fact } from '../model/fact.ts'
import { known, unknown } from '../model/fact.ts'
import type { HostFacts, JournalEntry } from '../model/facts.ts'
import type { Answer, Question } from '../model/question.ts'
import { questionKey } from '../model/question.ts'
import { whyNotAskable } from './askable.ts'
import { stateFiles } from './layout.ts'
import type { LookRecords } from './look-fields.ts'
import { MalformedReply, readRecords } from './look-fields.ts'
import { directoryFact, fileFact, PathFacts, softwareFact, supersededFact } from './look-files.ts'
import { firewallFact } from './look-firewall.ts'
import { httpFact, listenerFact, talkFact, znodeFact } from './look-network.ts'
import type { HostClock, LookContext, Seen } from './look-seen.ts'
import { javaFact, logFact, packageFact, unitFacts, userFact } from './look-system.ts'

/** A look's reply → facts. Total: whatever the bytes are, the outcome is a fact. */
export function parseLook(reply: Buffer, context: LookContext): HostFacts {
  try {
    return machineFacts(readRecords(reply), context)
  } catch (error) {
    if (!(error instanceof MalformedReply)) throw error
    return unknown('ProbeFailed', `${context.host}: the answer of the look cannot be read: ${error.message}`)
  }
}

function machineFacts(records: LookRecords, context: LookContext): HostFacts {
  const { host } = context
  const paths = new PathFacts(records, context.questions)
  if (records.machineId === '') return unknown('ProbeFailed', `${host}: /etc/machine-id is missing or empty`)
  // Who keeps the machine decides who may act on it, so not being able to read it is not the same as nobody.
  for (const file of [stateFiles.installation, stateFiles.epoch, stateFiles.journal, stateFiles.ownFiles]) {
    const seen = paths.of(file)
    if (seen.state === 'failed') return unknown('ProbeFailed', `${host}: ${file}: ${seen.why}`)
  }
  // As NTP does: the middle of the host's own interval against the middle of ours, so that the time that the script
  // takes does not count as skew.
  const clockSkewMs = Math.round(
    (records.beganMicros + records.endedMicros) / 2000 - (context.sentAt + context.receivedAt) / 2,
  )
  const clock: HostClock = {
    skewMs: clockSkewMs,
    bootedAt: records.beganMicros / 1000 - records.uptime * 1000 - clockSkewMs,
  }
  const units = unitFacts(records, context, clock)
  const answers: Record<string, Fact<Answer>> = {}
  for (const [index, question] of context.questions.entries()) {
    const why = whyNotAskable(question)
    answers[questionKey(question)] =
      why === undefined
        ? answer(question, index, { records, paths, units, clock, host })
        : unknown('ProbeFailed', `${host}: cannot be asked: ${why}`)
  }
  return known({
    host,
    lookedAt: context.sentAt,
    machineId: records.machineId,
    bootId: records.bootId,
    hostname: records.hostname,
    clockSkewMs,
    uptimeSeconds: records.uptime,
    cpus: cpuCount(records.cpus),
    memoryMiB: Math.floor(records.memoryKiB / 1024),
    custody: { installation: records.installation.trim(), epoch: wholeNumber(records.epoch) },
    journal: journalOf(records.journal, clockSkewMs),
    ownFiles: ownFilesOf(records.ownFiles),
    records: recordsOf(records.records),
    answers,
  })
}

function answer(question: Question, index: number, seen: Seen): Fact<Answer> {
  switch (question.ask) {
    case 'unit':
      return seen.units.get(question.unit) ?? unknown('ProbeFailed', `${seen.host}: systemctl did not answer`)
    case 'log':
      return logFact(question.unit, index, seen)
    case 'file':
      return fileFact(question, index, seen)
    case 'directory':
      return directoryFact(question.path, seen)
    case 'software':
      return softwareFact(question.path, index, seen)
    case 'superseded':
      return supersededFact(index, seen)
    case 'package':
      return packageFact(question.name, seen)
    case 'java':
      return javaFact(index, seen)
    case 'user':
      return userFact(question, seen)
    case 'listener':
      return listenerFact(question.port, seen)
    case 'firewall':
      return firewallFact(seen)
    case 'talk':
      return talkFact(question, index, seen)
    case 'http':
      return httpFact(question, index, seen)
    case 'znode':
      return znodeFact(question, index, seen)
  }
}

/** `0-3,8` → 5. */
function cpuCount(list: string): number {
  return list.split(',').reduce((sum, range) => {
    const match = /^\s*(\d{1,6})(?:-(\d{1,6}))?\s*$/.exec(range)
    return match === null ? sum : sum + Number(match[2] ?? match[1]) - Number(match[1]) + 1
  }, 0)
}

function wholeNumber(text: string): number {
  return /^\d{1,15}$/.test(text.trim()) ? Number(text.trim()) : 0
}

const phases = new Set(['intent', 'done', 'failed'])

/** Lines that are not whole (a machine lost its power while one was written) are left out. */
function journalOf(text: string, skewMs: number): readonly JournalEntry[] {
  return text.split('\n').flatMap((line) => {
    const [at, epoch, phase, object, member, verb, step, ...detail] = line.split('\t')
    if (step === undefined || at === undefined || !/^\d{1,15}$/.test(at) || !isPhase(phase)) return []
    return [
      {
        at: Number(at) - skewMs,
        epoch: wholeNumber(epoch ?? ''),
        phase,
        object: object ?? '',
        member: member ?? '',
        verb: verb ?? '',
        step,
        detail: detail.join('\t'),
      },
    ]
  })
}

function isPhase(text: string | undefined): text is JournalEntry['phase'] {
  return text !== undefined && phases.has(text)
}

/** Names and texts, one after the other. */
function recordsOf(fields: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    fields.flatMap((name, at) => (at % 2 === 0 ? [[name.replace(/\.json$/, ''), fields[at + 1] ?? '']] : [])),
  )
}

/** The last line about a path counts. */
function ownFilesOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const match = /^([0-9a-f]{64}) [ *](\/.+)$/.exec(line)
      return match === null ? [] : [[match[2] ?? '', match[1] ?? '']]
    }),
  )
}
