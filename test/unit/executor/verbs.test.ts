import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { guardScript } from '../../../src/executor/guards.ts'
import { outcomesOf } from '../../../src/executor/reply.ts'
import { waveScript } from '../../../src/executor/script.ts'
import { storePath, verbScript } from '../../../src/executor/verbs.ts'
import { soundMark, soundMarkPath } from '../../../src/hosts/layout.ts'
import { parseLook } from '../../../src/hosts/look-reply.ts'
import { renderLook } from '../../../src/hosts/look-script.ts'
import { answerOn } from '../../../src/model/facts.ts'
import type { DesiredFile } from '../../../src/model/member.ts'
import type { SoftwareAnswer } from '../../../src/model/question.ts'
import type { Action, Guard, StepOutcome } from '../../../src/model/step.ts'
import { type Box, context, makeBox, stepOf, whyNoBox } from './box.ts'

const why = whyNoBox()
const suffix = why === '' ? '' : ` (${why})`
const H = '/var/lib/ironherd'
const ownGuard = (path: string): Guard => ({ guard: 'OwnFile', path })

let box: Box
beforeEach(() => {
  if (why === '') box = makeBox()
})
afterEach(() => {
  if (why === '') box.remove()
})

async function one(action: Action, guards: readonly Guard[] = []): Promise<StepOutcome> {
  const { outcomes, stderr } = await box.wave([stepOf(action, guards)])
  expect(stderr).toBe('')
  const [outcome] = outcomes
  if (outcome === undefined) throw new Error('no outcome')
  return outcome
}

