/** Words as the text of one cell of a Markdown table: what would end the cell, open a tag or make a link is escaped. */
export function tableCell(words: string): string {
  return words
    .replaceAll('\n', ' ')
    .replaceAll('<', '&lt;')
    .replaceAll(/[|[\]]/g, String.raw`\$&`)
}
