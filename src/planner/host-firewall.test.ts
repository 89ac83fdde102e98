import { describe, expect, test } from 'vitest'
import { fileAnswer, machine, sha256, unitAnswer } from '../../test/unit/builders.ts'
import type { Fact } from '../model/fact.ts'
import { absent, known, unknown, valueOf } from '../model/fact.ts'
import { firewallScriptPath, firewallUnit, firewallUnitPath, type SeenChain } from '../model/firewall.ts'
import type { DesiredHost } from '../model/host.ts'
import type { Answer, Question } from '../model/question.ts'
import { questionKey } from '../model/question.ts'
import { decideHost, questionsOfHost } from './host.ts'
import { firewallQuestions } from './host-firewall.ts'

const desired: DesiredHost = { host: 'm1', declared: true, users: [], files: [], keeps: [], openPorts: [22, 2181] }
const { openPorts: _, ...undeclared } = desired

const rules: Question = { ask: 'firewall' }
const firewalld: Question = { ask: 'unit', unit: 'firewalld.service' }
const ufw: Question = { ask: 'file', path: '/etc/ufw/ufw.conf', content: 4096 }
const legacy: Question = { ask: 'file', path: '/proc/net/ip_tables_names', content: 4096 }
const unit: Question = { ask: 'unit', unit: firewallUnit }
const revert: Question = { ask: 'unit', unit: 'ironherd-host-firewall-revert.timer' }
const script: Question = { ask: 'file', path: firewallScriptPath }
const listener = (port: number): Question => ({ ask: 'listener', port })

function chain(opened: readonly number[], more: Partial<SeenChain> = {}): SeenChain {
  return { family: 'inet', table: 'filter', name: 'input', shut: true, opened, ...more }
}

const kept = { [firewallUnitPath]: sha256('unit'), [firewallScriptPath]: sha256('script') }

/** A machine on which all stands that ironherd makes, but for what is given. */
function facts(
  chains: Fact<Answer> | readonly SeenChain[],
  more: readonly (readonly [Question, Fact<Answer>])[] = [],
  own = kept,
) {
  return machine([], {
    ownFiles: own,
    changes: [
      [rules, 'state' in chains ? chains : known({ chains })],
      [firewalld, known(unitAnswer({ activeState: 'inactive', loadState: 'not-found' }))],
      [ufw, absent],
      [legacy, absent],
      [revert, known(unitAnswer({ activeState: 'inactive', loadState: 'not-found' }))],
      [unit, known(unitAnswer())],
      [script, known(fileAnswer('script'))],
      ...more,
    ],
  })
}

function decided(seen: ReturnType<typeof facts>, wanted = desired) {
  const { plan, problems, run } = decideHost(wanted, { m1: seen })
  const actions = (plan?.waves ?? []).flatMap(({ steps }) => steps).map(({ action }) => action)
  return {
    actions,
    codes: problems.map(({ code }) => code),
    messages: problems.map(({ message }) => message).join(),
    run,
  }
}

const opens = (ports: readonly number[], ...chains: readonly SeenChain[]) => [
  {
    verb: 'OpenPorts',
    ports,
    chains: chains.map(({ family, name, opened, table }) => ({ family, table, name, before: opened })),
  },
]

test('what is not declared and was never done is not asked; what was done is, with who listens behind what stands open', () => {
  expect(firewallQuestions(undeclared, undefined)).toEqual([])
  const last = valueOf(facts([chain([22, 2181, 8020])]))
  expect(firewallQuestions(desired, last)).toEqual([
    rules,
    firewalld,
    ufw,
    legacy,
    revert,
    unit,
    script,
    listener(8020),
  ])
  expect(firewallQuestions(undeclared, last).slice(-3)).toEqual([listener(22), listener(2181), listener(8020)])
  expect(questionsOfHost(desired, undefined).map(questionKey)).toContain('firewall')
})

