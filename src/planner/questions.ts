import type { Member, ServiceUser, SoftwareSource } from '../model/member.ts'
import type { Question } from '../model/question.ts'
import { questionKey } from '../model/question.ts'
import { identityQuestion, stemOf } from './identity.ts'

/** All that a pass needs to ask, by Host name: what the planner compares, and the services' own probes. Keys are unique. */
export function questionsOf(members: readonly Member[]): Readonly<Record<string, readonly Question[]>> {
  const byHost: Record<string, Map<string, Question>> = {}
  for (const member of members) {
    const questions = (byHost[member.host] ??= new Map<string, Question>())
    for (const question of questionsOfMember(member)) questions.set(questionKey(question), question)
  }
  return Object.fromEntries(Object.entries(byHost).map(([host, questions]) => [host, [...questions.values()]]))
}

function questionsOfMember(member: Member): readonly Question[] {
  const mounts = member.directories.flatMap((directory) => (directory.mount === undefined ? [] : [directory.mount]))
  return [
    { ask: 'unit', unit: member.unit.name },
    loadedQuestion(member),
    identityQuestion(member),
    fenceQuestion(member),
    userQuestion(member.user),
    ...(member.java.minimumVersion === 0 ? [] : [{ ask: 'java', home: member.java.home } as const]),
    ...softwareQuestions(member),
    ...mounts.map((path): Question => ({ ask: 'directory', path })),
    ...member.directories.map((directory): Question => ({ ask: 'directory', path: directory.path })),
    configDirectoryQuestion(member),
    ...member.files.map((file): Question => ({ ask: 'file', path: file.path })),
    ...member.ports.map((claim): Question => ({ ask: 'listener', port: claim.port })),
    ...member.probes,
  ]
}

export function userQuestion({ name, group }: ServiceUser): Extract<Question, { ask: 'user' }> {
  return { ask: 'user', name, group }
}

/** What the running process was started with: lines `sha256  path`, written by the unit itself. */
export function loadedQuestion(member: Member): Extract<Question, { ask: 'file' }> {
  return { ask: 'file', path: member.unit.loadedPath, content: 16384 }
}

/** A file that is there while the unit is masked as a fence: whoever fenced it takes it away again. */
export function fenceQuestion(member: Member): Extract<Question, { ask: 'file' }> {
  return { ask: 'file', path: `/var/lib/ironherd/fences/${member.unit.name}` }
}

export function configDirectoryQuestion(member: Member): Extract<Question, { ask: 'directory' }> {
  return { ask: 'directory', path: `/etc/ironherd/${stemOf(member)}` }
}

export function supersededQuestion(
  software: Extract<SoftwareSource, { from: 'archive' }>,
): Extract<Question, { ask: 'superseded' }> {
  return { ask: 'superseded', familyPrefix: software.familyPrefix, keep: software.path }
}

function softwareQuestions(member: Member): readonly Question[] {
  const software = member.software
  switch (software.from) {
    case 'archive':
      return [{ ask: 'software', path: software.path }, supersededQuestion(software)]
    case 'packages':
      return [
        ...software.packages.map((name): Question => ({ ask: 'package', name })),
        ...software.maskUnits.map((unit): Question => ({ ask: 'unit', unit })),
      ]
  }
}
