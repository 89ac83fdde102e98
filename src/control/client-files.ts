import type { Expansion } from '../model/kind.ts'
import type { Resource } from '../model/object.ts'
import type { Problem } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import type { Context } from './context.ts'
import type { Pass } from './controller.ts'
import { canonical } from './publish.ts'
import { SourceError } from './store.ts'

/** It is not watched: somebody may have changed it, so it is looked at again after so long. */
const againMs = 60_000

/**
 * Keeps the ConfigMap with the configuration of a cluster's clients as it is to be. It is for people and their Pods, and
 * nothing here rests on it: a source that does not answer is tried again later.
 */
export async function publishClientFiles(
  context: Context,
  object: Resource,
  { clientFiles }: Expansion,
  pass: Pass,
): Promise<readonly Problem[]> {
  if (clientFiles === undefined) return []
  const remembered = context.memory.of(pass.key)
  const { configMap: name, files: data } = clientFiles
  const text = canonical([object.metadata.uid, clientFiles])
  const before = remembered.clientFiles
  if (before?.text === text && context.now() - before.at < againMs) return before.problems
  let problems: readonly Problem[] = before?.problems ?? []
  try {
    const result = await context.store.applyConfigMap({ owner: object, name, data }, pass.signal)
    problems = result === 'foreign' ? [foreign(name)] : []
    if (result === 'conflict') return problems
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    if (!pass.signal.aborted) pass.log.warn({ err: error, configMap: name }, 'a ConfigMap could not be written')
  }
  remembered.clientFiles = { text, at: context.now(), problems }
  return problems
}

function foreign(name: string): Problem {
  const message =
    `ConfigMap ${name} belongs to somebody else and is left as it is: delete it, or set spec.clients.configMap ` +
    'to false'
  return problem('ForeignConfigMap', message, { field: 'spec.clients.configMap' })
}
