import { z } from 'zod'
import { celRules, exactlyOneOf, listMap, listSet } from './cel.ts'
import {
  absolutePath,
  countOrPercent,
  dataDirectory,
  groupName,
  hostSelector,
  objectName,
  port,
  worded,
} from './common.ts'
import { agentFlagsOwned } from './mesos-owned.ts'
import { environment, flags, role, taskEnvironment } from './mesos-pieces.ts'

const identity =
  'It is part of the identity that an agent keeps for life: what Mesos would refuse of a running one is refused here, by name, and nothing is restarted.'

const attributeName = worded(1, 63, /^[A-Za-z0-9_.-]+$/, 'a name of letters, digits, _ . and -')
const resourceName = worded(
  1,
  128,
  /^[A-Za-z0-9_.-]+([(][A-Za-z0-9_.*/-]+[)])?$/,
  'the name of a resource, with a role in parentheses if it is reserved: cpus, mem(analytics)',
)

const agentGroup = z
  .object({
    name: groupName.describe('Name of the group.'),
    hosts: z.array(objectName).min(1).max(1000).meta(listSet).optional().describe('Host objects, one agent each.'),
    hostSelector: hostSelector.optional(),
    port: port.default(5051).describe(`Port of the agents (--port). ${identity}`),
    workDir: dataDirectory
      .prefault({ mount: '/', path: 'var/lib/mesos/agent' })
      .describe('Where an agent keeps its identity, and tasks their sandboxes (--work_dir). No master may use it.'),
    attributes: z
      .record(
        attributeName,
        worded(
          1,
          256,
          /^[A-Za-z0-9_.@\/+$()[\]{}, -]+$/,
          'letters, digits, spaces and _.@/+-, a range [1-5], or $(host) and $(failureDomain)',
        ),
      )
      .meta({ maxProperties: 32 })
      .default({})
      .describe(
        'Attributes, name and value, e.g. rack: $(failureDomain) (--attributes). $(host) and $(failureDomain) stand for what the ' +
          `Host says. ${identity}`,
      ),
    resources: z
      .record(
        resourceName,
        worded(
          1,
          1024,
          /^([0-9]+([.][0-9]{1,3})?|\[[0-9, -]+\]|\{[A-Za-z0-9_.,/ -]+\})$/,
          '4, 0.5, [31000-32000] or {a,b}',
        ),
      )
      .meta({ maxProperties: 32 })
      .default({})
      .describe(
        'Resources that an agent offers, name and value, e.g. cpus: "4", mem: "8192" (MB), ports: "[31000-32000]" (--resources). ' +
          `What is not named Mesos finds out of the machine at each start. ${identity}`,
      ),
    defaultRole: role.optional().describe('Role of the resources that name none (--default_role). Default: *.'),
    isolation: z
      .array(worded(1, 64, /^[a-z0-9_-]+(\/[a-z0-9_-]+)*$/, 'the name of an isolator: cgroups/cpu'))
      .min(1)
      .max(32)
      .meta(listSet)
      .optional()
      .describe('Isolators, e.g. cgroups/cpu (--isolation). Default: those of Mesos, which only count.'),
    containerizers: z
      .array(z.enum(['mesos', 'docker']))
      .min(1)
      .max(2)
      .meta(listSet)
      .optional()
      .describe('What runs containers, in the order in which it is tried (--containerizers). Default: mesos.'),
    executorEnvironment: taskEnvironment(
      'The whole environment of executors (--executor_environment_variables), to which ironherd adds LD_LIBRARY_PATH where it is not given. Not set: they have that of the agent.',
    ),
    hadoopHome: absolutePath
      .optional()
      .describe('Hadoop on the hosts, by which hdfs:// URIs of tasks are fetched (--hadoop_home).'),
    reconfigurationPolicy: z
      .enum(['equal', 'additive'])
      .default('additive')
      .describe(
        'additive: an agent keeps its identity when an attribute or a resource is added, a number grows or a range widens. equal: ' +
          'every change is refused.',
      ),
    rollout: z
      .object({
        maxUnavailable: countOrPercent
          .default(1)
          .describe(
            'Agents of the group, a number or a percentage (rounded down, at least one), that may be down because of ironherd ' +
              'at once. Tasks go on while their agent restarts.',
          ),
      })
      .prefault({})
      .describe('How agents are restarted when that is needed.'),
    flags: flags(agentFlagsOwned, 'gc_delay: 2days'),
    environment: environment('Variables of the agents. A change restarts them.'),
  })
  .meta(celRules(exactlyOneOf(['hosts', 'hostSelector'], 'give exactly one of hosts and hostSelector')))

export const agentGroups = z
  .array(agentGroup)
  .min(1)
  .max(32)
  .meta(listMap('name'))
  .describe(
    'Agents with one configuration. They run as root, since they run tasks as other users. An agent that is not declared any more is not stopped yet: that is refused by name.',
  )