function file(path: string, content: string, more: Partial<DesiredFile> = {}): DesiredFile {
  return { path, content, mode: '640', owner: 'root', group: 'daemon', secret: false, restart: true, ...more }
}
const write = (path: string, content: string, more: Partial<DesiredFile> = {}): Action => ({
  verb: 'WriteFile',
  file: file(path, content, more),
})
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe.skipIf(why !== '')(`WriteFile${suffix}`, () => {
  test('writes exactly the bytes, with mode and owner, and notes them as its own', async () => {
    const content = `a\n\n$(touch /mnt/pwned) \`x\` 'q' "d" \\ é\u2028 BYTES\nBYTES\n${'long '.repeat(3000)}no newline at the end`
    expect(await one(write('/etc/ironherd/a/x.cfg', content))).toMatchObject({ result: 'done', detail: '' })
    const seen = await box.ask(
      `sha256sum </etc/ironherd/a/x.cfg; stat -c '%a %U:%G' /etc/ironherd/a/x.cfg; cat ${H}/own-files; ls -A /etc/ironherd/a; ls /mnt`,
    )
    expect(seen.split('\n')).toEqual(
      [`${sha256(content)}  -`, '640 root:daemon', `${sha256(content)}  /etc/ironherd/a/x.cfg`, 'x.cfg', 'fake'].slice(
        0,
        4,
      ),
    )
  })

  test('writes an empty file', async () => {
    await one(write('/etc/ironherd/empty', ''))
    expect(await box.ask('stat -c %s /etc/ironherd/empty')).toBe('0')
  })

  test.each([
    ['quotes', `/etc/ironherd/it's "x"`],
    ['a command', '/etc/ironherd/$(echo pwned)`echo pwned`'],
    ['a leading dash', '/etc/ironherd/-rf'],
    ['unicode and spaces', '/etc/ironherd/ä  b '],
    ['patterns', '/etc/ironherd/*[a]?'],
    ['a backslash', '/etc/ironherd/a\\nb'],
  ])('takes a path with %s for what it is, twice', async (_name, path) => {
    expect((await one(write(path, 'first'), [ownGuard(path)])).result).toBe('done')
    expect((await one(write(path, 'second'), [ownGuard(path)])).result).toBe('done')
    const own = await box.ask(`ls -A /etc/ironherd; ls /mnt; cat ${H}/own-files`)
    expect(own).toBe(`${path.slice('/etc/ironherd/'.length)}\n${sha256('second')}  ${path}`.trimEnd())
    expect((await one({ verb: 'RemoveFile', path }, [ownGuard(path)])).result).toBe('done')
    expect(await box.ask(`ls -A /etc/ironherd; cat ${H}/own-files`)).toBe('')
  })

  test('a path with a line break never becomes a script', () => {
    expect(() => waveScript([stepOf(write('/etc/a\nrm -rf x', ''))], context)).toThrow(/line break/)
  })

  test('leaves a file that ironherd did not write, and says so', async () => {
    await box.ask('mkdir -p /etc/ironherd; echo theirs >/etc/ironherd/f; ln -s /nowhere /etc/ironherd/l')
    for (const path of ['/etc/ironherd/f', '/etc/ironherd/l']) {
      expect(await one(write(path, 'mine'), [ownGuard(path)])).toMatchObject({
        result: 'skipped',
        code: 'GuardRefused',
      })
    }
    expect(await box.ask('cat /etc/ironherd/f; readlink /etc/ironherd/l')).toBe('theirs\n/nowhere')
  })

  test('keeps a copy of what somebody wrote over its own file, and none of what it wrote itself', async () => {
    await one(write('/etc/ironherd/f', 'v1'))
    await one(write('/etc/ironherd/f', 'v2'))
    expect(await box.ask(`ls ${H}/replaced`)).toBe('')
    await box.ask('echo edited >/etc/ironherd/f')
    await one(write('/etc/ironherd/f', 'v3'))
    expect(await box.ask(`cat ${H}/replaced/*-f; cat /etc/ironherd/f`)).toBe('edited\nv3')
  })

  test('keeps the copy though the same bytes are its own under a longer path', async () => {
    await one(write('/etc/ironherd/f', 'a'))
    await one(write('/etc/ironherd/f.more', 'b'))
    await box.ask('printf b >/etc/ironherd/f')
    await one(write('/etc/ironherd/f', 'c'))
    expect(await box.ask(`cat ${H}/replaced/*-f`)).toBe('b')
  })

  test('keeps the fifty newest copies, by the time of their making', async () => {
    await one(write('/etc/ironherd/f', 'a'))
    await box.ask(
      `for i in $(seq 10 65); do : >${H}/replaced/10000000000000000$i-x; done; echo old >/etc/ironherd/f; touch -d 2001-01-01 /etc/ironherd/f`,
    )
    await one(write('/etc/ironherd/f', 'b'))
    expect(await box.ask(`ls ${H}/replaced | wc -l; cat ${H}/replaced/*-f`)).toBe('50\nold')
  })

  test('replaces a link by the file and does not write through it', async () => {
    await one(write('/etc/ironherd/f', 'a'))
    await box.ask('echo safe >/etc/target; ln -sf /etc/target /etc/ironherd/f')
    await one(write('/etc/ironherd/f', 'b'), [ownGuard('/etc/ironherd/f')])
    expect(await box.ask('cat /etc/target; stat -c %F /etc/ironherd/f')).toBe('safe\nregular file')
  })

  test('takes away what a run that was cut off left behind', async () => {
    await box.ask('mkdir -p /etc/ironherd; : >/etc/ironherd/.ironherd.AbCdEf')
    await one(write('/etc/ironherd/f', 'a'))
    expect(await box.ask('ls -A /etc/ironherd')).toBe('f')
  })

  test('says nothing of a secret, neither in its answer nor on a command line', async () => {
    const secret = 'hunter2-hunter2'
    const step = stepOf(write('/etc/ironherd/s', secret, { secret: true }))
    const programs = [
      'base64',
      'basename',
      'chmod',
      'chown',
      'cp',
      'date',
      'dirname',
      'grep',
      'mkdir',
      'mktemp',
      'mv',
      'rm',
      'sha256sum',
      'sync',
      'tail',
      'tr',
    ]
    const spies = programs.map(
      (program) => `${program}() { echo "${program} $*" >>/mnt/words; command ${program} "$@"; }\n`,
    )
    const script = `${spies.join('')}${waveScript([step], context)}`
    const { stdout, stderr } = await box.run(script)
    const [outcome] = outcomesOf([step], stdout)
    expect(outcome).toMatchObject({ result: 'done', detail: '' })
    const words = await box.ask('cat /mnt/words')
    expect(words).toContain('base64 -d')
    for (const text of [words, stdout, stderr, await box.ask(`cat ${H}/journal`)]) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(Buffer.from(secret).toString('base64'))
    }
  })
})

const archive = (digest: string): Extract<Action, { verb: 'InstallArchive' }> => ({
  verb: 'InstallArchive',
  software: {
    from: 'archive',
    url: 'file:///x',
    digest,
    path: '/opt/ironherd/p-1-abc',
    familyPrefix: '/opt/ironherd/p-',
  },
})

