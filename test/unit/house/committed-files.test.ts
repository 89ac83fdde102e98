import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..', '..')

/** Every file that git keeps, with its text; binary files left out. A copy that is no clone is read as it lies there. */
function committedTexts(): { readonly path: string; readonly text: string }[] {
  return committedPaths()
    .filter((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile())
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => !text.includes('\0'))
}

function committedPaths(): string[] {
  const git = spawnSync('git', ['-C', root, 'ls-files', '-z'], { encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (git.status === 0) return git.stdout.split('\0').filter((path) => path !== '')
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' })
  return all.filter((path) => !path.split(sep).some((name) => ['node_modules', 'dist', '.git'].includes(name)))
}

/** Hosts from which this machine and most others take their packages, whatever they are called here. */
function registryHosts(): string[] {
  const settings = [
    'npm_config_registry',
    'PIP_INDEX_URL',
    'PIP_EXTRA_INDEX_URL',
    'UV_INDEX_URL',
    'GOPROXY',
    'MAVEN_MIRROR',
  ]
  const configured = settings.flatMap((name) => (process.env[name] ?? '').split(/[\s,|]+/)).map(hostOf)
  // Put together here, so that this file does not name them either.
  const known = [
    ['registry', 'npmjs', 'org'],
    ['registry', 'yarnpkg', 'com'],
    ['pypi', 'org'],
    ['files', 'pythonhosted', 'org'],
    ['proxy', 'golang', 'org'],
    ['repo1', 'maven', 'org'],
    ['repo', 'maven', 'apache', 'org'],
    ['deb', 'debian', 'org'],
  ].map((labels) => labels.join('.'))
  return [...new Set([...configured, ...known])].filter((host) => host.includes('.') || host.includes(':'))
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : ''
}

describe('what is committed', () => {
  const files = committedTexts()

  it('is more than a handful of files', () => {
    expect(files.length).toBeGreaterThan(20)
  })

  it('names no registry or mirror', () => {
    const hosts = registryHosts()
    const found = files.flatMap(({ path, text }) =>
      hosts.filter((host) => text.includes(host)).map((host) => `${path}: ${host}`),
    )
    expect(found).toEqual([])
  })

  it('has a lock file that says what to install, and not from where', () => {
    const lock = files.find(({ path }) => path === 'package-lock.json')
    expect(lock?.text).toContain('"integrity"')
    expect(lock?.text).not.toContain('"resolved"')
  })

  it('pins every package to one version', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >
    const versions = Object.entries({ ...manifest['dependencies'], ...manifest['devDependencies'] })
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  it('names no directory of the machine it was written on', () => {
    // A home such as /root also stands in commands meant for any host, and a short path such as / in all of them.
    const places = [root, homedir()].filter((place) => place.split('/').length > 2)
    const found = files.flatMap(({ path, text }) =>
      places.filter((place) => text.includes(place)).map((place) => `${path}: ${place}`),
    )
    expect(found).toEqual([])
  })
})
