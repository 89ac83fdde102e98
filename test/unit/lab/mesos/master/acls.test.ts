import { expect, test } from 'vitest'
import { type Acls, parseAcls, permits } from '../../../../lab/mesos/master/acls.ts'

function acls(given: object): Acls {
  const read = parseAcls(JSON.stringify(given))
  if (typeof read === 'string') throw new Error(read)
  return read
}

test('ACLs are JSON with lists of rules', () => {
  expect(parseAcls('permissive: false')).toBe('Failed to parse JSON')
  expect(parseAcls('{"permissive": "no"}')).toContain('permissive')
  expect(parseAcls('{"register_frameworks": {}}')).toContain('register_frameworks')
  expect(parseAcls('{"register_frameworks": [{"principals": {"type": "ANY"}}]}')).toContain('register_frameworks')
})

test('rules that nothing here heeds are refused rather than ignored', () => {
  expect(parseAcls('{"view_tasks": []}')).toBe("This master has no rules for 'view_tasks'")
})

test('the first rule that fits decides', () => {
  const given = acls({
    register_frameworks: [
      { principals: { values: ['marathon'] }, roles: { values: ['web', 'batch'] } },
      { principals: { values: ['marathon'] }, roles: { type: 'NONE' } },
      { principals: { type: 'ANY' }, roles: { values: ['*'] } },
    ],
    permissive: false,
  })
  expect(permits(given, 'register_frameworks', 'marathon', 'web')).toBe(true)
  expect(permits(given, 'register_frameworks', 'marathon', '*')).toBe(false)
  expect(permits(given, 'register_frameworks', 'chronos', '*')).toBe(true)
  expect(permits(given, 'register_frameworks', 'chronos', 'web')).toBe(false)
})

test('where no rule fits, only permissive ACLs permit', () => {
  const rule = { principals: { values: ['ops'] }, agents: { type: 'ANY' } }
  expect(permits(acls({ drain_agents: [rule] }), 'drain_agents', 'other', undefined)).toBe(true)
  expect(permits(acls({ drain_agents: [rule], permissive: false }), 'drain_agents', 'other', undefined)).toBe(false)
  expect(permits(acls({ drain_agents: [rule], permissive: false }), 'drain_agents', 'ops', undefined)).toBe(true)
})

test('who has no principal is anybody, and fits no rule for somebody', () => {
  const given = acls({
    register_agents: [{ principals: { values: ['agent'] }, agents: { type: 'ANY' } }],
    permissive: false,
  })
  expect(permits(given, 'register_agents', undefined, undefined)).toBe(false)
  expect(permits(given, 'register_agents', 'agent', undefined)).toBe(true)
})
