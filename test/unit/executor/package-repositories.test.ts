import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hostPreparation } from '../../../src/clusters/host/expand.ts'
import { outcomesOf } from '../../../src/executor/reply.ts'
import { waveScript } from '../../../src/executor/script.ts'
import { packageListsRecord } from '../../../src/model/host.ts'
import type { Resource } from '../../../src/model/object.ts'
import type { Action, StepOutcome } from '../../../src/model/step.ts'
import { type Box, context, makeBox, stepOf, whyNoBox } from './box.ts'

const missing = ['apt-get', 'gpg'].find((tool) => spawnSync('which', [tool]).status !== 0)
const why = whyNoBox() || (missing === undefined ? '' : `needs ${missing}`)
const suffix = why === '' ? '' : ` (${why})`

let box: Box
beforeEach(() => {
  if (why === '') box = makeBox()
})
afterEach(() => {
  if (why === '') box.remove()
})

/** A signed repository of one package that can be named and not installed, below /mnt; returns the armored key. */
async function makeRepository(path: string, more = ''): Promise<string> {
  return box.ask(`set -e; umask 022
exec 3>&1 >/dev/null 2>&1
export GNUPGHOME=/mnt/gpg; mkdir -p -m 700 $GNUPGHOME; mkdir -p ${path}/dists/stable/main/binary-all ${path}/dists/stable/main/binary-$(dpkg --print-architecture)
cd ${path}/dists/stable
printf 'Package: ironherd-lab-thing\nVersion: 1.0\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\nFilename: pool/x.deb\nSize: 1\nSHA256: ${'0'.repeat(64)}\n' | tee main/binary-all/Packages >main/binary-$(dpkg --print-architecture)/Packages
{ printf 'Origin: x\nSuite: stable\nCodename: stable\nArchitectures: all %s\nComponents: main\nDate: %s\nSHA256:\n' "$(dpkg --print-architecture)" "$(date -Ru)"
  for f in main/*/Packages; do echo " $(sha256sum <$f | cut -d' ' -f1) $(stat -c %s $f) $f"; done; } >Release
[ -n "$(gpg --list-secret-keys)" ] || gpg --batch --passphrase '' --quick-generate-key 'x <x@x>' ed25519 sign never
${more}
gpg --batch --yes --clearsign -o InRelease Release
gpg --armor --export >&3
gpgconf --kill all`)
}

function repository(name: string, url: string, armored: string) {
  const ssh = { user: 'root', privateKeySecretRef: { name: 'ssh', key: 'key' } }
  const packageRepositories = [{ name, url, suite: 'stable', key: { armored } }]
  const object = {
    kind: 'Host',
    metadata: { name: 'm1' },
    spec: { address: 'm1', ssh, preparation: { packageRepositories } },
  }
  const { desired, problems } = hostPreparation.expand({
    object: object as unknown as Resource,
    hosts: [],
    configMaps: {},
    memberPorts: [],
  })
  expect(problems).toEqual([])
  if (desired.packageLists === undefined) throw new Error('no repository')
  const update: Action = { verb: 'UpdatePackageLists', ...desired.packageLists, record: packageListsRecord }
  const files = desired.files.map(({ file }): Action => ({ verb: 'WriteFile', file }))
  return { files, update, digest: desired.packageLists.digest }
}

async function run(actions: readonly Action[]): Promise<readonly StepOutcome[]> {
  return (await box.wave(actions.map((action) => stepOf(action)))).outcomes
}

const offered = () => box.ask('apt-cache policy ironherd-lab-thing 2>/dev/null | grep -c "Candidate: 1.0" || true')

describe.skipIf(why !== '')(`a package repository${suffix}`, () => {
  test('that is signed with its key is read, and is noted as read', async () => {
    const { digest, files, update } = repository('lab', 'file:///mnt/repo', await makeRepository('/mnt/repo'))
    const outcomes = await run([...files, update])
    expect(outcomes.map(({ detail, result }) => (result === 'done' ? result : detail))).toEqual([
      'done',
      'done',
      'done',
    ])
    expect(await offered()).toBe('1')
    // Others than root read them, too, whatever the umask of the script is.
    expect(await box.ask('stat -c %a /var/lib/apt/lists/_mnt_repo_*_InRelease')).toBe('644')
    expect(await box.ask(`cat ${packageListsRecord}; grep -c ${packageListsRecord} /var/lib/ironherd/own-files`)).toBe(
      `${digest}\n1`,
    )
  }, 30_000)

  test('that is signed with another key, or not there, is not believed', async () => {
    const key = await makeRepository('/mnt/repo')
    await makeRepository(
      '/mnt/other',
      "gpgconf --kill all; rm -rf /mnt/gpg/*; gpg --batch --passphrase '' --quick-generate-key 'y <y@y>' ed25519 sign never",
    )
    for (const url of ['file:///mnt/other', 'file:///mnt/nowhere']) {
      const { files, update } = repository('lab', url, key)
      const outcome = (await run([...files, update])).at(-1)
      expect(outcome).toMatchObject({ result: 'failed', code: 'PackageRepositoryUnusable' })
      expect(outcome?.detail).toMatch(
        /not signed|NO_PUBKEY|does not have a Release file|signatures? couldn't be verified/,
      )
      expect(await offered()).toBe('0')
      expect(await box.ask(`cat ${packageListsRecord} 2>/dev/null || true`)).toBe('')
    }
  }, 30_000)

  test("of somebody else that is broken is in nobody's way, and its lists stay", async () => {
    await box.ask(`echo 'deb http://127.0.0.1:9/none stable main' >/etc/apt/sources.list.d/broken.list
mkdir -p /var/lib/apt/lists; : >/var/lib/apt/lists/theirs_InRelease`)
    const { files, update } = repository('lab', 'file:///mnt/repo', await makeRepository('/mnt/repo'))
    expect((await run([...files, update])).map(({ result }) => result)).toEqual(['done', 'done', 'done'])
    expect(await box.ask('ls /var/lib/apt/lists/theirs_InRelease')).toContain('theirs')
  }, 30_000)

  test('is never used to remove a package for another', async () => {
    const software = { from: 'packages', packages: ['no-such-package'], maskUnits: [], path: '/usr' } as const
    const heard = 'set -e\napt-get() { command -v apt-get >/dev/null; echo "$* $NEEDRESTART_SUSPEND" >>/mnt/heard; }\n'
    await box.run(waveScript([stepOf({ verb: 'InstallPackages', software })], context).replace('set -e\n', heard))
    const calls = (await box.ask('cat /mnt/heard')).split('\n')
    expect(calls).toHaveLength(2)
    for (const call of calls) expect(call).toMatch(/^install .*--no-remove .* -- no-such-package 1$/)
  })

  test.each(['apt-get', 'sync', 'mkdir', 'sha256sum', 'mv'])(
    'is not said to be read when %s fails',
    async (program) => {
      const update: Action = {
        verb: 'UpdatePackageLists',
        sources: ['/x.sources'],
        digest: 'd',
        record: packageListsRecord,
      }
      const step = stepOf(update)
      const others = program === 'apt-get' ? '' : 'apt-get() { return 0; }\n'
      const broken = `set -e\n${others}${program}() { command -v ${program} >/dev/null; return 9; }\n`
      const { stdout } = await box.run(waveScript([step], context).replace('set -e\n', broken))
      expect(outcomesOf([step], stdout)[0]?.result).toBe('failed')
    },
  )
})
