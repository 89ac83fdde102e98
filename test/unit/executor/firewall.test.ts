import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { outcomesOf } from '../../../src/executor/reply.ts'
import { keepScript, waveScript } from '../../../src/executor/script.ts'
import { parseLook } from '../../../src/hosts/look-reply.ts'
import { renderLook } from '../../../src/hosts/look-script.ts'
import { answerOn } from '../../../src/model/facts.ts'
import type { FirewallAnswer } from '../../../src/model/firewall.ts'
import { firewallScriptPath, firewallUnitPath } from '../../../src/model/firewall.ts'
import type { Action, StepOutcome } from '../../../src/model/step.ts'
import { type Box, context, makeBox, stepOf, whyNoBox } from './box.ts'

type OpenPorts = Extract<Action, { verb: 'OpenPorts' }>

const why =
  whyNoBox() ||
  (spawnSync('unshare', ['-n', 'sh', '-c', 'nft list ruleset && ip link']).status === 0
    ? ''
    : 'needs nft, ip and `unshare -n`')
const suffix = why === '' ? '' : ` (${why})`

const theirs = `table inet filter {
 chain input {
  type filter hook input priority filter; policy drop;
  ct state established,related accept
  iif lo accept
  tcp dport { 22, 80 } accept comment "not ironherd-host"
 }
 chain output {
  type filter hook output priority filter; policy accept;
  tcp dport 9998 drop
 }
 chain other {
  tcp dport 99 accept
 }
}
table ip more-rules {
 chain first {
  type filter hook input priority -10; policy accept;
  tcp dport 9999 drop
  ip saddr 192.0.2.7 drop
  counter log prefix "refused by all: " reject with icmp type host-prohibited comment "the # end"
  tcp dport 7777 accept
 }
}
table ip banned {
 chain input {
  type filter hook input priority -1; policy accept;
  tcp dport 22 ip saddr 192.0.2.8 reject
 }
}
table ip empty {
 chain input {
  type filter hook input priority 20; policy accept;
 }
}
table ip6 six {
 chain input {
  type filter hook input priority filter; policy drop;
 }
}
`
const fakeSystemdRun = `#!/bin/bash
mkdir -p /mnt/fake; echo "systemd-run $*" >>/mnt/fake/log
for a; do case $a in --unit=*) echo active >"/mnt/fake/\${a#--unit=}.timer";; esac; done
`

const chain = (family: string, table: string, name: string, before: readonly number[] = []) => ({
  family,
  table,
  name,
  before,
})
const shut = [chain('inet', 'filter', 'input'), chain('ip', 'more-rules', 'first')]
const open = (ports: readonly number[], chains: OpenPorts['chains'] = shut): OpenPorts => ({
  verb: 'OpenPorts',
  chains,
  ports,
})
const withBefore = (before: readonly number[]) => shut.map((one) => ({ ...one, before }))

let box: Box
beforeEach(async () => {
  if (why !== '') return
  box = makeBox(true)
  const run = Buffer.from(fakeSystemdRun).toString('base64')
  await box.ask(`echo ${run} | base64 -d >/usr/local/sbin/systemd-run; chmod 755 /usr/local/sbin/systemd-run
nft -f - <<'RULES'
${theirs}
RULES`)
})
afterEach(() => {
  if (why === '') box.remove()
})

const rules = () => box.ask('nft list ruleset')

async function one(action: Action): Promise<StepOutcome> {
  const { outcomes, stderr } = await box.wave([stepOf(action)])
  expect(stderr).toBe('')
  const [outcome] = outcomes
  if (outcome === undefined) throw new Error('no outcome')
  return outcome
}

const keep = (action: OpenPorts) => box.run(keepScript(action, context))

async function opened(action: OpenPorts): Promise<void> {
  expect(await one(action)).toMatchObject({ result: 'done', detail: '' })
  expect(await keep(action)).toMatchObject({ code: 0, stderr: '' })
}

async function seen(): Promise<FirewallAnswer | string> {
  const { stdout } = await box.run(renderLook([{ ask: 'firewall' }]))
  const facts = parseLook(Buffer.from(stdout), {
    host: 'm1',
    questions: [{ ask: 'firewall' }],
    sentAt: 0,
    receivedAt: 0,
  })
  const fact = answerOn({ m1: facts }, 'm1', { ask: 'firewall' })
  return fact.state === 'known' ? fact.value : fact.state
}

