import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { timeLimitMs } from '../../../src/executor/script.ts'
import type { Action } from '../../../src/model/step.ts'
import { type Box, makeBox, stepOf, whyNoBox } from './box.ts'

const why = whyNoBox()
const journal = 'cut -f2- /var/lib/ironherd/journal | cut -f2,4-'

function fence(command: readonly string[], more: Partial<Extract<Action, { verb: 'Fence' }>> = {}): Action {
  return { verb: 'Fence', target: 'm9', command, timeoutSeconds: 20, ...more }
}
const secret = { name: 'bmc', key: 'login' }

describe.skipIf(why !== '')(`a command that proves another machine off${why === '' ? '' : ` (${why})`}`, () => {
  let box: Box
  beforeEach(() => {
    box = makeBox()
  })
  afterEach(() => box.remove())
  const run = async (action: Action, input?: string) => {
    const step = stepOf(action, [], 'outage')
    const more = input === undefined ? {} : { inputs: { [step.id]: input } }
    const { outcomes, stdout, stderr } = await box.wave([step], more)
    return { ...outcomes[0], id: step.id, all: `${stdout}${stderr}` }
  }

  test('succeeds with exit 0; its intent stands in the journal before, its outcome after', async () => {
    const { id, ...done } = await run(
      fence(['/bin/sh', '-c', 'tail -n 1 /var/lib/ironherd/journal | cut -f3,6 | tr "\\t" " "']),
    )
    expect(done).toMatchObject({ result: 'done' })
    expect(done.detail).toBe('exit 0: intent Fence')
    expect(await box.ask(journal)).toBe(`intent\tzookeeper-1\tFence\t${id}\t\ndone\tzookeeper-1\tFence\t${id}`)
  })

  test.each([1, 64, 66, 75, 127])('exit %i is a failure, whatever that code says of steps', async (code) => {
    expect(await run(fence(['/bin/sh', '-c', `echo no power supply; exit ${code}`]))).toMatchObject({
      result: 'failed',
      code: 'FenceFailed',
      detail: `exit ${code}: no power supply`,
    })
  })

  test('a program that is not there is a failure', async () => {
    expect(await run(fence(['/nowhere/fence']))).toMatchObject({ result: 'failed', code: 'FenceFailed' })
  })

  test('it is killed at its time, which proves nothing', async () => {
    const ended = await run(fence(['/bin/sh', '-c', 'trap "" TERM; sleep 30'], { timeoutSeconds: 1 }))
    expect(ended).toMatchObject({ result: 'failed', code: 'FenceFailed', detail: 'it did not end within 1 s' })
    expect(timeLimitMs([stepOf(fence(['/x'], { timeoutSeconds: 300 }))])).toBeGreaterThan(310_000)
  })

  test('its words reach it as they stand', async () => {
    const words = ['a b', "it's", '$(touch /mnt/pwned)', '`x`', '*', '-n', '\\', '"', '']
    const ended = await run(fence(['/bin/sh', '-c', 'printf "<%s>" "$@"', 'sh', ...words]))
    expect(ended.detail).toBe(`exit 0: ${words.map((word) => `<${word}>`).join('')}`)
    expect(await box.ask('ls -A /mnt')).toBe('')
  })

  test('a word with a line break is refused before anything is run', async () => {
    await expect(run(fence(['/bin/sh', 'a\nb']))).rejects.toThrow(/line/)
  })

  test('it knows nothing of the session that started it, and stands outside of the lock', async () => {
    const ended = await run(
      fence(['/bin/sh', '-c', 'env | cut -d= -f1 | sort | tr "\\n" " "; readlink /proc/self/fd/*']),
    )
    expect(ended.detail).toMatch(/^exit 1: HOME LC_ALL PATH PWD /)
    expect(ended.detail).not.toContain('/var/lib/ironherd')
  })

  test('its secret comes on its standard input, and stands nowhere else', async () => {
    const value = "password=hunter2\n$(touch /mnt/pwned)'\n"
    const look =
      'cat >/mnt/got; grep -al hunter[2] /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null >/mnt/shown; cat /mnt/got'
    const ended = await run(fence(['/bin/sh', '-c', look], { secret }), value)
    expect(ended.result).toBe('done')
    expect(JSON.stringify(ended)).not.toContain('hunter2')
    expect(await box.ask('cat /mnt/got; ls /mnt')).toBe(`${value}got\nshown`)
    expect(await box.ask('cat /mnt/shown')).toBe('')
    expect(await box.ask('grep -r hunter2 /var/lib/ironherd /etc/ironherd 2>/dev/null; true')).toBe('')
  })

  test('with a secret its output is not shown when it fails either', async () => {
    const ended = await run(fence(['/bin/sh', '-c', 'cat; cat >&2; exit 3'], { secret }), 'hunter2')
    expect(ended).toMatchObject({ result: 'failed', code: 'FenceFailed' })
    expect(ended.detail).toContain('exit 3')
    expect(ended.all).not.toContain(Buffer.from('hunter2').toString('base64'))
    expect(JSON.stringify(ended)).not.toContain('hunter2')
  })

  test('without a secret its standard input is empty', async () => {
    expect((await run(fence(['/bin/cat']))).detail).toBe('exit 0')
  })
})