/** Puts a tar archive of what `fill` makes into the store, and returns its digest. */
async function stored(fill: string, algorithm: 'sha256' | 'sha512' = 'sha512'): Promise<string> {
  const hex = await box.ask(`mkdir -p -m 700 ${H}/store /mnt/src; cd /mnt/src; ${fill}
tar -czf /mnt/a.tgz * && ${algorithm}sum /mnt/a.tgz | cut -d' ' -f1`)
  const digest = `${algorithm}:${hex}`
  await box.ask(`rm -rf /mnt/src; mv /mnt/a.tgz ${storePath(digest)}`)
  return digest
}
const good = 'mkdir -p top/bin; echo run >top/bin/run; chmod 6777 top/bin/run; echo hi >top/.hidden'

describe.skipIf(why !== '')(`InstallArchive${suffix}`, () => {
  test.each(['sha256', 'sha512'] as const)(
    'unpacks a good one (%s), records it, and does nothing the second time',
    async (algorithm) => {
      const digest = await stored(good, algorithm)
      expect(await one(archive(digest))).toMatchObject({ result: 'done', detail: '' })
      const seen = await box.ask(
        `cd /opt/ironherd; ls -A . p-1-abc ${H}/store; stat -c '%a %U' p-1-abc/bin/run; head -1 ${H}/software/p-1-abc`,
      )
      expect(seen).toContain(`755 root\narchive ${digest}`)
      expect(seen).not.toContain('.unpack')
      expect(await one(archive(digest))).toMatchObject({ result: 'done' })
    },
  )

  async function seen(digest: string, before = '', part?: number): Promise<SoftwareAnswer> {
    const question = { ask: 'software', path: archive(digest).software.path } as const
    const { stdout } = await box.run(
      `${before}\n${renderLook([question], part === undefined ? undefined : { path: question.path, part, of: 2 })}`,
    )
    const facts = parseLook(Buffer.from(stdout), { host: 'm1', questions: [question], sentAt: 0, receivedAt: 0 })
    const fact = answerOn({ m1: facts }, 'm1', question)
    if (fact.state !== 'known') throw new Error(JSON.stringify(fact))
    return fact.value
  }
  const odd = `${good}; ln -s 'a//b' top/link; echo 1 >'top/odd*[name'`

  test('is seen to be as it was unpacked without a digest, which would come to the same', async () => {
    const digest = await stored(odd)
    await one(archive(digest))
    const { listing, recordedListing } = await seen(digest, 'sort() { exit 3; }')
    expect(listing).toMatch(/^[0-9a-f]{64}$/)
    expect(recordedListing).toBe(listing)
    await box.ask(`rm ${H}/software/p-1-abc.tree`)
    expect(await seen(digest)).toMatchObject({ listing, recordedListing: listing })
  })

  test.each(['touch bin/run', 'chmod 700 bin/run', 'rm .hidden', ': >more', 'ln -sfn b//a link', 'mv link other'])(
    'is seen to be changed: %s',
    async (damage) => {
      const digest = await stored(odd)
      await one(archive(digest))
      await box.ask(`cd /opt/ironherd/p-1-abc; ${damage}`)
      const { listing, recordedListing } = await seen(digest)
      expect(listing).toMatch(/^[0-9a-f]{64}$/)
      expect(recordedListing).toMatch(/^[0-9a-f]{64}$/)
      expect(listing).not.toBe(recordedListing)
    },
  )

  test('with other bytes under the same size, mode and time is seen when its part is read, and repaired', async () => {
    const digest = await stored(odd)
    await box.ask(`cp ${storePath(digest)} /mnt/again`)
    await one(archive(digest))
    const damage = 'f=bin/run; t=$(stat -c %y $f); printf X | dd of=$f conv=notrunc status=none; touch -d "$t" $f'
    await box.ask(`cd /opt/ironherd/p-1-abc; ${damage}`)
    const { listing, recordedListing, damaged } = await seen(digest)
    expect([listing, damaged]).toEqual([recordedListing, undefined])
    const parts = await Promise.all([0, 1].map((part) => seen(digest, '', part)))
    expect(parts.flatMap((part) => part.damaged ?? ['not read'])).toEqual(['bin/run'])
    await box.ask(`cp /mnt/again ${storePath(digest)}`)
    expect(await one(archive(digest))).toMatchObject({ result: 'done' })
    const mended = await Promise.all([0, 1].map((part) => seen(digest, '', part)))
    expect(mended.map((part) => part.damaged)).toEqual([[], []])
  })

  test('that an older release unpacked, or that cannot be read in time, is not taken for damaged', async () => {
    const digest = await stored(odd)
    await one(archive(digest))
    expect((await seen(digest, 'timeout() { return 124; }', 0)).damaged).toBeUndefined()
    await box.ask(`rm ${H}/software/p-1-abc.sums`)
    expect((await seen(digest, '', 0)).damaged).toBeUndefined()
  })

  test('repairs damage from a fresh copy, and says what it lacks when there is none', async () => {
    const digest = await stored(good)
    await box.ask(`cp ${storePath(digest)} /mnt/again`)
    await one(archive(digest))
    await box.ask('echo broken >/opt/ironherd/p-1-abc/bin/run')
    expect(await one(archive(digest))).toMatchObject({ result: 'failed', detail: 'the archive is not on the host yet' })
    await box.ask(`cp /mnt/again ${storePath(digest)}`)
    expect((await one(archive(digest))).result).toBe('done')
    expect(await box.ask('cat /opt/ironherd/p-1-abc/bin/run')).toBe('run')
  })

  test('is hashed unless it is as it was when its digest was seen in this boot', async () => {
    const digest = await stored(good)
    const hex = digest.slice(7)
    const store = storePath(digest)
    const mark = `${soundMark}\nmark ${store} ${hex} >${soundMarkPath(store)}`
    await box.ask(`${mark}; cp -a ${store} /mnt/kept`)
    const step = stepOf(archive(digest))
    const spy = 'sha512sum() { echo hashed >&2; command sha512sum "$@"; }'
    const installed = await box.run(
      `${spy}\n${waveScript([step], context).replaceAll('exec 2>&1', 'exec 2>/mnt/said')}`,
    )
    expect(outcomesOf([step], installed.stdout)).toMatchObject([{ result: 'done' }])
    expect(await box.ask(`cat /mnt/said; ls ${H}/store`)).toBe('')
    for (const touched of [
      `echo x >>${store}`,
      `touch -m ${store}`,
      `sed -i 's/^/another boot /' ${soundMarkPath(store)}`,
    ]) {
      await box.ask(`rm -rf /opt/ironherd/p-1-abc; cp -a /mnt/kept ${store}; ${mark}; ${touched}`)
      const again = await box.run(`${spy}\n${waveScript([step], context).replaceAll('exec 2>&1', 'exec 2>/mnt/said')}`)
      expect(await box.ask('cat /mnt/said'), touched).toContain('hashed')
      const result = touched.startsWith('echo') ? 'failed' : 'done'
      expect(outcomesOf([step], again.stdout), touched).toMatchObject([{ result }])
    }
  })

  test('of another digest is thrown away and changes nothing', async () => {
    const digest = await stored(good)
    await box.ask(`echo x >>${storePath(digest)}`)
    expect(await one(archive(digest))).toMatchObject({ result: 'failed', code: 'DigestMismatch' })
    expect(await box.ask(`ls ${H}/store; ls /opt/ironherd 2>&1 || true`)).not.toContain('p-1-abc')
  })

  test.each([
    ['two top directories', 'mkdir a b; : >a/x; : >b/x'],
    ['a file at its top', ': >a'],
  ])('with %s is refused and leaves nothing behind', async (_name, fill) => {
    const digest = await stored(fill)
    expect(await one(archive(digest))).toMatchObject({ result: 'failed', code: 'ArchiveUnusable' })
    expect(await box.ask('ls -A /opt/ironherd')).toBe('')
  })

  test('that is no archive is refused', async () => {
    const digest = await stored('echo x >y')
    const other = `sha256:${sha256('no tar\n')}`
    await box.ask(`rm ${storePath(digest)}; echo 'no tar' >${storePath(other)}`)
    expect(await one(archive(other))).toMatchObject({ result: 'failed', code: 'ArchiveUnusable' })
  })

  test('is taken up again after it was cut off at any point', async () => {
    const digest = await stored(good)
    await box.ask(
      `mkdir -p /opt/ironherd/.unpack.abcdef/top /opt/ironherd/p-1-abc ${H}/software; echo half >/opt/ironherd/p-1-abc/x; echo 'archive ${digest}' >${H}/software/p-1-abc.new`,
    )
    expect((await one(archive(digest))).result).toBe('done')
    expect(await box.ask('ls -A /opt/ironherd /opt/ironherd/p-1-abc')).toBe(
      '/opt/ironherd:\np-1-abc\n\n/opt/ironherd/p-1-abc:\n.hidden\nbin',
    )
  })

  test('on a full disk says so', async () => {
    const digest = await stored(`${good}; head -c 3000000 /dev/urandom >top/big`)
    const small = `mkdir -p /opt/ironherd; mount -t tmpfs -o size=1m tmpfs /opt/ironherd`
    const step = stepOf(archive(digest))
    const { stdout } = await box.run(`${small}\n${waveScript([step], context)}`)
    expect(outcomesOf([step], stdout)).toMatchObject([{ result: 'failed', code: 'DiskFull' }])
  })
})

