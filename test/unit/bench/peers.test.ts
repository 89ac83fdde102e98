import { describe, expect, it } from 'vitest'
import { playbookOfState } from '../../../bench/ansible/playbook.ts'
import { floorScript } from '../../../bench/floor.ts'
import { awaitScript, wantedOf } from '../../../bench/peers/wanted.ts'
import type { Action } from '../../../src/model/step.ts'

const file = (path: string, content: string): Action => ({
  verb: 'WriteFile',
  file: { path, content, mode: '644', owner: 'root', group: 'root', secret: false, restart: true },
})

const actions: readonly Action[] = [
  { verb: 'EnsureUser', user: { name: 'zk', group: 'zk', create: true } },
  { verb: 'EnsureDirectory', directory: { path: '/data/zk', mode: '750', owner: 'zk', group: 'zk' } },
  file('/etc/ironherd/u/zoo.cfg', 'old'),
  file('/var/lib/ironherd/members/u.json', '{}'),
  file('/etc/ironherd/u/zoo.cfg', 'new'),
  {
    verb: 'MarkFirstStart',
    record: '/var/lib/r',
    marker: { path: '/data/zk/initialize', owner: 'zk', group: 'zk' },
  },
  { verb: 'StartUnit', unit: 'u.service' },
]

describe('what the peers are to do', () => {
  const wanted = wantedOf(actions, () => '/archive')

  it('is what ironherd did, as it stands at the end, without what ironherd keeps for itself', () => {
    expect(wanted.files.map(({ content, path }) => [path, content])).toEqual([['/etc/ironherd/u/zoo.cfg', 'new']])
    expect(wanted.directories.map(({ path }) => path)).toEqual(['/etc/ironherd/u', '/data/zk'])
    expect(wanted.units).toEqual(['u.service'])
  })

  it('marks a first start only where there is no data', () => {
    expect(wanted.markers).toMatchObject([{ path: '/data/zk/initialize', unless: '/data/zk/version-2' }])
  })

  it('has a task of Ansible for each kind of thing', () => {
    const kinds = Object.keys(wanted).filter((kind) => kind !== 'await')
    for (const kind of kinds) expect(playbookOfState()).toContain(`wanted.${kind}`)
  })
})

const nothing = { directories: [], units: [], software: [], packages: [], javaHomes: [], users: [], ports: [] }
const asked = {
  ...nothing,
  files: [{ path: '/etc/a b', sha256: '', mode: '', owner: '', group: '' }],
  talks: [{ address: '10.0.0.1', port: 2181, send: 'srvr' }],
  urls: ['http://10.0.0.1:8080/json/'],
}

describe('the floor', () => {
  it('hashes all files at once and asks every daemon', () => {
    const script = floorScript(asked)
    expect(script).toContain("sha256sum '/etc/a b'")
    expect(script.match(/\/dev\/tcp\/10\.0\.0\.1\/(2181|8080)/g)).toHaveLength(2)
  })
})

describe('the end of a first installation', () => {
  it('is that every daemon answers, and at once where there is none', () => {
    expect(awaitScript(asked)).toContain('/dev/tcp/10.0.0.1/2181')
    expect(awaitScript({ ...asked, talks: [], urls: [] })).toBe('')
  })
})
