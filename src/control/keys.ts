import type { ObjectKey } from '../model/object.ts'

/** The inverse of keyText: kinds, namespaces and names hold no slash. */
export function keyOf(text: string): ObjectKey {
  const [kind = '', namespace = '', name = ''] = text.split('/')
  return { kind, namespace, name }
}
