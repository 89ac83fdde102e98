import { createHash } from 'node:crypto'
import type { HostPreparation } from '../../api/host-preparation.ts'
import type { DesiredHost, HostFile } from '../../model/host.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { fileOf, plainFile } from './files.ts'

type Repository = HostPreparation['packageRepositories'][number]
type ConfigMaps = Readonly<Record<string, Readonly<Record<string, string>>>>

interface Repositories extends Pick<DesiredHost, 'packageLists' | 'keeps'> {
  readonly files: readonly HostFile[]
  readonly problems: readonly Problem[]
}

/** A repository whose key is not to be had stays on the machine as it is, and holds the others up. */
export function repositoriesOf(host: string, spec: HostPreparation, configMaps: ConfigMaps): Repositories {
  const problems: Problem[] = []
  const files: HostFile[] = []
  const keeps: string[] = []
  for (const [index, repository] of spec.packageRepositories.entries()) {
    const field = `spec.preparation.packageRepositories[${index}].key`
    const key = keyOf(repository, configMaps)
    if ('missing' in key) {
      problems.push(problem(key.code, `${host}: ${field}: ${key.missing}`, { host, field }))
      keeps.push(keyPath(repository), sourcesPath(repository))
    } else {
      files.push(plainFile('packageRepositories', keyPath(repository), `${key.text.trim()}\n`), sourcesFile(repository))
    }
  }
  if (spec.packageRepositories.length === 0 || problems.length > 0) {
    return { files: [], problems, keeps: [...keeps, ...files.map(({ file }) => file.path)] }
  }
  const digest = createHash('sha256')
    .update(files.map(({ file }) => `${file.path}\n${file.content}`).join('\n'))
    .digest('hex')
  return { files, problems, keeps, packageLists: { sources: spec.packageRepositories.map(sourcesPath), digest } }
}

function keyPath({ name }: Repository): string {
  return `/etc/apt/keyrings/ironherd-host-${name}.asc`
}

function sourcesPath({ name }: Repository): string {
  return `/etc/apt/sources.list.d/ironherd-host-${name}.sources`
}

function sourcesFile(repository: Repository): HostFile {
  const { components, suite, url } = repository
  return fileOf('packageRepositories', sourcesPath(repository), [
    'Types: deb',
    `URIs: ${url}`,
    `Suites: ${suite}`,
    ...(suite.endsWith('/') ? [] : [`Components: ${components.join(' ')}`]),
    `Signed-By: ${keyPath(repository)}`,
  ])
}

type Key = { readonly text: string } | { readonly missing: string; readonly code: 'ConfigMapNotFound' | 'InvalidSpec' }

function keyOf({ key }: Repository, configMaps: ConfigMaps): Key {
  if (key.armored !== undefined) return { text: key.armored }
  const { key: entry = '', name = '' } = key.configMapRef ?? {}
  const found = configMaps[name]
  const text = found?.[entry]
  if (text === undefined) {
    const what = found === undefined ? `there is no ConfigMap ${name}` : `ConfigMap ${name} has no key ${entry}`
    return { code: 'ConfigMapNotFound', missing: `${what}: create it, or correct the reference` }
  }
  if (armored.test(text)) return { text }
  return {
    code: 'InvalidSpec',
    missing: `${entry} in ConfigMap ${name} is no armored public key: export it with gpg --armor`,
  }
}

const armored = /^\s*-----BEGIN PGP PUBLIC KEY BLOCK-----[\x09\x0a\x0d\x20-\x7e]*-----END PGP PUBLIC KEY BLOCK-----\s*$/
