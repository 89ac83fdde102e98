import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { outcomesOf } from '../../../src/executor/reply.ts'
import { waveScript } from '../../../src/executor/script.ts'
import type { MarkedBlock } from '../../../src/model/host.ts'
import type { Action, StepOutcome } from '../../../src/model/step.ts'
import { type Box, context, makeBox, stepOf, whyNoBox } from './box.ts'

const why = whyNoBox()
const suffix = why === '' ? '' : ` (${why})`

const block: MarkedBlock = {
  path: '/etc/ironherd/hosts',
  begin: "# BEGIN it's $(touch /mnt/pwned) [a]*",
  end: '# END .*',
  record: '/var/lib/ironherd/preparation/hosts-block',
}
const write = (...lines: readonly string[]): Action => ({ verb: 'WriteBlock', block, lines })
const remove: Action = { verb: 'RemoveBlock', block }
const blockOf = (...lines: readonly string[]) => [block.begin, ...lines, block.end, ''].join('\n')

let box: Box
beforeEach(() => {
  if (why === '') box = makeBox()
})
afterEach(() => {
  if (why === '') box.remove()
})

async function one(action: Action): Promise<StepOutcome> {
  const { outcomes, stderr } = await box.wave([stepOf(action)])
  expect(stderr).toBe('')
  const [outcome] = outcomes
  if (outcome === undefined) throw new Error('no outcome')
  return outcome
}

async function put(bytes: Buffer | string): Promise<void> {
  const text = Buffer.from(bytes).toString('base64')
  await box.ask(`mkdir -p /etc/ironherd; echo ${text} | base64 -d >${block.path}`)
}

async function bytes(): Promise<Buffer> {
  return Buffer.from(await box.ask(`base64 -w0 <${block.path}`), 'base64')
}

describe.skipIf(why !== '')(`a marked block${suffix}`, () => {
  test('stands in front of what was there, and is known by a record', async () => {
    await put('127.0.0.1 localhost\n127.0.1.1 m1\n')
    expect(await one(write('10.0.0.1 m1', "10.0.0.2 it's"))).toMatchObject({ result: 'done', detail: '' })
    expect((await bytes()).toString()).toBe(
      `${blockOf('10.0.0.1 m1', "10.0.0.2 it's")}127.0.0.1 localhost\n127.0.1.1 m1\n`,
    )
    expect(await box.ask('ls /mnt; cut -d" " -f3 /var/lib/ironherd/own-files')).toBe(`${block.record}`)
  })

  test('is replaced where it stands, and keeps mode and owner of the file', async () => {
    await put(`first\n${blockOf('old')}last without an end`)
    await box.ask(`chmod 640 ${block.path}; chown daemon:daemon ${block.path}`)
    await one(write('new', 'newer'))
    expect((await bytes()).toString()).toBe(`first\n${blockOf('new', 'newer')}last without an end`)
    expect(await box.ask(`stat -c '%a %U:%G' ${block.path}; ls -A /etc/ironherd`)).toBe('640 daemon:daemon\nhosts')
  })

  test('leaves every other byte as it is, whatever the file holds, and goes without a trace', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 30 }).map((part) => Buffer.from(part)),
            fc
              .constantFrom('\n', '\r\n', '\0', `x${block.begin}\n`, '# END x\n', '\n\n')
              .map((part) => Buffer.from(part)),
          ),
          { maxLength: 12 },
        ),
        async (parts) => {
          const before = Buffer.concat(parts)
          await put(before)
          for (const lines of [['10.0.0.1 m1'], [], ['10.0.0.1 m1', '10.0.0.2 m2']]) {
            expect((await one(write(...lines))).result).toBe('done')
            expect(await bytes()).toEqual(Buffer.concat([Buffer.from(blockOf(...lines)), before]))
          }
          expect((await one(remove)).result).toBe('done')
          expect(await bytes()).toEqual(before)
        },
      ),
      { numRuns: 12 },
    )
    expect(await box.ask('ls /mnt; cat /var/lib/ironherd/own-files; ls -A /etc/ironherd')).toBe('hosts')
  })

  test('is written into a file that is not there, and removed where none stands', async () => {
    expect((await one(remove)).result).toBe('done')
    await box.ask('mkdir /etc/ironherd')
    expect((await one(write('10.0.0.1 m1'))).result).toBe('done')
    expect((await bytes()).toString()).toBe(blockOf('10.0.0.1 m1'))
    for (let times = 0; times < 2; times++) expect((await one(remove)).result).toBe('done')
    expect((await bytes()).toString()).toBe('')
  })

  test.each([
    ['one mark alone', `${block.begin}\nx\n`],
    ['the other mark alone', `x\n${block.end}`],
    ['marks the wrong way round', `${block.end}\n${block.begin}\n`],
    ['a mark twice', `${blockOf('a')}${block.begin}\n`],
    ['two blocks', `${blockOf('a')}${blockOf('b')}`],
  ])('is refused with %s, and nothing is changed', async (_name, text) => {
    await put(text)
    for (const action of [write('n'), remove]) {
      const outcome = await one(action)
      expect(outcome).toMatchObject({ result: 'failed', code: 'BlockRefused' })
      expect(outcome.detail).toContain('not one pair')
    }
    expect((await bytes()).toString()).toBe(text)
  })

  test('is refused where a link or a directory stands', async () => {
    for (const make of [`ln -s /etc/passwd ${block.path}`, `mkdir ${block.path}`]) {
      await box.ask(`mkdir -p /etc/ironherd; rm -rf ${block.path}; ${make}`)
      expect(await one(write('n'))).toMatchObject({ result: 'failed', code: 'BlockRefused' })
    }
  })

  test.each(['grep', 'head', 'tail', 'base64', 'cp', 'mv', 'sync', 'mktemp', 'sha256sum'])(
    'is not said to be written when %s fails, and the file stays whole',
    async (program) => {
      await put('127.0.0.1 localhost\n')
      const step = stepOf(write('n'))
      const broken = `set -e\n${program}() { command -v ${program} >/dev/null; return 9; }\n`
      const { stdout } = await box.run(waveScript([step], context).replace('set -e\n', broken))
      expect(outcomesOf([step], stdout)[0]?.result).toBe('failed')
      if (program !== 'sync') expect((await bytes()).toString()).toBe('127.0.0.1 localhost\n')
    },
  )
})

describe.skipIf(why !== '')(`the host name${suffix}`, () => {
  const name: Action = { verb: 'SetHostName', name: 'm1.example' }

  test('is set, with the intent in the journal', async () => {
    const { outcomes } = await box.wave([stepOf(name, [{ guard: 'NoMembers' }])])
    expect(outcomes[0]).toMatchObject({ result: 'done' })
    expect(await box.ask('cat /mnt/fake/log; cut -f3,6 /var/lib/ironherd/journal')).toBe(
      'hostnamectl set-hostname -- m1.example\nintent\tSetHostName\ndone\tSetHostName',
    )
  })

  test('is not set while a record of a member stands on the machine', async () => {
    await box.ask('mkdir -p /var/lib/ironherd/members; echo {} >/var/lib/ironherd/members/ironherd-a.json')
    const { outcomes } = await box.wave([stepOf(name, [{ guard: 'NoMembers' }])])
    expect(outcomes[0]).toMatchObject({ result: 'skipped', code: 'GuardRefused' })
    expect(outcomes[0]?.detail).toBe('ironherd-a stands on this machine')
    expect(await box.ask('cat /mnt/fake/log 2>/dev/null || true')).toBe('')
  })
})
