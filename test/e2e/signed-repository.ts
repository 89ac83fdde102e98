// A repository of packages on a host, signed on the machine of the tests, since hosts have no gpg.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LabHost } from '../lab/index.ts'

const place = '/srv/lab-repository'

/** One package that holds a file of its own name below /usr/share; prints the Release file. */
const build = (name: string): string => `set -e; umask 022
rm -rf ${place}; mkdir -p ${place}/pool ${place}/dists/stable/main/binary-all
cd "$(mktemp -d)"; mkdir -p p/DEBIAN p/usr/share; echo 'of the lab' >p/usr/share/${name}
printf 'Package: ${name}\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: lab <lab@example>\\nDescription: lab\\n' >p/DEBIAN/control
dpkg-deb -Zgzip --root-owner-group -b p ${place}/pool/${name}.deb >/dev/null
cd ${place}; f=pool/${name}.deb
{ dpkg-deb -f $f; printf 'Filename: %s\\nSize: %s\\nSHA256: %s\\n\\n' $f "$(stat -c %s $f)" "$(sha256sum <$f | cut -d' ' -f1)"; } >dists/stable/main/binary-all/Packages
arch=$(dpkg --print-architecture); cp -r dists/stable/main/binary-all dists/stable/main/binary-$arch
cd dists/stable
printf 'Origin: lab\\nSuite: stable\\nCodename: stable\\nArchitectures: all %s\\nComponents: main\\nDate: %s\\nSHA256:\\n' "$arch" "$(date -Ru)"
for f in main/*/Packages; do echo " $(sha256sum <$f | cut -d' ' -f1) $(stat -c %s $f) $f"; done`

/** The repository's key in armored form, and one with which it is not signed. */
export async function offerSigned(
  host: LabHost,
  name: string,
): Promise<{ readonly url: string; readonly key: string; readonly otherKey: string }> {
  const release = await host.exec(build(name), { timeoutMs: 60_000 })
  if (release.code !== 0)
    throw new Error(`${host.name}: the repository could not be made: ${release.stderr.slice(-800)}`)
  const home = mkdtempSync(join(tmpdir(), 'ironherd-gpg-'))
  try {
    const [key, otherKey] = [makeKey(home, 'lab@example'), makeKey(home, 'other@example')]
    const signed = gpg(home, ['--local-user', 'lab@example', '--clearsign'], release.stdout)
    const put = await host.exec(`cat >${place}/dists/stable/InRelease`, { stdin: signed, timeoutMs: 10_000 })
    if (put.code !== 0) throw new Error(`${host.name}: ${put.stderr}`)
    return { url: `file://${place}`, key, otherKey }
  } finally {
    spawnSync('gpgconf', ['--homedir', home, '--kill', 'all'])
    rmSync(home, { recursive: true, force: true })
  }
}

function makeKey(home: string, who: string): string {
  gpg(home, ['--passphrase', '', '--quick-generate-key', who, 'ed25519', 'sign', 'never'])
  return gpg(home, ['--armor', '--export', who])
}

function gpg(home: string, args: readonly string[], input = ''): string {
  const ran = spawnSync('gpg', ['--homedir', home, '--batch', '--yes', ...args], { input, encoding: 'utf8' })
  if (ran.error !== undefined) throw new Error(`gpg is needed to sign a repository: ${ran.error.message}`)
  if (ran.status !== 0) throw new Error(`gpg ${args.join(' ')}: ${ran.stderr}`)
  return ran.stdout
}
