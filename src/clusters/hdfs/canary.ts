import type { HdfsCanary } from '../../model/canary.ts'
import type { Member } from '../../model/member.ts'
import { type HdfsContext, nameNodeHttpPort } from '../../services/hdfs-common/context.ts'
import { portOf, ruleOf, rulesOf } from '../../services/hdfs-common/rules.ts'
import { dataNodeService } from '../../services/hdfs-datanode/service.ts'

/** A file that takes the place of the last one, beside those of other objects. `members`: those that leave as well. */
export function hdfsCanary({ key, spec }: HdfsContext, members: readonly Member[]): HdfsCanary {
  return {
    kind: 'Hdfs',
    by: 'Leader',
    path: `/.ironherd/canary/${key.namespace}/${key.name}`,
    port: nameNodeHttpPort(spec),
    user: spec.serviceUser.name,
    dataNodes: members
      .filter(({ service }) => service === dataNodeService)
      .map((member) => {
        const rules = rulesOf(member)
        return { host: member.host, address: ruleOf(rules, 'address'), port: portOf(rules, 'httpPort') }
      }),
  }
}
