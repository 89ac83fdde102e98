import type { ExtraFile } from '../../api/common.ts'
import { isHostFile } from '../../model/host.ts'
import type { ExpandInput } from '../../model/kind.ts'
import type { DesiredDirectory, DesiredFile } from '../../model/member.ts'
import { type Problem, problem } from '../../model/reasons.ts'

type Sources = Pick<ExpandInput, 'configMaps' | 'secrets'>

export interface ExtraFilesResult {
  readonly files: readonly DesiredFile[]
  readonly directories: readonly DesiredDirectory[]
  readonly problems: readonly Problem[]
}

/** Its sub-directories are made for extra files; other directories must exist, since their owner and mode are not ironherd's. */
const ownFolder = '/etc/ironherd/files'

/** Places where ironherd's own files, or the kernel's, stand. */
const refusedFolders = ['/dev', '/proc', '/run', '/sys', '/opt/ironherd', '/usr/local/lib/systemd', '/var/lib/ironherd']

/** The files of spec.extraFiles with their content, the same on every host; group is the service user's. */
export function extraFilesOf(extraFiles: readonly ExtraFile[], group: string, sources: Sources): ExtraFilesResult {
  const problems: Problem[] = []
  const files: DesiredFile[] = []
  const folders = new Set<string>()
  for (const [index, extra] of extraFiles.entries()) {
    const field = `spec.extraFiles[${index}]`
    const refused = placeRefusal(extra.path)
    if (refused !== undefined) {
      problems.push(problem('InvalidSpec', `${field}.path ${extra.path}: ${refused}`, { field: `${field}.path` }))
    }
    if (extraFiles.findIndex((other) => other.path === extra.path) !== index) {
      problems.push(
        problem('InvalidSpec', `${field}.path ${extra.path} is given twice: remove one`, { field: `${field}.path` }),
      )
    }
    const content = contentOf(extra, field, sources)
    if (typeof content !== 'string') {
      problems.push(content)
      continue
    }
    if (extra.path.startsWith(`${ownFolder}/`)) for (const folder of foldersOf(extra.path)) folders.add(folder)
    files.push({
      path: extra.path,
      content,
      mode: Number.parseInt(extra.mode, 8).toString(8),
      owner: 'root',
      group,
      secret: extra.secretRef !== undefined,
      restart: extra.restart,
    })
  }
  const directories = [...folders].sort().map((path) => ({ path, mode: '755', owner: 'root', group: 'root' }))
  return { files, directories, problems }
}

function placeRefusal(path: string): string | undefined {
  const folder = refusedFolders.find((refused) => path.startsWith(`${refused}/`))
  if (folder !== undefined) return `files are not put below ${folder}; choose another place, e.g. below ${ownFolder}`
  if (isHostFile(path)) return 'names like that are for spec.preparation of Hosts; choose another one'
  if (path.startsWith('/etc/ironherd/') && !path.startsWith(`${ownFolder}/`)) {
    return `below /etc/ironherd only ${ownFolder} is for extra files`
  }
  return undefined
}

function foldersOf(path: string): readonly string[] {
  const segments = path
    .slice(ownFolder.length + 1)
    .split('/')
    .slice(0, -1)
  return [ownFolder, ...segments.map((_, index) => `${ownFolder}/${segments.slice(0, index + 1).join('/')}`)]
}

function contentOf(extra: ExtraFile, field: string, sources: Sources): string | Problem {
  const { configMapRef, secretRef } = extra
  if ((configMapRef === undefined) === (secretRef === undefined)) {
    return problem('InvalidSpec', `${field}: give exactly one of configMapRef and secretRef`, { field })
  }
  if (secretRef !== undefined) {
    const at = `${field}.secretRef`
    const content = sources.secrets[secretRef.name]?.[secretRef.key]
    if (content !== undefined) return content
    const what = sources.secrets[secretRef.name] === undefined ? 'does not exist' : `has no key ${secretRef.key}`
    return problem('SecretNotFound', `${at}: Secret ${secretRef.name} ${what}: create it, or correct the reference`, {
      field: at,
    })
  }
  const at = `${field}.configMapRef`
  const name = configMapRef?.name ?? ''
  const key = configMapRef?.key ?? ''
  const content = sources.configMaps[name]?.[key]
  if (content !== undefined) return content
  const what = sources.configMaps[name] === undefined ? 'does not exist' : `has no key ${key}`
  return problem('ConfigMapNotFound', `${at}: ConfigMap ${name} ${what}: create it, or correct the reference`, {
    field: at,
  })
}

/** Names of what extra files refer to, for ClusterKind.references. */
export function extraFileReferences(extraFiles: readonly ExtraFile[]): {
  readonly configMaps: readonly string[]
  readonly secrets: readonly string[]
} {
  return {
    configMaps: [
      ...new Set(extraFiles.flatMap((file) => (file.configMapRef === undefined ? [] : [file.configMapRef.name]))),
    ],
    secrets: [...new Set(extraFiles.flatMap((file) => (file.secretRef === undefined ? [] : [file.secretRef.name])))],
  }
}
