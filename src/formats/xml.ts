import { oneLine } from './refuse.ts'

/** Text for an XML attribute or element. */
export function xmlText(value: string): string {
  return oneLine('an XML file', value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
