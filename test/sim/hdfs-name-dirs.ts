import { type Format, formatIn, isUsable, makeDirectory, numbered, versionText, write } from './hdfs-disk.ts'
import { type Edit, txidOf } from './hdfs-edits.ts'
import type { Machine } from './machine.ts'

/** The file system up to one transaction. */
export interface Image {
  readonly head: Edit | undefined
  readonly blocks: ReadonlySet<number>
}

/** What a NameNode finds when it starts. */
export interface Dirs {
  readonly paths: readonly string[]
  readonly format: Format
  readonly image: Image
}

const imageName = /^fsimage_\d+$/

/** The newest image in a name directory. */
export function imageIn(machine: Machine, path: string): Image | undefined {
  const name = machine.namesIn(`${path}/current`).findLast((one) => imageName.test(one))
  return name === undefined ? undefined : (machine.files.get(`${path}/current/${name}`)?.payload as Image | undefined)
}

/** VERSION and seen_txid: what comes first. */
export function writeVersion(machine: Machine, path: string, format: Format): void {
  makeDirectory(machine, `${path}/current`)
  write(machine, `${path}/current/VERSION`, versionText(format, 'NAME_NODE'))
  write(machine, `${path}/current/seen_txid`, '0\n')
}

export function writeImage(machine: Machine, path: string, image: Image): void {
  const file = `${path}/current/${numbered('fsimage', txidOf(image.head))}`
  write(machine, `${file}.md5`, 'sum')
  write(machine, file, 'image', image)
}

/** Edits that a NameNode without journals has written into a directory, segment by segment. */
export interface LocalSegment {
  readonly first: number
  readonly edits: readonly Edit[]
}

export function localSegments(machine: Machine, path: string): readonly LocalSegment[] {
  return machine
    .namesIn(`${path}/current`)
    .filter((name) => name.startsWith('edits_'))
    .flatMap((name) => {
      const edits = machine.files.get(`${path}/current/${name}`)?.payload as readonly Edit[] | undefined
      const [first] = edits ?? []
      return edits === undefined || first === undefined ? [] : [{ first: first.txid, edits }]
    })
    .sort((a, b) => a.first - b.first)
}

/** What was cut off is whole (FileJournalManager.recoverUnfinalizedSegments). */
export function closeSegments(machine: Machine, path: string): void {
  for (const { edits, first } of localSegments(machine, path)) {
    const open = `${path}/current/${numbered('edits_inprogress', first)}`
    if (!machine.files.has(open)) continue
    machine.files.delete(open)
    write(machine, `${path}/current/${segmentName(first, edits.at(-1)?.txid ?? first)}`, '', edits)
  }
}

export function segmentName(first: number, last: number): string {
  return `${numbered('edits', first)}-${String(last).padStart(19, '0')}`
}

/** The directories of a running NameNode: it goes on with those that are left. */
export class NameDirs {
  readonly #machine: Machine
  readonly paths: readonly string[]
  readonly format: Format
  readonly failed = new Set<string>()

  constructor(machine: Machine, { format, paths }: Dirs) {
    this.#machine = machine
    this.paths = paths
    this.format = format
    for (const path of paths) {
      write(machine, `${path}/in_use.lock`, '')
      makeDirectory(machine, `${path}/current`)
    }
  }

  /** Undefined: a NameNode does not start with them. */
  static read(machine: Machine, paths: readonly string[]): Dirs | undefined {
    if (paths.length === 0 || paths.some((path) => !isUsable(machine, path))) return undefined
    const formats = paths.flatMap((path) => formatIn(machine, path) ?? [])
    const [format] = formats
    const apart = formats.some(
      (other) => other.namespaceID !== format?.namespaceID || other.clusterID !== format.clusterID,
    )
    const images = paths.flatMap((path) =>
      formatIn(machine, path) === undefined ? [] : (imageIn(machine, path) ?? []),
    )
    const [image] = images.sort((a, b) => txidOf(b.head) - txidOf(a.head))
    return format === undefined || apart || image === undefined ? undefined : { paths, format, image }
  }

  /** A new file of edits in each; whether one is left. */
  beginSegment(txid: number): boolean {
    return this.#each((path) => {
      // One that was empty at the start is taken up with an image only.
      if (!this.#machine.files.has(`${path}/current/VERSION`)) return
      write(this.#machine, `${path}/current/seen_txid`, `${txid}\n`)
      write(this.#machine, `${path}/current/edits_inprogress`, '')
    })
  }

  /** Without journals: a file of its edits in each, which begins with this one. */
  openLocal(edit: Edit): boolean {
    return this.#each((path) => {
      if (!this.#machine.files.has(`${path}/current/VERSION`)) return
      closeSegments(this.#machine, path)
      write(this.#machine, `${path}/current/seen_txid`, `${edit.txid}\n`)
      write(this.#machine, `${path}/current/${numbered('edits_inprogress', edit.txid)}`, '', [edit])
    })
  }

  append(first: number, edit: Edit): boolean {
    return this.#each((path) => {
      const file = `${path}/current/${numbered('edits_inprogress', first)}`
      const edits = this.#machine.files.get(file)?.payload as readonly Edit[] | undefined
      if (edits !== undefined) write(this.#machine, file, '', [...edits, edit])
    })
  }

  save(image: Image): boolean {
    return this.#each((path) => {
      if (!this.#machine.files.has(`${path}/current/VERSION`)) writeVersion(this.#machine, path, this.format)
      for (const name of this.#machine.namesIn(`${path}/current`))
        if (name.startsWith('fsimage_')) this.#machine.files.delete(`${path}/current/${name}`)
      writeImage(this.#machine, path, image)
    })
  }

  #each(act: (path: string) => void): boolean {
    for (const path of this.paths) {
      if (!this.#machine.directories.has(`${path}/current`)) this.failed.add(path)
      if (!this.failed.has(path)) act(path)
    }
    return this.failed.size < this.paths.length
  }
}
