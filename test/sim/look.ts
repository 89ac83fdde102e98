import type { Fact } from '../../src/model/fact.ts'
import { absent, known } from '../../src/model/fact.ts'
import type { MachineFacts } from '../../src/model/facts.ts'
import type { Answer, DirectoryAnswer, FileAnswer, Question } from '../../src/model/question.ts'
import { questionKey } from '../../src/model/question.ts'
import { digestOf } from './digest.ts'
import type { Machine } from './machine.ts'

/** What a look at a machine that answers says, as the parsers of src/hosts would have it. */
export function lookAt(machine: Machine, questions: readonly Question[]): MachineFacts {
  const { clock } = machine
  const answers: Record<string, Fact<Answer>> = {}
  for (const question of questions) answers[questionKey(question)] = answer(machine, question)
  return {
    host: machine.name,
    lookedAt: clock.now,
    machineId: machine.machineId,
    bootId: `boot-${machine.boots}`,
    hostname: machine.name,
    clockSkewMs: machine.skewMs,
    uptimeSeconds: (clock.now - machine.bootedAt) / 1000,
    cpus: 4,
    memoryMiB: 8192,
    custody: { installation: machine.installation, epoch: machine.epoch },
    journal: [...machine.journal],
    ownFiles: Object.fromEntries(machine.ownFiles),
    records: records(machine),
    answers,
  }
}

const recordPath = /^\/var\/lib\/ironherd\/members\/([^/]+)\.json$/

function records(machine: Machine): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...machine.files].flatMap(([path, { content }]) => {
      const stem = recordPath.exec(path)?.[1]
      return stem === undefined ? [] : [[stem, content]]
    }),
  )
}

function answer(machine: Machine, question: Question): Fact<Answer> {
  switch (question.ask) {
    case 'unit':
      return known(machine.systemd.show(question.unit))
    case 'file':
      return file(machine, question.path, question.content)
    case 'directory':
      return directory(machine, question.path)
    case 'software': {
      const found = machine.software.get(question.path)
      return found === undefined ? absent : known({ ...found })
    }
    case 'superseded':
      return known({ directories: [] })
    // No service that is simulated is asked for its last words.
    case 'log':
    case 'package':
      return absent
    case 'java':
      return known({ home: '/usr/lib/jvm/java-17', version: '17.0.15' })
    case 'user':
      return user(machine, question.name, question.group)
    case 'listener': {
      const found = machine.systemd.processes().find(({ process }) => process.listensOn(question.port))
      return found === undefined ? absent : known({ pid: found.process.pid, command: 'java', unit: found.unit })
    }
    case 'firewall':
      return absent
    case 'talk': {
      const found = machine.systemd.processes().find(({ process }) => process.listensOn(question.port))
      if (found === undefined) return known({ outcome: 'refused', text: '' })
      if (found.process.frozen) return known({ outcome: 'timeout', text: '' })
      return known(found.process.talk?.(question.send) ?? { outcome: 'answered', text: '' })
    }
    case 'http': {
      const found = machine.systemd.processes().find(({ process }) => process.listensOn(question.port))
      if (found === undefined) return known({ outcome: 'refused', status: 0, body: '' })
      if (found.process.frozen) return known({ outcome: 'timeout', status: 0, body: '' })
      return known(found.process.http?.(question.path) ?? { outcome: 'answered', status: 404, body: '' })
    }
    case 'znode':
      return machine.znode(question)
  }
}

function file(machine: Machine, path: string, content: number | undefined): Fact<FileAnswer> {
  const found = machine.files.get(path)
  if (found === undefined) return absent
  const { owner, group, mode, modifiedAt } = found
  const sha256 = digestOf(found.content)
  const size = found.content.length
  const base = { kind: 'file', sha256, mode, owner, group, size, modifiedAt } as const
  return known(content !== undefined && size <= content ? { ...base, content: found.content } : base)
}

const root = { owner: 'root', group: 'root', mode: '755' } as const

function directory(machine: Machine, path: string): Fact<DirectoryAnswer> {
  const found = machine.directories.get(path) ?? (path === '/' ? root : undefined)
  if (found === undefined) return absent
  return known({
    kind: 'directory',
    mode: found.mode,
    owner: found.owner,
    group: found.group,
    mount: machine.mountOf(path),
    readOnly: false,
    freeMiB: 100_000,
    entries: machine.namesIn(path),
  })
}

function user(machine: Machine, name: string, group: string | undefined): Fact<Answer> {
  if (!machine.users.has(name)) return absent
  const base = { uid: 990, group: name, home: '/nonexistent', shell: '/usr/sbin/nologin' }
  return known(group === undefined ? base : { ...base, groupExists: machine.users.has(group) })
}
