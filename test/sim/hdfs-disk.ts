import { parseVersion, renderVersion } from '../../src/services/hdfs-common/version-file.ts'
import type { Machine } from './machine.ts'

/** Where the only HDFS of a run has its data. */
export const filesRoot = '/data/hdfs'
export const journalRoot = `${filesRoot}/jn/ns`
export const nameDirs = [`${filesRoot}/nn1`, `${filesRoot}/nn2`] as const
export const dataDir = `${filesRoot}/dn`
/** Of the only HDFS of a run. */
export const clusterId = 'CID-uid-files'

/** What a VERSION file says of a file system. */
export interface Format {
  readonly clusterID: string
  readonly namespaceID: string
  readonly blockpoolID: string
  readonly cTime: string
}

export type StorageType = 'NAME_NODE' | 'JOURNAL_NODE' | 'DATA_NODE'

const own = { owner: 'hdfs', group: 'hdfs', mode: '600' } as const

/** Writes a file of a daemon; `payload`: what it keeps in it beside its bytes. */
export function write(machine: Machine, path: string, content: string, payload?: unknown): void {
  machine.put(path, { ...own, content, ...(payload === undefined ? {} : { payload }) })
}

export function makeDirectory(machine: Machine, path: string): void {
  machine.mkdir(path, { ...own, mode: '700' })
}

/** A directory that the service user may write to; parents that are there are as they were made. */
export function isUsable(machine: Machine, path: string): boolean {
  return machine.directories.get(path)?.owner === 'hdfs'
}

export function versionText(format: Format, storageType: StorageType): string {
  const { blockpoolID, cTime, clusterID, namespaceID } = format
  const common = { clusterID, storageType, layoutVersion: storageType === 'DATA_NODE' ? '-57' : '-67' }
  switch (storageType) {
    case 'NAME_NODE':
      return renderVersion({ ...common, namespaceID, blockpoolID, cTime })
    case 'JOURNAL_NODE':
      return renderVersion({ ...common, namespaceID, cTime })
    case 'DATA_NODE':
      return renderVersion({ ...common, cTime: '0' })
  }
}

/** What `<root>/current/VERSION` says; undefined: it is missing, or cannot be read. */
export function formatIn(machine: Machine, root: string): Format | undefined {
  const text = machine.files.get(`${root}/current/VERSION`)?.content
  const values = text === undefined ? undefined : parseVersion(text)?.values
  if (values === undefined) return undefined
  const { blockpoolID = '', cTime = '', clusterID = '', namespaceID = '' } = values
  return { blockpoolID, cTime, clusterID, namespaceID }
}

/** Something is in `current`: no format is made over it. */
export function holdsSomething(machine: Machine, root: string): boolean {
  return machine.namesIn(`${root}/current`).length > 0
}

/** 19 digits, as in the names of images and edits. */
export function numbered(prefix: string, txid: number): string {
  return `${prefix}_${String(txid).padStart(19, '0')}`
}