describe('openings', () => {
  test('that stand in every chain that may refuse something need nothing', () => {
    const other = chain([22, 2181], { family: 'ip', table: 'more' })
    expect(decided(facts([chain([22, 2181]), other, chain([], { shut: false })]))).toMatchObject({
      actions: [],
      codes: [],
    })
  })

  test('are made where nothing, or something else, is open', () => {
    expect(decided(facts([chain([])], [], {} as never)).actions).toEqual(opens([22, 2181], chain([])))
    const other = chain([22, 2181], { table: 'other' })
    expect(decided(facts([chain([22]), other])).actions).toEqual(opens([22, 2181], chain([22]), other))
  })

  test('are not made where nothing is shut, or where there is no nft', () => {
    expect(decided(facts([chain([], { shut: false })]))).toMatchObject({ actions: [], codes: [] })
    expect(decided(facts(absent))).toMatchObject({ actions: [], codes: [] })
  })

  test('that nobody declares any more are shut when nobody listens there, and not before', () => {
    const standing = chain([22, 2181, 8020])
    const of = (fact: Fact<Answer>) => decided(facts([standing], [[listener(8020), fact]])).actions
    expect(of(absent)).toEqual(opens([22, 2181], standing))
    expect(of(known({ pid: 1, command: 'java', unit: '' }))).toEqual([])
    expect(of(unknown('ProbeFailed', 'm1: cut off'))).toEqual([])
  })

  test('are made again when what makes them after a boot is gone or was changed', () => {
    const standing = chain([22, 2181])
    const again = opens([22, 2181], standing)
    expect(decided(facts([standing], [[unit, known(unitAnswer({ unitFileState: 'disabled' }))]])).actions).toEqual(
      again,
    )
    expect(decided(facts([standing], [[script, absent]])).actions).toEqual(again)
    expect(decided(facts([standing], [[script, known(fileAnswer('edited'))]])).actions).toEqual(again)
  })

  test('are all taken away when the firewall is declared no more, whoever keeps it now', () => {
    const standing = chain([22, 2181])
    const active = known(unitAnswer({ activeState: 'active' }))
    expect(decided(facts([standing], [[firewalld, active]]), undeclared).actions).toEqual(opens([], standing))
    expect(decided(facts([standing], [], {} as never), undeclared).actions).toEqual([])
  })

  test('are left alone, and said not to be settled, while the machine may still take them back', () => {
    const pending = [revert, known(unitAnswer())] as const
    for (const wanted of [desired, undeclared]) {
      const { actions, codes } = decided(facts([chain([22, 2181])], [pending]), wanted)
      expect([actions, codes]).toEqual([[], ['FirewallReverted']])
    }
  })

  test('wait until all else is done, since they are proven within a minute', () => {
    const user = { name: 'u', group: 'u', create: true }
    const missing = [{ ask: 'user', name: 'u', group: 'u' }, absent] as const
    const { actions, run } = decided(facts([chain([])], [missing]), { ...desired, users: [user] })
    expect(actions.map(({ verb }) => verb)).toEqual(['EnsureUser', 'OpenPorts'])
    expect(run?.steps.map(({ action }) => action.verb)).toEqual(['EnsureUser'])
  })
})

describe('rules of others', () => {
  test.each<[string, readonly (readonly [Question, Fact<Answer>])[], readonly SeenChain[]]>([
    ['firewalld', [[firewalld, known(unitAnswer({ activeState: 'active' }))]], []],
    ['ufw', [[ufw, known(fileAnswer('# ufw\nENABLED=yes\n'))]], []],
    ['iptables', [[legacy, known(fileAnswer('nat\nfilter\n'))]], []],
    ['iptables', [], [chain([], { family: 'ip', table: 'filter', name: 'INPUT' })]],
  ])('of %s are refused by name, and nothing is opened in them', (name, more, chains) => {
    const { actions, codes, messages } = decided(facts([chain([]), ...chains], more))
    expect([actions, codes]).toEqual([[], ['FirewallUnsupported']])
    expect(messages).toMatch(new RegExp(`^m1: ${name} keeps the rules`))
  })

  test("that shut nothing are in nobody's way", () => {
    const more: readonly (readonly [Question, Fact<Answer>])[] = [
      [ufw, known(fileAnswer('ENABLED=no\n'))],
      [legacy, known(fileAnswer('nat\n'))],
    ]
    const iptables = chain([], { family: 'ip', table: 'filter', name: 'INPUT', shut: false })
    expect(decided(facts([chain([22, 2181]), iptables], more))).toMatchObject({ actions: [], codes: [] })
  })

  test.each([rules, firewalld, ufw, legacy, revert, unit, script])(
    'are not guessed at when $ask $path$unit cannot be seen',
    (question) => {
      const unseen = unknown('ProbeFailed', 'm1: cut off')
      expect(decided(facts([chain([22, 2181])], [[question, unseen]]))).toMatchObject({
        actions: [],
        codes: ['ProbeFailed'],
      })
    },
  )
})