/** The chains that may refuse something, and what is opened in them. */
async function openings(): Promise<Readonly<Record<string, readonly number[]>>> {
  const answer = await seen()
  if (typeof answer === 'string') throw new Error(answer)
  return Object.fromEntries(
    answer.chains.filter((one) => one.shut).map((one) => [`${one.table} ${one.name}`, one.opened]),
  )
}

describe.skipIf(why !== '')(`openings in a firewall${suffix}`, () => {
  test('are made in every chain that refuses what it does not know, right before it does, and no other rule changes', async () => {
    expect(await seen()).toEqual({
      chains: [
        { family: 'inet', table: 'filter', name: 'input', shut: true, opened: [] },
        { family: 'ip', table: 'more-rules', name: 'first', shut: true, opened: [] },
        { family: 'ip', table: 'banned', name: 'input', shut: false, opened: [] },
        { family: 'ip', table: 'empty', name: 'input', shut: false, opened: [] },
      ],
    })
    const before = await rules()
    await opened(open([22, 2181]))
    expect(await openings()).toEqual({ 'filter input': [22, 2181], 'more-rules first': [22, 2181] })
    const rule = 'tcp dport { 22, 2181 } accept comment "ironherd-host"'
    const after = (await rules()).split('\n')
    expect(after.filter((line) => line.trim() !== rule).join('\n')).toBe(before)
    const [first = 0, second = 0] = after.flatMap((line, index) => (line.trim() === rule ? [index] : []))
    expect(after.slice(first - 1, first + 2).map((line) => line.trim())).toEqual([
      'tcp dport { 22, 80 } accept comment "not ironherd-host"',
      rule,
      '}',
    ])
    expect(after.slice(second - 1, second + 2).map((line) => line.trim().split(' ')[0])).toEqual([
      'ip',
      'tcp',
      'counter',
    ])
  })

  test('let a connection through that was refused before, and no other', async () => {
    const closed = 'type filter hook input priority 0; policy drop;\nct state established accept'
    await box.ask(`set -e; nft flush ruleset; ip link set lo up; nft -f - <<'RULES'
table inet filter {
chain input {
${closed}
}
}
RULES`)
    // Nobody listens: the kernel says so at once, where the firewall lets the question in.
    const reach = (port: number) =>
      box.ask(
        `( exec 7<>/dev/tcp/127.0.0.1/${String(port)} ) 2>/dev/null & p=$!; sleep 0.5; kill $p 2>/dev/null && echo silent || echo refused`,
      )
    expect(await reach(2181)).toBe('silent')
    await opened(open([22, 2181], [chain('inet', 'filter', 'input')]))
    expect([await reach(2181), await reach(2182)]).toEqual(['refused', 'silent'])
  })

  test('behind a rule that refuses all are none, and are made in front of it', async () => {
    await box.ask(`nft add rule ip more-rules first tcp dport 22 accept comment '"ironherd-host"'`)
    expect((await openings())['more-rules first']).toEqual([])
    await opened(open([22]))
    expect((await openings())['more-rules first']).toEqual([22])
  })

  test.each([
    'drop',
    'reject',
    'counter drop',
    'log prefix \\"x: \\" level info drop',
    'log group 2 counter reject with icmp type admin-prohibited',
    'drop comment \\"all of it\\"',
  ])('are made in front of one that says %s', async (rule) => {
    await box.ask(`nft flush chain ip more-rules first; nft "add rule ip more-rules first ${rule}"`)
    await opened(open([22, 80]))
    expect((await openings())['more-rules first']).toEqual([22, 80])
    expect((await box.ask('nft list chain ip more-rules first')).split('\n')).toHaveLength(7)
  })

  test('of one port, of others than before, and of none at all are each one rule or none', async () => {
    const before = await rules()
    await opened(open([22]))
    expect(await openings()).toEqual({ 'filter input': [22], 'more-rules first': [22] })
    await opened(open([22, 8020, 9866], withBefore([22])))
    expect(await openings()).toEqual({ 'filter input': [22, 8020, 9866], 'more-rules first': [22, 8020, 9866] })
    await opened(open([], withBefore([22, 8020, 9866])))
    expect(await rules()).toBe(before)
    expect(
      await box.ask(`ls ${firewallScriptPath} ${firewallUnitPath} 2>/dev/null; cat /var/lib/ironherd/own-files`),
    ).toBe('')
  })

  test('are taken back by the machine, to the rule, unless they are kept in time', async () => {
    const before = await rules()
    await opened(open([22]))
    const kept = await rules()
    expect(await one(open([22, 2181], withBefore([22])))).toMatchObject({ result: 'done' })
    const [, timer = ''] =
      /systemd-run (.*)\n?$/.exec(await box.ask('grep systemd-run /mnt/fake/log | tail -n 1')) ?? []
    expect(timer).toContain('--on-active=60')
    const command = timer.slice(timer.indexOf('/bin/bash'))
    await box.ask(`echo inactive >/mnt/fake/ironherd-host-firewall-revert.timer; ${command}`)
    expect(await rules()).toBe(kept)
    const late = await keep(open([22, 2181], withBefore([22])))
    expect([late.code, late.stderr.trim()]).toEqual([1, 'the change was taken back before a new login had proven it'])
    expect(await rules()).toBe(kept)
    expect(kept).not.toBe(before)
  })

  test('are not changed again before the change before is settled', async () => {
    await one(open([22]))
    const stands = await rules()
    for (const kind of ['timer', 'service']) {
      await box.ask(`rm -f /mnt/fake/*revert*; echo activating >/mnt/fake/ironherd-host-firewall-revert.${kind}`)
      expect(await one(open([22, 80]))).toMatchObject({ result: 'skipped', code: 'GuardRefused' })
    }
    expect(await rules()).toBe(stands)
  })

  test('are made again by their unit after a boot, and stand once however often it is started', async () => {
    await opened(open([22, 2181]))
    const stands = await rules()
    expect(await box.ask(`sed -n 's/^ExecStart=//p' ${firewallUnitPath}; stat -c %a ${firewallUnitPath}`)).toBe(
      `/bin/bash ${firewallScriptPath}\n644`,
    )
    expect(await box.ask('cat /mnt/fake/log')).toContain(
      'enable --now ironherd-host-firewall.service'.replace(' --now', ''),
    )
    await box.ask(`nft flush ruleset; nft -f - <<'RULES'
${theirs}
RULES
for i in 1 2; do /bin/bash ${firewallScriptPath}; done`)
    expect(await rules()).toBe(stands)
    await box.ask(`nft delete table ip more-rules; /bin/bash ${firewallScriptPath}`)
    expect(Object.keys(await openings())).toEqual(['filter input'])
  })

  test('in a chain that is gone are not kept', async () => {
    const action = open([22], [...shut, chain('ip', 'gone', 'input')])
    expect(await one(action)).toMatchObject({ result: 'done' })
    expect((await keep(action)).code).toBe(1)
    expect(await box.ask(`ls ${firewallUnitPath} 2>/dev/null || true`)).toBe('')
  })

  test.each(['nft', 'systemd-run', 'mkdir', 'sync', 'cat'])(
    'are not said to be made when %s fails',
    async (program) => {
      const before = await rules()
      const step = stepOf(open([22]))
      const broken = `set -e\n${program}() { command -v ${program} >/dev/null; return 9; }\nexport -f ${program}\n`
      const { stdout } = await box.run(waveScript([step], context).replace('set -e\n', broken))
      expect(outcomesOf([step], stdout)[0]?.result).toBe('failed')
      expect(await rules()).toBe(before)
    },
  )

  test('a name that nft would read as something else never becomes a script', () => {
    for (const name of ['a b', 'x;', '$(id)', 'a\nb', '']) {
      expect(() => waveScript([stepOf(open([22], [chain('ip', 'filter', name)]))], context)).toThrow(RangeError)
    }
  })

  test('are not known of a machine whose nft fails, and there are none where there is no nft', async () => {
    await box.ask("printf '#!/bin/sh\\necho broken; exit 1\\n' >/usr/local/sbin/nft; chmod 755 /usr/local/sbin/nft")
    expect(await seen()).toBe('unknown')
    const { stdout } = await box.run(`type() { return 1; }\n${renderLook([{ ask: 'firewall' }])}`)
    const at = { host: 'm1', questions: [{ ask: 'firewall' }] as const, sentAt: 0, receivedAt: 0 }
    const facts = parseLook(Buffer.from(stdout), at)
    expect(answerOn({ m1: facts }, 'm1', { ask: 'firewall' })).toEqual({ state: 'absent' })
  })
})
