import { describe, expect, test } from 'vitest'
import { crdOf, type Schema } from './crd.ts'
import { kinds } from './kinds.ts'

/** Every schema below, with its path. */
function walk(schema: Schema, path: string): readonly (readonly [string, Schema])[] {
  const properties = Object.entries(asSchema(schema.properties)).flatMap(([name, child]) =>
    walk(asSchema(child), `${path}.${name}`),
  )
  const items = schema.items === undefined ? [] : walk(asSchema(schema.items), `${path}[]`)
  const values =
    schema.additionalProperties === undefined ? [] : walk(asSchema(schema.additionalProperties), `${path}{}`)
  return [[path, schema], ...properties, ...items, ...values]
}

function asSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

const roots = kinds.map((kind) => {
  const spec = asSchema(crdOf(kind).spec)
  const first: unknown = Array.isArray(spec.versions) ? spec.versions[0] : undefined
  return [kind.kind, asSchema(asSchema(asSchema(first).schema).openAPIV3Schema)] as const
})

describe.each(roots)('%s', (kind, root) => {
  const all = walk(root, kind).filter(([path]) => !/^\w+\.(metadata|kind|apiVersion)/.test(path))

  test('every schema has one plain type, and no union that is not structural', () => {
    for (const [path, schema] of all) {
      // The one union that structural schemas know; the API server wants exactly these words.
      if (schema['x-kubernetes-int-or-string'] === true) {
        expect([path, schema.anyOf]).toEqual([path, [{ type: 'integer' }, { type: 'string' }]])
        continue
      }
      expect([path, typeof schema.type]).toEqual([path, 'string'])
      for (const word of ['oneOf', 'anyOf', 'allOf', 'not', '$ref', 'definitions', 'propertyNames', 'const']) {
        expect([path, word in schema ? word : 'none']).toEqual([path, 'none'])
      }
    }
  })

  test('every string, array, number and map is bounded, so that the cost of the rules is', () => {
    for (const [path, schema] of all) {
      if (schema.type === 'string') {
        expect([path, schema.maxLength !== undefined || schema.enum !== undefined]).toEqual([path, true])
      }
      if (schema.type === 'array') expect([path, typeof schema.maxItems]).toEqual([path, 'number'])
      if (schema.type === 'integer') expect([path, typeof schema.maximum]).toEqual([path, 'number'])
      if (schema.additionalProperties !== undefined) {
        expect([path, typeof schema.maxProperties, schema.properties]).toEqual([path, 'number', undefined])
      }
    }
  })

  test('every field says what it is for', () => {
    for (const [path, schema] of all) {
      if (path.endsWith('[]') || path.endsWith('{}')) continue
      expect([path, typeof schema.description === 'string' && schema.description.length > 10]).toEqual([path, true])
    }
  })

  test('patterns are such as RE2 takes: no look-around, no back reference', () => {
    for (const [path, schema] of all) {
      expect([path, /\(\?|\\[1-9]|\\u/.test(typeof schema.pattern === 'string' ? schema.pattern : '')]).toEqual([
        path,
        false,
      ])
    }
  })
})

test('short names and plurals are not shared', () => {
  const names = kinds.flatMap((kind) => [...kind.shortNames, kind.plural, kind.singular])
  expect(new Set(names).size).toBe(names.length)
})
