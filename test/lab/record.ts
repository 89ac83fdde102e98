// What is known of a running lab outside of any program: enough to attach to it, and to take it down after a crash.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ArtifactName } from './cache/index.ts'
import { labDir, stateHome } from './machine/places.ts'
import { isAlive, type ProcessId } from './machine/processes.ts'

export interface LabRecord {
  readonly name: string
  readonly createdAt: string
  /** The program that started it and takes it down; `null` once `lab up` has left it running by itself. */
  readonly owner: ProcessId | null
  /** The third number of 10.213.N.0/24, and the name of everything in the kernel that belongs to this lab. */
  readonly subnet: number
  readonly hosts: readonly string[]
  readonly lowerDirs: readonly string[]
  readonly servers: { readonly artifactsPort: number } | null
  readonly kube: KubeRecord | null
  readonly artifacts: Readonly<
    Record<ArtifactName, { readonly file: string; readonly sha512: string; readonly sha256: string }>
  >
  readonly ready: boolean
}

export interface KubeRecord {
  readonly apiserver: string
  readonly kubectl: string
  readonly etcd: string
  readonly port: number
  readonly etcdPort: number
  readonly etcdPeerPort: number
}

export function writeRecord(record: LabRecord): void {
  const dir = labDir(record.name)
  mkdirSync(dir, { recursive: true, mode: 0o755 })
  writeFileSync(join(dir, 'record.json.new'), JSON.stringify(record, null, 2))
  renameSync(join(dir, 'record.json.new'), join(dir, 'record.json'))
}

export function readRecord(name: string): LabRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(labDir(name), 'record.json'), 'utf8')) as LabRecord
  } catch {
    return undefined
  }
}

/** Names of all labs that have a directory, whatever state they are in. */
export function labNames(): readonly string[] {
  const dir = join(stateHome(), 'labs')
  return existsSync(dir) ? readdirSync(dir) : []
}

/** A lab whose owner died without taking it down. */
export function isAbandoned(record: LabRecord): boolean {
  return record.owner !== null && !isAlive(record.owner)
}

export function pidFile(name: string, what: string): string {
  return join(labDir(name), 'pids', `${what}.json`)
}

export function rememberProcess(name: string, what: string, id: ProcessId): void {
  mkdirSync(join(labDir(name), 'pids'), { recursive: true })
  writeFileSync(pidFile(name, what), JSON.stringify(id))
}

export function rememberedProcess(name: string, what: string): ProcessId | undefined {
  try {
    return JSON.parse(readFileSync(pidFile(name, what), 'utf8')) as ProcessId
  } catch {
    return undefined
  }
}

export function rememberedProcesses(name: string): readonly ProcessId[] {
  const dir = join(labDir(name), 'pids')
  if (!existsSync(dir)) return []
  return readdirSync(dir).flatMap((entry) => rememberedProcess(name, entry.replace(/\.json$/, '')) ?? [])
}
