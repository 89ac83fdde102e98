import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { outcomesOf, preludeProblem } from '../../../src/executor/reply.ts'
import { custodyScript, waveScript } from '../../../src/executor/script.ts'
import type { Step } from '../../../src/model/step.ts'
import { type Box, context, makeBox, stepOf, whyNoBox } from './box.ts'

const why = whyNoBox()
const start: Step = stepOf({ verb: 'StartUnit', unit: 'ironherd-a.service' })
const H = '/var/lib/ironherd'

describe.skipIf(why !== '')(`who may act on a machine${why === '' ? '' : ` (${why})`}`, () => {
  let box: Box
  beforeEach(() => {
    box = makeBox()
  })
  afterEach(() => box.remove())
  const at = (epoch: number, installation = 'one') => ({ authority: { installation, epoch } })
  const refusal = async (more: Parameters<Box['wave']>[1]) => {
    const { code, stderr, stdout } = await box.wave([start], more)
    expect(stdout).not.toContain('@step')
    return preludeProblem(code, stderr)
  }

  test('the first step takes the machine into custody, in a directory that only root can read', async () => {
    const { code, outcomes } = await box.wave([start])
    expect([code, outcomes[0]?.result]).toEqual([0, 'done'])
    const seen = await box.ask(
      `cat ${H}/installation ${H}/epoch; stat -c %a ${H} ${H}/store ${H}/replaced ${H}/journal`,
    )
    expect(seen.split('\n')).toEqual(['one', '3', '700', '700', '700', '600'])
  })

  test('a newer epoch is kept, an older leader is refused and runs nothing', async () => {
    await box.wave([start], at(7))
    expect(await refusal(at(6))).toMatchObject({ code: 'EpochSuperseded', ran: false })
    expect(await box.ask(`cat ${H}/epoch; cat /mnt/fake/log`)).toBe(
      '7\nreset-failed ironherd-a.service\nstart ironherd-a.service',
    )
    expect((await box.wave([start], at(7))).outcomes[0]?.result).toBe('done')
  })

  test('a machine that is told of a new leader keeps its epoch, and is otherwise as it was', async () => {
    await box.wave([start], at(7))
    const all = `cd ${H}; find . ! -name . ! -name epoch -printf '%p %C@\\n' | sort`
    const before = await box.ask(all)
    expect((await box.run(custodyScript({ ...context, ...at(8) }))).code).toBe(0)
    expect(await box.ask(all)).toBe(before)
    expect(await refusal(at(7))).toMatchObject({ code: 'EpochSuperseded', ran: false })
  })

  test('whoever may not act there runs no program that changes anything', async () => {
    await box.wave([start], at(7))
    await box.ask(`rmdir ${H}/members`)
    const programs = ['mkdir', 'mv', 'sync', 'systemctl'].map((name) => `${name}() { echo "ran ${name}"; }`).join('\n')
    const said = async (authority: ReturnType<typeof at>): Promise<string> =>
      (await box.run(`${programs}\n${custodyScript({ ...context, ...authority })}`)).stdout
    expect([await said(at(6)), await said(at(9, 'two'))]).toEqual(['', ''])
    expect(await said(at(7))).toContain('ran mkdir')
  })

  test('another installation is refused, whatever its epoch, and is named', async () => {
    await box.wave([start])
    expect(await refusal(at(99, 'two'))).toEqual({
      code: 'ManagedByAnother',
      why: 'the machine belongs to installation one',
      ran: false,
    })
  })

  test.each([
    ['an epoch that is no number', `echo x >${H}/epoch`],
    ['an epoch that is empty', `: >${H}/epoch`],
    ['an epoch that cannot be read', `rm ${H}/epoch; mkdir ${H}/epoch`],
    ['an installation that cannot be read', `rm ${H}/installation; mkdir ${H}/installation`],
  ])('%s is not taken for none', async (_name, damage) => {
    await box.wave([start])
    await box.ask(damage)
    expect(await refusal(at(9))).toMatchObject({ code: 'StepFailed', ran: false })
  })

  test('while another step holds the lock, nothing is run', async () => {
    const script = waveScript([start], context).replace('flock -w 3', 'flock -w 0.3')
    const held = `mkdir -p ${H}; exec 7>>${H}/lock; flock 7; ( ${script}\n)`
    const { code, stdout } = await box.run(held)
    expect(preludeProblem(code, '')).toMatchObject({ code: 'HostLocked', ran: false })
    expect(stdout).toBe('')
  })

  test('a process that a step leaves behind does not hold the lock', async () => {
    const script = waveScript([start], context).replace(
      'systemctl start',
      '( sleep 30 >/dev/null 2>&1 & ); systemctl start',
    )
    const { stdout } = await box.run(`${script.replace(/exit 0$/, '')}\nexec 9>&-; flock -n ${H}/lock echo free`)
    expect(stdout).toContain('free')
  })

  test('an end of the journal that a power failure cut off does not swallow the next entry', async () => {
    await box.wave([start])
    await box.ask(`printf '17000\\t3\\tint' >>${H}/journal`)
    await box.wave([start])
    const lines = (await box.ask(`cat ${H}/journal`)).split('\n').map((line) => line.split('\t')[2])
    expect(lines).toEqual(['intent', 'done', 'int', 'intent', 'done'])
  })

  test('the journal holds intent before and outcome after, by object, member, verb and step, and is cut at 2000 lines', async () => {
    await box.ask(`mkdir -p -m 700 ${H}; for i in $(seq 2100); do echo "$i"; done >${H}/journal`)
    await box.ask(`mkdir -p /mnt/fake; : >/mnt/fake/fail-start`)
    await box.wave([start])
    const lines = (await box.ask(`cat ${H}/journal`)).split('\n')
    expect([lines.length, lines[0]]).toEqual([1002, '1101'])
    const fields = lines.slice(-2).map((line) => line.split('\t').slice(1))
    expect(fields).toEqual([
      ['3', 'intent', 'ZookeeperCluster/default/zk', 'zookeeper-1', 'StartUnit', start.id, ''],
      [
        '3',
        'failed',
        'ZookeeperCluster/default/zk',
        'zookeeper-1',
        'StartUnit',
        start.id,
        '1 start of ironherd-a.service failed',
      ],
    ])
  })
})

