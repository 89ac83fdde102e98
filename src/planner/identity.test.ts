import { describe, expect, test } from 'vitest'
import { fileAnswer, fleet, machine, member, members, object } from '../../test/unit/builders.ts'
import { absent, known, unknown } from '../model/fact.ts'
import { identityFile, identityProblems, identityQuestion, isEstablished, recordProblem } from './identity.ts'

describe('what a member was started as', () => {
  test.each([
    ['version', '3.9.1', 'VersionChangeUnsupported'],
    ['dataDir', '/other', 'DataDirectoryChangeUnsupported'],
    ['ensemble', '1=m1', 'MembershipChangeUnsupported'],
  ])('differs from the spec in %s, which stays for life', (key, value, code) => {
    const changed = member(1, { identity: { ...member(1).identity, [key]: value }, changeable: [] })
    const [found] = identityProblems(object, [changed], fleet([member(1)]))
    expect(found).toMatchObject({ code, field: key, host: 'm1' })
    expect(found?.message).toContain(JSON.stringify(value))
  })

  test('may differ in what a restart changes, and in what an older record does not tell', () => {
    const identity = { ...member(1).identity, version: '3.9.1', endpoint: '10.0.0.1:2888:3888' }
    expect(identityProblems(object, [member(1, { identity })], fleet([member(1)]))).toEqual([])
  })

  test('belongs to another object', () => {
    const facts = { m1: machine([member(1)], { owner: { ...object, name: 'other' } }) }
    expect(identityProblems(object, [member(1)], facts)).toMatchObject([{ code: 'MembershipChangeUnsupported' }])
  })

  test('is as declared: no problem, in whatever order the record has its keys', () => {
    const record: unknown = JSON.parse(identityFile(object, member(1)).content)
    const turned = JSON.stringify(Object.fromEntries(Object.entries(record as object).reverse()))
    const facts = { m1: machine([member(1)], { changes: [[identityQuestion(member(1)), known(fileAnswer(turned))]] }) }
    expect(identityProblems(object, [member(1)], facts)).toEqual([])
  })

  test('is not known for a member that was never started: nothing to differ from', () => {
    const facts = { m1: machine([member(1)], { changes: [[identityQuestion(member(1)), absent]] }) }
    expect([isEstablished(facts, member(1)), identityProblems(object, members(1), facts)]).toEqual([false, []])
  })
})

describe('a record that cannot be read', () => {
  const { content: _, ...tooLong } = fileAnswer('x'.repeat(20_000))
  test.each([
    ['is no JSON', known(fileAnswer('{"object":'))],
    ['is a list', known(fileAnswer('[]'))],
    ['is too long', known(tooLong)],
  ])('%s: it stands there, so the member counts as started, and is a problem of its own', (_name, fact) => {
    const facts = { m1: machine([member(1)], { changes: [[identityQuestion(member(1)), fact]] }) }
    expect(isEstablished(facts, member(1))).toBe(true)
    expect(recordProblem(facts, member(1))).toMatchObject({ code: 'FileNotOurs', member: 'zookeeper-1' })
  })

  test('was not seen: the reason is that of the look', () => {
    const fact = unknown('ProbeFailed', 'Input/output error')
    const facts = { m1: machine([member(1)], { changes: [[identityQuestion(member(1)), fact]] }) }
    expect(recordProblem(facts, member(1))).toMatchObject({ code: 'ProbeFailed' })
    expect(isEstablished(facts, member(1))).toBe(false)
  })
})
