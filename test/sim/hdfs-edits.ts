/** One transaction of the file system, and all that went before it. */
export interface Edit {
  readonly before: Edit | undefined
  readonly txid: number
  /** Of the writer. */
  readonly epoch: number
  /** A block that is added with it. */
  readonly block?: number
}

/** A file of edits: all that one writer wrote before it began the next. */
export interface Segment {
  /** Transaction with which it begins. */
  readonly first: number
  readonly epoch: number
  readonly edits: readonly Edit[]
  readonly finalized: boolean
}

/** `edit` and everything before it is in `history`. */
export function holdsEdit(history: Edit | undefined, edit: Edit | undefined): boolean {
  if (edit === undefined) return true
  let at = history
  while (at !== undefined && at.txid > edit.txid) at = at.before
  return at === edit
}

export function txidOf(edit: Edit | undefined): number {
  return edit?.txid ?? 0
}

/** What can be read after `head`, in order: where two say what comes next, the later writer is right. */
export function editsAfter(head: Edit | undefined, segments: readonly Segment[]): readonly Edit[] {
  const next = new Map<Edit | undefined, Edit>()
  const from = txidOf(head)
  for (const { edits } of segments) {
    if ((edits.at(-1)?.txid ?? 0) <= from) continue
    for (const edit of edits) {
      const other = next.get(edit.before)
      if (edit.txid > from && (other === undefined || other.epoch < edit.epoch)) next.set(edit.before, edit)
    }
  }
  const found: Edit[] = []
  for (let edit = next.get(head); edit !== undefined; edit = next.get(edit)) found.push(edit)
  return found
}

/** The newest segment that any of these have, as a new writer recovers it: a whole one, else that of the newest writer, else the longest. */
export function newestSegment(all: readonly (readonly Segment[])[]): Segment | undefined {
  let best: Segment | undefined
  for (const segments of all) {
    for (const segment of segments) {
      if (best === undefined || isBetter(segment, best)) best = segment
    }
  }
  return best
}

function isBetter(a: Segment, b: Segment): boolean {
  if (a.first !== b.first) return a.first > b.first
  if (a.finalized !== b.finalized) return a.finalized
  return a.epoch === b.epoch ? a.edits.length > b.edits.length : a.epoch > b.epoch
}
