import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { expanded, hosts, memberOf, withAgents, withMasters } from './fixture.ts'

const golden = join(import.meta.dirname, '../../cases/mesos/golden')

const full = {
  ...withMasters({
    clusterName: 'lab one',
    zookeeperSessionTimeoutSeconds: 20,
    roles: ['web', 'ads'],
    weights: { ads: 2 },
    flags: { offer_timeout: '5mins', quiet: 'true' },
    environment: { TZ: 'UTC' },
  }),
  agentGroups: withAgents({
    resources: { cpus: '2', mem: '1024', 'cpus(ads)': '1', ports: '[31000-31100]' },
    defaultRole: 'web',
    isolation: ['cgroups/cpu', 'cgroups/mem'],
    containerizers: ['docker', 'mesos'],
    executorEnvironment: { PATH: '/usr/bin:/bin', NOTE: 'it\'s "$HOME"' },
    hadoopHome: '/opt/hadoop',
    flags: { gc_delay: '2days', cgroups_enable_cfs: 'true' },
    environment: { LANG: 'C.UTF-8' },
    rollout: { maxUnavailable: '50%' },
  }).agentGroups,
}

describe('what stands on a host', () => {
  test.each([
    ['mesos-master-m1', {}, 'mesos-master-m1'],
    ['mesos-agent-w1', {}, 'mesos-agent-w1'],
    ['mesos-master-m1', full, 'mesos-master-full'],
    ['mesos-agent-w1', full, 'mesos-agent-full'],
  ])('%s is as expected, byte for byte', async (id, change, name) => {
    const { files } = memberOf(expanded({ ...withMasters({}), ...change }), id)
    const text = files.map(({ path, mode, restart, content }) => `== ${path} ${mode} restart=${restart}\n${content}`)
    await expect(text.join('\n')).toMatchFileSnapshot(join(golden, `${name}.txt`))
  })

  test('an agent lets tasks of other users through, and runs as root; a master does neither', () => {
    const { members } = expanded()
    const place = (id: string) => {
      const { directories, user } = memberOf({ ...expanded(), members }, id)
      return [user.name, directories.find(({ path }) => path.startsWith('/data/'))]
    }
    expect(place('mesos-agent-w1')).toMatchObject(['root', { mode: '755', owner: 'root', mount: '/data' }])
    expect(place('mesos-master-m1')).toMatchObject(['mesos', { mode: '750', owner: 'mesos', mount: '/data' }])
  })

  test('a file of the user has the group of the masters where there is one, and else that of root', () => {
    const extraFiles = [{ path: '/etc/ironherd/files/acls', configMapRef: { name: 'acls', key: 'json' } }]
    const agents = withAgents({ hostSelector: undefined, attributes: {}, hosts: ['m1', 'w1'] }).agentGroups
    const expansion = expanded({ ...withMasters({}), agentGroups: agents, extraFiles })
    const groups = ['mesos-master-m1', 'mesos-agent-m1', 'mesos-agent-w1'].map(
      (id) => memberOf(expansion, id).files.find(({ path }) => path.endsWith('/acls'))?.group,
    )
    expect(groups).toEqual(['mesos', 'mesos', 'root'])
  })

  test('peers and frameworks are given the address that the Host says, and bind the other', () => {
    const m1 = { name: 'm1', serviceAddress: '127.0.0.2', advertisedAddress: 'm1.example', labels: {}, lost: false }
    const { files } = memberOf(expanded(withMasters({}), { hosts: { ...hosts, m1 } }), 'mesos-master-m1')
    const unit = files.find(({ path }) => path.endsWith('.service'))?.content ?? ''
    expect(unit).toContain(' --ip=127.0.0.2 --port=5050 --hostname=m1.example ')
  })

  test.each([
    [['m1'], '1'],
    [['m1', 'm2', 'm3'], '2'],
    [['m1', 'm2', 'm3', 'm4', 'm5'], '3'],
  ])('the quorum of %s is %s', (names, quorum) => {
    const { files } = memberOf(expanded(withMasters({ hosts: names })), 'mesos-master-m1')
    expect(files.find(({ path }) => path.endsWith('.service'))?.content).toContain(` --quorum=${quorum} `)
  })

  test.each([
    ['20%', ['w1'], '100%'],
    ['20%', ['w1', 'w2', 'w3'], '34%'],
    ['50%', ['w1', 'w2', 'w3'], '50%'],
    ['0%', ['w1', 'w2', 'm4', 'm5', 'w3'], '20%'],
  ])('a limit of %s lets one agent of %s be given up: %s', (recoveryAgentRemovalLimit, names, limit) => {
    const agents = withAgents({ hostSelector: undefined, attributes: {}, hosts: names })
    const raw = { ...agents, masters: withMasters({ recoveryAgentRemovalLimit }).masters }
    const unit = memberOf(expanded(raw), 'mesos-master-m1').files.at(-1)?.content
    expect(unit).toContain(` --recovery_agent_removal_limit=${limit}% `)
  })

  test('groups: a quorum of masters, and a budget of agents that are started whatever the masters do', () => {
    expect(expanded(full).groups).toEqual([
      { name: 'masters', order: 0, budget: { kind: 'Quorum' }, breaker: 1 },
      {
        name: 'agents-w',
        order: 0,
        budget: { kind: 'MaxUnavailable', count: 1 },
        withoutUpstream: true,
        breaker: 1,
      },
    ])
  })
})
