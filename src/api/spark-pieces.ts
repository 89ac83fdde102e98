import { z } from 'zod'
import { type CelRule, celRules, noneOfKeys } from './cel.ts'
import { text } from './common.ts'
import type { OwnedKeys } from './owned.ts'
import { envOwned } from './spark-owned.ts'

/** Heap of a daemon unless said otherwise: Spark's own default (SPARK_DAEMON_MEMORY). */
export const heap = '1g'

function ownedRules(owned: OwnedKeys): readonly CelRule[] {
  const names = Object.keys(owned)
  return [noneOfKeys(names, `set by fields of their own, or fixed: ${names.join(', ')}`)]
}

const sparkKeys: CelRule = {
  rule: "self.all(k, k.startsWith('spark.'))",
  message: 'Spark reads only keys that begin with "spark."',
}

/** Keys without white space, `=` and `:`, which would end a key in a properties file. */
export const propertyKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9_.$/-]+$/)

export function sparkProperties(owned: OwnedKeys, ...more: readonly CelRule[]) {
  return z
    .record(propertyKey, text(4096))
    .meta({ maxProperties: 128, ...celRules(sparkKeys, ...ownedRules(owned), ...more) })
    .default({})
}

export function environment(what: string) {
  return z
    .record(
      z
        .string()
        .min(1)
        .max(128)
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
      text(4096),
    )
    .meta({
      maxProperties: 64,
      ...celRules(...ownedRules(envOwned)),
    })
    .default({})
    .describe(what)
}