describe.skipIf(why !== '')('steps of a wave', () => {
  let box: Box
  beforeEach(() => {
    box = makeBox()
  })
  afterEach(() => box.remove())

  test('stop at the first that fails; the rest is skipped', async () => {
    await box.ask('mkdir -p /mnt/fake; : >/mnt/fake/fail-enable')
    const enable = stepOf({ verb: 'EnableUnit', unit: 'ironherd-a.service' })
    const { outcomes } = await box.wave([stepOf({ verb: 'ReloadUnits' }), enable, start])
    expect(outcomes.map(({ result, code }) => [result, code])).toEqual([
      ['done', undefined],
      ['failed', 'StepFailed'],
      ['skipped', undefined],
    ])
    expect(outcomes[1]?.detail).toBe('enable of ironherd-a.service failed')
    expect(await box.ask('cat /mnt/fake/log')).toBe('daemon-reload \nenable ironherd-a.service')
  })

  test('a start that fails is told as such', async () => {
    await box.ask('mkdir -p /mnt/fake; : >/mnt/fake/fail-start')
    expect((await box.wave([start])).outcomes).toMatchObject([{ result: 'failed', code: 'StartFailed' }])
  })

  test('a guard that refuses leaves no intent and no outcome in the journal', async () => {
    const guarded = stepOf({ verb: 'StopUnit', unit: 'u.service' }, [{ guard: 'Mounted', mount: '/mnt/nowhere' }])
    const { outcomes } = await box.wave([guarded])
    expect(outcomes).toMatchObject([
      { result: 'skipped', code: 'GuardRefused', detail: 'nothing is mounted at /mnt/nowhere' },
    ])
    expect(await box.ask(`cat ${H}/journal`)).toBe('')
  })
})

describe('an answer that ends too early', () => {
  const steps = [stepOf({ verb: 'ReloadUnits' }), start, stepOf({ verb: 'StopUnit', unit: 'x.service' })]
  const line = `@step ${steps[0]?.id} 0 5 \n`

  test('leaves the step under way unknown, and only that one', () => {
    const cut = preludeProblem(143, '')
    expect(cut).toMatchObject({ code: 'StepTimedOut', ran: true })
    expect(outcomesOf(steps, line, cut).map(({ result, code }) => [result, code])).toEqual([
      ['done', undefined],
      ['unknown', 'StepTimedOut'],
      ['skipped', undefined],
    ])
  })

  test('cannot be pretended by what a step says: its words come in base64 only', () => {
    const forged = `@step ${start.id} 0 5 \n`
    const words = Buffer.from(forged).toString('base64')
    const outcomes = outcomesOf([start], `@step ${start.id} 1 5 ${words}\n`)
    expect(outcomes).toMatchObject([{ result: 'failed', detail: forged }])
  })
})