describe.skipIf(why !== '')(`directories, data and users${suffix}`, () => {
  const directory = (path: string, mount?: string): Action => ({
    verb: 'EnsureDirectory',
    directory: { path, mode: '750', owner: 'daemon', group: 'daemon', ...(mount === undefined ? {} : { mount }) },
  })

  test('EnsureDirectory makes it, and sets it right when it differs', async () => {
    await one(directory('/mnt/a/b', '/mnt'))
    await box.ask('chmod 777 /mnt/a/b; chown root /mnt/a/b')
    expect((await one(directory('/mnt/a/b', '/mnt'))).result).toBe('done')
    expect(await box.ask("stat -c '%a %U:%G' /mnt/a/b /mnt/a")).toBe('750 daemon:daemon\n755 root:root')
  })

  test('EnsureDirectory refuses a file, a link, and a way through a link', async () => {
    await box.ask(': >/mnt/file; mkdir /mnt/real; ln -s /mnt/real /mnt/link')
    for (const action of [directory('/mnt/file'), directory('/mnt/link'), directory('/mnt/link/x', '/mnt')]) {
      expect(await one(action)).toMatchObject({ result: 'failed', code: 'NotADirectory' })
    }
    expect(await box.ask('ls /mnt/real')).toBe('')
  })

  test('EnsureUser makes user and group once', async () => {
    const action: Action = { verb: 'EnsureUser', user: { name: 'zk-user', group: 'zk-group', create: true } }
    expect([(await one(action)).result, (await one(action)).result]).toEqual(['done', 'done'])
    expect(await box.ask('id zk-user; getent passwd zk-user')).toMatch(
      /\(zk-group\)[^]*:\/nonexistent:\/usr\/sbin\/nologin$/,
    )
  })

  test('MoveAside renames beside, never twice into one, and is done when nothing is there', async () => {
    const action: Action = { verb: 'MoveAside', path: '/mnt/d/x' }
    await box.ask('mkdir -p /mnt/d/x; echo data >/mnt/d/x/f')
    const moved = await one(action)
    expect(moved.detail).toMatch(/^moved to \/mnt\/d\/x\.aside-\d{8}T\d{6}$/)
    expect(await one(action)).toMatchObject({ result: 'done', detail: '' })
    await box.ask(`mkdir /mnt/d/x`)
    await one(action)
    expect(await box.ask('ls -d /mnt/d/x.aside-* | wc -l; cat /mnt/d/x.aside-*/f')).toBe('2\ndata')
  })

  test('MoveAside refuses a link, a way through a link, and a mount', async () => {
    await box.ask('mkdir -p /mnt/real/x; ln -s /mnt/real /mnt/link; ln -s /mnt/real/x /mnt/l2')
    for (const path of ['/mnt/link/x', '/mnt/l2']) {
      expect(await one({ verb: 'MoveAside', path })).toMatchObject({ result: 'failed', code: 'NotADirectory' })
    }
    const step = stepOf({ verb: 'MoveAside', path: '/mnt/real/x' })
    const { stdout } = await box.run(
      `mount -t tmpfs tmpfs /mnt/real/x; : >/mnt/real/x/f\n${waveScript([step], context)}`,
    )
    expect(outcomesOf([step], stdout)[0]?.result).toBe('failed')
    expect(await box.ask('ls /mnt/real')).toBe('x')
  })

  test.each(['/', '/data', '/data/', 'data/x', '/data/../etc', '/data/.'])(
    'MoveAside of %s never becomes a script',
    (path) => {
      expect(() => verbScript({ verb: 'MoveAside', path })).toThrow(RangeError)
    },
  )

  test('MarkFirstStart leaves its record before its marker, both for good', async () => {
    await box.ask('mkdir /mnt/data; chown daemon /mnt/data')
    const action: Action = {
      verb: 'MarkFirstStart',
      record: `${H}/members/a.first-start`,
      marker: { path: '/mnt/data/initialize', owner: 'daemon', group: 'daemon' },
    }
    expect(await one(action)).toMatchObject({ result: 'done', detail: '' })
    const seen = await box.ask(
      `stat -c '%a %U %s' /mnt/data/initialize; cut -c1-19 ${H}/members/a.first-start; cut -d' ' -f3 ${H}/own-files; cut -f3,6 ${H}/journal; ls -A /mnt/data`,
    )
    expect(seen).toBe(
      `644 daemon 0\nfirst start allowed\n${H}/members/a.first-start\nintent\tMarkFirstStart\ndone\tMarkFirstStart\ninitialize`,
    )
  })

  test('MarkFirstStart of a service that consumes no marker leaves its record alone', async () => {
    await box.ask('mkdir /mnt/data')
    expect(await one({ verb: 'MarkFirstStart', record: `${H}/members/a.first-start` })).toMatchObject({
      result: 'done',
      detail: '',
    })
    expect(await box.ask(`cut -c1-19 ${H}/members/a.first-start; cut -d' ' -f3 ${H}/own-files; ls -A /mnt/data`)).toBe(
      `first start allowed\n${H}/members/a.first-start`,
    )
  })

  test('RemoveFile keeps a copy of what somebody changed', async () => {
    await one(write('/etc/ironherd/f', 'a'))
    await box.ask('echo edited >/etc/ironherd/f')
    await one({ verb: 'RemoveFile', path: '/etc/ironherd/f' })
    expect(await box.ask(`cat ${H}/replaced/*-f; ls /etc/ironherd; cat ${H}/own-files`)).toBe('edited')
  })
})

