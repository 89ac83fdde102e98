/** Lines of context around a change, as in diff -u. */
const around = 3

/** Above so many cells the table of common lines is not made: what differs is then shown as replaced as a whole. */
const mostCells = 4_000_000

interface Line {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

/**
 * The difference of two texts by lines in the unified format: hunks of `@@ -l,n +l,n @@`, without file names. '' when they
 * are equal. Memory and time grow with the product of the lines that differ, which is bounded. Control characters other
 * than tab are shown as U+FFFD: the text is read on terminals.
 */
export function unifiedDiff(before: string, after: string): string {
  if (before === after) return ''
  const lines = compare(linesOf(before), linesOf(after))
  return hunksOf(lines).join('\n')
}

/** A last line without an end says so, as diff does: else nobody would see what differs. */
function linesOf(text: string): readonly string[] {
  if (text === '') return []
  const lines = text.replace(/[\x00-\x08\x0b-\x1f\x7f\u0085\u2028\u2029]/g, '\ufffd').split('\n')
  const last = lines.pop() ?? ''
  return last === '' ? lines : [...lines, `${last}\n\\ No newline at end of file`]
}

function compare(before: readonly string[], after: readonly string[]): readonly Line[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  const most = Math.min(before.length, after.length) - head
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  const signed = (sign: Line['sign'], texts: readonly string[]): readonly Line[] =>
    texts.map((text) => ({ sign, text }))
  return [
    ...signed(' ', before.slice(0, head)),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...signed(' ', before.slice(before.length - tail)),
  ]
}

/** By the longest common subsequence; what goes stands before what comes. */
function middle(before: readonly string[], after: readonly string[]): readonly Line[] {
  const wide = after.length + 1
  if ((before.length + 1) * wide > mostCells) {
    return [...before.map((text): Line => ({ sign: '-', text })), ...after.map((text): Line => ({ sign: '+', text }))]
  }
  /** At row * wide + column: how many lines the rests from there have in common. */
  const common = new Uint32Array((before.length + 1) * wide)
  const at = (row: number, column: number): number => common[row * wide + column] ?? 0
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      common[row * wide + column] =
        before[row] === after[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  const lines: Line[] = []
  let row = 0
  let column = 0
  while (row < before.length || column < after.length) {
    const [old, fresh] = [before[row], after[column]]
    if (old !== undefined && old === fresh) {
      lines.push({ sign: ' ', text: old })
      row++
      column++
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push({ sign: '-', text: old })
      row++
    } else if (fresh !== undefined) {
      lines.push({ sign: '+', text: fresh })
      column++
    }
  }
  return lines
}

function hunksOf(lines: readonly Line[]): readonly string[] {
  const shown = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ sign }) => sign !== ' '),
  )
  const hunks: string[] = []
  let [old, fresh] = [0, 0]
  for (let index = 0; index < lines.length; ) {
    if (shown[index] !== true) {
      // Far from every change both sides have the line.
      old++
      fresh++
      index++
      continue
    }
    const end = shown.indexOf(false, index)
    const hunk = lines.slice(index, end === -1 ? lines.length : end)
    const ofOld = hunk.filter(({ sign }) => sign !== '+').length
    const ofFresh = hunk.filter(({ sign }) => sign !== '-').length
    hunks.push(
      [`@@ -${range(old, ofOld)} +${range(fresh, ofFresh)} @@`, ...hunk.map(({ sign, text }) => `${sign}${text}`)].join(
        '\n',
      ),
    )
    old += ofOld
    fresh += ofFresh
    index += hunk.length
  }
  return hunks
}

/** Of no lines the format names the line before. */
function range(before: number, count: number): string {
  return `${count === 0 ? before : before + 1},${count}`
}
