import { z } from 'zod'
import { type CelRule, celRules, noneOfKeys } from './cel.ts'
import { dataDirectory, text } from './common.ts'
import { hadoopEnvOwned, log4jOwned, siteOwned } from './hdfs-owned.ts'
import { type OwnedKeys, quoted } from './owned.ts'

/** The same as ownedKeyOf, for the API server. */
function noneOwned(owned: OwnedKeys): CelRule {
  const names = Object.keys(owned)
  return {
    rule: `self.all(k, !${quoted(names)}.exists(o, k == o || k.startsWith(o + '.')))`,
    message: `set by fields of their own, or fixed: ${names.join(', ')}`,
  }
}

const propertyKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9_.$/-]+$/)

/** Keys of core-site.xml and hdfs-site.xml. */
export function site(what: string, most = 64) {
  return z
    .record(propertyKey, text(4096))
    .meta({ maxProperties: most, ...celRules(noneOwned(siteOwned)) })
    .default({})
    .describe(what)
}

export const hadoopEnv = z
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
    ...celRules(
      noneOfKeys(
        Object.keys(hadoopEnvOwned),
        `set by fields of their own, or fixed: ${Object.keys(hadoopEnvOwned).join(', ')}`,
      ),
    ),
  })
  .default({})
  .describe(
    'Further variables of hadoop-env.sh, for every daemon, e.g. HADOOP_OPTIONAL_TOOLS. Values are taken as they stand: nothing in ' +
      'them is expanded. A change restarts all daemons, one group after the other.',
  )

export const log4j = z
  .record(propertyKey, text(1024))
  .meta({ maxProperties: 64, ...celRules(noneOwned(log4jOwned)) })
  .default({})
  .describe(
    'Keys of log4j.properties that are added to, or win over, those that ironherd writes, e.g. ' +
      'log4j.logger.org.apache.hadoop.hdfs: DEBUG. A change restarts all daemons, one group after the other.',
  )

/** Directories of a daemon, each of them one. */
export function directories(most: number) {
  return z
    .array(dataDirectory)
    .min(1)
    .max(most)
    .meta(
      celRules({
        rule: 'self.all(d, self.exists_one(e, e.mount == d.mount && e.path == d.path))',
        message: 'a directory is given twice',
      }),
    )
}