describe.skipIf(why !== '')(`PruneSoftware${suffix}`, () => {
  const prune: Action = { verb: 'PruneSoftware', familyPrefix: '/opt/ironherd/p-', keep: '/opt/ironherd/p-3' }
  /** The change time cannot be set: ten minutes are made of none. */
  async function pruned(before = ''): Promise<string> {
    const script = waveScript([stepOf(prune)], context).replaceAll('-cmin +10', '-cmin +-1')
    await box.run(`mkdir -p /opt/ironherd/p-{1,2,3} /opt/ironherd/q-1 ${H}/software /usr/local/lib/systemd/system; : >${H}/software/p-1
${before}
${script.replace(/exit 0$/, '')}`)
    return (await box.ask('ls /opt/ironherd')).replaceAll('\n', ' ')
  }

  test('removes what nothing names, with its record, and keeps the family of others', async () => {
    expect(await pruned()).toBe('p-3 q-1')
    expect(await box.ask(`ls ${H}/software`)).toBe('')
  })

  test('keeps what a unit names', async () => {
    expect(
      await pruned('echo "ExecStart=/opt/ironherd/p-1/bin/x" >/usr/local/lib/systemd/system/ironherd-a.service'),
    ).toBe('p-1 p-3 q-1')
  })

  test('keeps what a process still runs from', async () => {
    expect(await pruned('( exec -a /opt/ironherd/p-2/bin/java sleep 20 ) >/dev/null 2>&1 & sleep 0.2')).toBe(
      'p-2 p-3 q-1',
    )
  })

  test('keeps everything while a unit file cannot be read', async () => {
    expect(await pruned('mkdir /usr/local/lib/systemd/system/ironherd-b.service')).toBe('p-1 p-2 p-3 q-1')
  })

  test('removes what the look had found', async () => {
    const question = { ask: 'superseded', familyPrefix: '/opt/ironherd/p-', keep: '/opt/ironherd/p-3' } as const
    const look = renderLook([question]).replaceAll('-cmin +10', '-cmin +-1')
    const { stdout } = await box.run(`mkdir -p /opt/ironherd/p-{1,2,3} /usr/local/lib/systemd/system
echo 'a=/opt/ironherd/p-2/x' >/usr/local/lib/systemd/system/ironherd-a.service\n${look}`)
    const facts = parseLook(Buffer.from(stdout), { host: 'm1', questions: [question], sentAt: 0, receivedAt: 0 })
    expect(answerOn({ m1: facts }, 'm1', question)).toEqual({
      state: 'known',
      value: { directories: ['/opt/ironherd/p-1'] },
    })
  })

  test('keeps what was installed a moment ago, and follows no link', async () => {
    await box.ask('mkdir -p /opt/ironherd/p-1 /mnt/elsewhere; ln -s /mnt/elsewhere /opt/ironherd/p-2')
    expect((await one(prune)).result).toBe('done')
    expect(await box.ask('ls /opt/ironherd')).toBe('p-1\np-2')
  })

  test('outside of its own directory never becomes a script', () => {
    for (const familyPrefix of ['/opt/ironherd/', '/opt/ironherd', '/opt/x-', '/opt/ironherd/../etc/']) {
      expect(() => verbScript({ verb: 'PruneSoftware', familyPrefix, keep: '/x' })).toThrow(RangeError)
    }
  })
})

