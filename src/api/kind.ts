import type { z } from 'zod'

export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly jsonPath: string
  readonly description: string
  /** 0 (default): always shown; 1: with `-o wide`. */
  readonly priority?: number
}

/** All that makes a kind: from this one value come its type, its CRD, its reference page and its parser. */
export interface KindDefinition<Spec extends z.ZodType = z.ZodType, Status extends z.ZodType = z.ZodType> {
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly description: string
  readonly printerColumns: readonly PrinterColumn[]
  readonly spec: Spec
  readonly status: Status
}

export function defineKind<Spec extends z.ZodType, Status extends z.ZodType>(
  definition: Omit<KindDefinition<Spec, Status>, 'categories'>,
): KindDefinition<Spec, Status> {
  return { ...definition, categories: ['ironherd'] }
}

function conditionColumn(name: string, type: string, description: string, priority = 0): PrinterColumn {
  const jsonPath = `.status.conditions[?(@.type=="${type}")].status`
  return { name, type: 'string', jsonPath, description, priority }
}

export const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Age of the object.',
}

/** What an operator looks at first, for every kind of cluster. */
export function clusterColumns(...own: readonly PrinterColumn[]): readonly PrinterColumn[] {
  return [
    conditionColumn('Ready', 'Ready', 'Every member runs as declared and the cluster does its work.'),
    conditionColumn('Available', 'Available', 'The cluster does the work that its users want of it.'),
    {
      name: 'Healthy',
      type: 'integer',
      jsonPath: '.status.members.healthy',
      description: 'Members that do their work.',
    },
    { name: 'Desired', type: 'integer', jsonPath: '.status.members.desired', description: 'Members declared.' },
    { name: 'Leader', type: 'string', jsonPath: '.status.leader', description: 'Member that leads.' },
    ...own,
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
      description: 'Why it is, or is not, ready.',
    },
    { name: 'Version', type: 'string', jsonPath: '.status.version', description: 'Version.', priority: 1 },
    conditionColumn('Repairing', 'Remediating', 'A repair is under way.', 1),
    ageColumn,
  ]
}

export { conditionColumn }
