import { z } from 'zod'
import { listSet } from './cel.ts'
import { jvm, objectName, port } from './common.ts'
import { site } from './hdfs-pieces.ts'

export const httpFs = z
  .object({
    hosts: z
      .array(objectName)
      .min(1)
      .max(9)
      .meta(listSet)
      .describe('Host objects, one gateway each. They know nothing of each other: a client may ask any.'),
    port: port.default(14000).describe('Port of WebHDFS on the gateways.'),
    site: site('Keys of httpfs-site.xml. A change restarts the gateways only.'),
    jvm: jvm('512m'),
  })
  .describe(
    'HttpFS: gateways that speak WebHDFS, so that clients need to reach neither NameNodes nor DataNodes. They run as user httpfs, who acts ' +
      'for those who ask: it must be one of spec.proxyUsers, from the hosts of the gateways. Not with Hadoop 2.',
  )