describe.skipIf(why !== '')(`guards${suffix}`, () => {
  const allows = async (guard: Guard, before = ''): Promise<boolean> => {
    const step = stepOf({ verb: 'ReloadUnits' }, [guard])
    const { stdout } = await box.run(`${before}\n${waveScript([step], context)}`)
    return outcomesOf([step], stdout)[0]?.result === 'done'
  }

  test('Mounted: only the mount itself', async () => {
    expect(await allows({ guard: 'Mounted', mount: '/mnt' })).toBe(true)
    expect(await allows({ guard: 'Mounted', mount: '/mnt/sub' }, 'mkdir /mnt/sub')).toBe(false)
    expect(await allows({ guard: 'Mounted', mount: '/mnt/none' })).toBe(false)
  })

  test('DirectoryEmpty: missing or seen to be empty', async () => {
    const guard = { guard: 'DirectoryEmpty', path: '/mnt/d' } as const
    expect(await allows(guard)).toBe(true)
    expect(await allows(guard, 'mkdir /mnt/d')).toBe(true)
    expect(await allows(guard, ': >/mnt/d/.hidden')).toBe(false)
    expect(await allows(guard, 'rm -r /mnt/d; : >/mnt/d')).toBe(false)
    expect(await allows(guard, 'rm /mnt/d; ln -s /nowhere /mnt/d')).toBe(false)
  })

  test('DirectoryEmpty: one that cannot be listed is not empty', async () => {
    const guard = { guard: 'DirectoryEmpty', path: '/mnt/d' } as const
    expect(await allows(guard, 'mkdir /mnt/d; ls() { echo "Input/output error" >&2; return 2; }')).toBe(false)
  })

  test('DirectoryEmpty: an error of the disk is no proof', async () => {
    const broken = 'stat() { echo "stat: cannot statx: Input/output error"; return 1; }'
    expect(await allows({ guard: 'DirectoryEmpty', path: '/mnt/x' }, broken)).toBe(false)
  })

  test('UnitNotRunning: only what systemd says is stopped', async () => {
    const guard = { guard: 'UnitNotRunning', unit: 'a.service' } as const
    const state = (text: string) => `mkdir -p /mnt/fake; echo ${text} >/mnt/fake/a.service`
    expect(await allows(guard)).toBe(true)
    expect(await allows(guard, state('failed'))).toBe(true)
    for (const text of ['active', 'activating', 'deactivating', 'reloading', 'maintenance', "''"]) {
      expect(await allows(guard, state(text))).toBe(false)
    }
    expect(await allows(guard, ': >/mnt/fake/mute')).toBe(false)
  })

  test('SameProcess: a process that was restarted meanwhile is not the one that was seen', async () => {
    const guard = { guard: 'SameProcess', unit: 'a.service', pid: 71 } as const
    const pid = (text: string) => `mkdir -p /mnt/fake; echo ${text} >/mnt/fake/a.service`
    expect(await allows(guard, pid('71'))).toBe(true)
    for (const text of ['72', '0', "''", '710']) expect(await allows(guard, pid(text))).toBe(false)
    expect(await allows(guard, ': >/mnt/fake/mute')).toBe(false)
  })

  test('quote what they name', () => {
    expect(guardScript({ guard: 'DirectoryEmpty', path: '/a$(x)' })).toContain(`'/a$(x)'`)
  })
})

