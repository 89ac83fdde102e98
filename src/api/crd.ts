import { z } from 'zod'
import type { KindDefinition } from './kind.ts'
import { group, version } from './resource.ts'

/** A JSON schema as the API server takes it. */
export type Schema = { readonly [key: string]: unknown }

function schemaOf(type: z.ZodType, description: string): Schema {
  const schema = z.toJSONSchema(type, {
    target: 'openapi-3.0',
    io: 'input',
    // The API server drops an empty map, and `kubectl diff` would show that for ever.
    override: ({ jsonSchema }) => {
      if (Object.keys(jsonSchema.properties ?? { any: true }).length === 0) delete jsonSchema.properties
    },
  })
  return { description, ...schema }
}

/** The CustomResourceDefinition of a kind, structural, ready to be written as YAML. */
export function crdOf(definition: KindDefinition): Schema {
  const { kind, plural, singular, shortNames, categories, printerColumns } = definition
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: printerColumns.map(({ priority, ...column }) =>
            priority === undefined || priority === 0 ? column : { ...column, priority },
          ),
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: definition.description,
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string', description: `${group}/${version}` },
                kind: { type: 'string', description: kind },
                metadata: { type: 'object' },
                spec: schemaOf(definition.spec, 'What is wanted.'),
                status: schemaOf(definition.status, 'What is there; written by ironherd.'),
              },
            },
          },
        },
      ],
    },
  }
}
