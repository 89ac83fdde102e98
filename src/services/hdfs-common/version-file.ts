/** What `<storage directory>/current/VERSION` says (server/common/Storage.java and StorageInfo.java). */
export interface VersionFile {
  readonly clusterId: string
  /** '' in the directories of a DataNode itself: there each block pool has its own. */
  readonly namespaceId: string
  /** '' but for a NameNode's. */
  readonly blockPoolId: string
  /** NAME_NODE, JOURNAL_NODE, DATA_NODE. */
  readonly storageType: string
  /** All keys but the date in the comment, sorted: two directories of one format have the same. */
  readonly values: Readonly<Record<string, string>>
}

/** A file of Java properties; undefined for what has no cluster id and storage type. */
export function parseVersion(text: string): VersionFile | undefined {
  const entries = text.split('\n').flatMap((line): readonly [string, string][] => {
    const match = /^([A-Za-z][\w.]*)\s*[=:]\s*(.*?)\s*$/.exec(line)
    return match?.[1] === undefined ? [] : [[match[1], unescaped(match[2] ?? '')]]
  })
  const values = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  const { clusterID = '', storageType = '', namespaceID = '', blockpoolID = '' } = values
  if (clusterID === '' || storageType === '') return undefined
  return { clusterId: clusterID, namespaceId: namespaceID, blockPoolId: blockpoolID, storageType, values }
}

/** Properties.store writes `:`, `=`, `#` and `!` of a value with a backslash. */
function unescaped(value: string): string {
  return value.replace(/\\(.)/g, '$1')
}

/** As Hadoop would read it: the same bytes for the same values, whenever it is written. */
export function renderVersion(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value.replace(/[\\:=#!]/g, '\\$&')}\n`)
    .join('')
}