describe.skipIf(why !== '')(`DrainUnit${suffix}`, () => {
  /** The main process of the unit, and what it ends with. */
  async function mainProcess(script: string) {
    const child = spawn('/bin/bash', ['-c', `${script}; echo up; while :; do sleep 0.05; done`])
    await once(child.stdout, 'data')
    await box.ask(`mkdir -p /mnt/fake; echo ${String(child.pid)} >/mnt/fake/u.service`)
    return { child, ended: once(child, 'exit') }
  }
  const drain: Action = { verb: 'DrainUnit', unit: 'u.service' }

  test('reaches a process that listens for it', async () => {
    const { ended } = await mainProcess('trap "exit 7" PWR')
    expect(await one(drain)).toMatchObject({ result: 'done', detail: '' })
    expect(await ended).toEqual([7, null])
  })

  test('is not sent to a process that it would end, nor to one that is gone', async () => {
    const { child, ended } = await mainProcess(':')
    const detail = 'u.service does not listen for SIGPWR: nothing is sent'
    expect(await one(drain)).toMatchObject({ result: 'done', detail })
    child.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
    expect(await one(drain)).toMatchObject({ result: 'done', detail })
  })
})

/** A program that fails in the middle of a verb must fail the step: nothing may be reported as done that was not. */
describe.skipIf(why !== '')(`a program that fails fails its step${suffix}`, () => {
  const prepareEdited = 'mkdir -p /etc/ironherd /mnt/d/x; echo mine >/etc/ironherd/f'
  const unit = (
    verb: 'EnableUnit' | 'DisableUnit' | 'UnmaskUnit' | 'StartUnit' | 'StopUnit' | 'RestartUnit',
  ): Action => ({ verb, unit: 'u.service' })
  const mark: Action = {
    verb: 'MarkFirstStart',
    record: `${H}/members/a.first-start`,
    marker: { path: '/mnt/d/initialize', owner: 'daemon', group: 'daemon' },
  }
  const user: Action = { verb: 'EnsureUser', user: { name: 'zk-user', group: 'zk-group', create: true } }
  const directory: Action = {
    verb: 'EnsureDirectory',
    directory: { path: '/mnt/d/x', mode: '750', owner: 'root', group: 'root', mount: '/mnt' },
  }
  const packages = (name: string): Action => ({
    verb: 'InstallPackages',
    software: { from: 'packages', packages: [name], maskUnits: ['m.service'], path: '/x' },
  })
  test.each<[Action, readonly string[]]>([
    [
      write('/etc/ironherd/f', 'x'),
      ['dirname', 'mkdir', 'mktemp', 'base64', 'chown', 'chmod', 'sync', 'sha256sum', 'cp', 'mv'],
    ],
    [{ verb: 'RemoveFile', path: '/etc/ironherd/f' }, ['rm', 'sync', 'mv', 'cp']],
    [{ verb: 'ReloadUnits' }, ['systemctl']],
    [unit('EnableUnit'), ['systemctl']],
    [unit('DisableUnit'), ['systemctl']],
    [unit('UnmaskUnit'), ['systemctl']],
    [unit('StartUnit'), ['systemctl', 'sync']],
    [unit('StopUnit'), ['systemctl', 'sync']],
    [unit('RestartUnit'), ['systemctl', 'sync']],
    [{ verb: 'MoveAside', path: '/mnt/d/x' }, ['mv', 'sync', 'realpath']],
    [mark, ['sync', 'mv', 'sha256sum', 'mktemp', 'chown', 'chmod']],
    [user, ['groupadd', 'useradd']],
    [directory, ['install', 'realpath']],
    [packages('no-such-package'), ['apt-get']],
    [packages('dpkg'), ['systemctl']],
  ])('$verb', async (action, programs) => {
    for (const program of programs) {
      await box.ask(prepareEdited)
      const step = stepOf(action)
      const script = waveScript([step], context).replace(
        'set -e\n',
        `set -e\n${program}() { command -v ${program} >/dev/null; return 9; }\n`,
      )
      const { stdout } = await box.run(script)
      expect([program, outcomesOf([step], stdout)[0]?.result]).toEqual([program, 'failed'])
    }
  })

  test.each(['mkdir', 'mktemp', 'tar', 'chmod', 'mv', 'find', 'sort', 'sync', 'sha256sum', 'sha512sum'])(
    'InstallArchive: %s',
    async (program) => {
      const step = stepOf(archive(await stored(good)))
      const script = waveScript([step], context).replace('set -e\n', `set -e\n${program}() { return 9; }\n`)
      const { stdout } = await box.run(script)
      expect(outcomesOf([step], stdout)[0]?.result).toBe('failed')
    },
  )

  test('InstallPackages of what nobody offers masks nothing', async () => {
    const offers = 'apt-get() { command -v apt-get >/dev/null; case " $* " in *" --simulate "*) return 100;; esac; }\n'
    const step = stepOf(packages('no-such-package'))
    const { stdout } = await box.run(waveScript([step], context).replace('set -e\n', `set -e\n${offers}`))
    expect(outcomesOf([step], stdout)[0]?.result).toBe('failed')
    expect(await box.ask('cat /mnt/fake/log 2>/dev/null || true')).not.toMatch(/mask m\.service/)
  })

  test('PruneSoftware: rm', async () => {
    const step = stepOf({ verb: 'PruneSoftware', familyPrefix: '/opt/ironherd/p-', keep: '/x' })
    const script = waveScript([step], context)
      .replaceAll('-cmin +10', '-cmin +-1')
      .replace('set -e\n', 'set -e\nrm() { return 9; }\n')
    const { stdout } = await box.run(`mkdir -p /opt/ironherd/p-1\n${script}`)
    expect(outcomesOf([step], stdout)[0]?.result).toBe('failed')
  })
})
