import type { Normal } from './compare.ts'

interface Chance {
  /** The last number of the leader's address. */
  readonly leader: number
  /** Folders with the names that the recordings have for them, the longest first. */
  readonly folders: readonly (readonly [string, string])[]
  /** Which of the agents it is, is chance too: a task may land on any. */
  readonly anyAgent: boolean
}

/** Takes chance out of a text: addresses, ids, folders. */
export function normaliser({ leader, folders, anyAgent }: Chance): Normal {
  return (text) => {
    let plain = text
    for (const [folder, name] of folders) plain = plain.replaceAll(folder, name)
    plain = plain
      .replaceAll(/127\.0\.\d+\.(\d+)/g, (_, last: string) => role(Number(last), leader, anyAgent))
      .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>')
      .replaceAll(/<uuid>-S\d+/g, '<uuid>-S<n>')
      .replaceAll(/<uuid>-O\d+/g, '<uuid>-O<n>')
      .replaceAll(/[A-Za-z0-9+/]{22}==/g, '<base64>')
      // What garbage says when it is taken for a length.
      .replaceAll(/message of size \d+ bytes/g, 'message of size <n> bytes')
    // Masters and agents are numbered by chance: which of them leads, where a task landed.
    plain = plain.replaceAll(/^\$RUN\/(?:c\d+\/)?m\d/g, '$RUN/m<n>')
    if (!anyAgent) return plain
    return plain.replaceAll(/^\$RUN\/(?:c\d+\/)?a\d/g, '$RUN/a<n>').replaceAll(/(^|rack:)r[123]\b/g, '$1<rack>')
  }
}

function role(last: number, leader: number, anyAgent: boolean): string {
  if (last === leader) return '<leader>'
  if (last < 10) return '<master>'
  return anyAgent ? '<agent>' : `<agent ${last - 11}>`
}
