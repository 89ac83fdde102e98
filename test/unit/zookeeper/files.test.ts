import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Member } from '../../../src/model/member.ts'
import { expandInput, expansionOf } from './ensemble.ts'

const folder = fileURLToPath(new URL('../../cases/zookeeper/files/', import.meta.url))
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.replace('.yaml', ''))

/** Everything that a member puts on its host, as text: a change of any byte restarts the ensembles of all users. */
function shown(member: Member): string {
  const directories = member.directories.map(
    (directory) => `${directory.path} ${directory.mode} ${directory.owner}:${directory.group} ${directory.mount ?? ''}`,
  )
  const files = member.files.map(
    (file) =>
      `--- ${file.path} ${file.mode} ${file.owner}:${file.group}${file.restart ? ' restart' : ''}${file.secret ? ' secret' : ''}\n${file.content}`,
  )
  const ports = member.ports.map((claim) => `${claim.port} ${claim.purpose}`)
  const { software } = member
  const where = software.from === 'archive' ? `${software.digest} in ${software.path}` : software.packages.join(' ')
  const head = [`software: ${where}`, `ports: ${ports.join(', ')}`, 'directories:', ...directories]
  return `${head.join('\n')}\n${files.join('')}`
}

describe('what stands on the host of a server', () => {
  test.each(cases)('%s', async (name) => {
    const spec: unknown = parse(readFileSync(`${folder}${name}.yaml`, 'utf8'))
    const configMaps = { jaas: { 'jaas.conf': 'Server {};\n' } }
    const secrets = { 'zk-super': { password: 'of the super user' } }
    const [member] = expansionOf(expandInput(spec, { configMaps, secrets })).members
    if (member === undefined) throw new Error('no member')
    await expect(shown(member)).toMatchFileSnapshot(`${folder}${name}.txt`)
  })

  test('members differ in id, address and paths, and in nothing else', () => {
    const spec: unknown = parse(readFileSync(`${folder}minimal.yaml`, 'utf8'))
    const [first, second] = expansionOf(expandInput(spec)).members.map((member) => shown(member))
    const asFirst = second
      ?.replaceAll('zookeeper-2', 'zookeeper-1')
      .replace('clientPortAddress=10.0.0.2', 'clientPortAddress=10.0.0.1')
      .replace('myid 640 root:zookeeper restart\n2\n', 'myid 640 root:zookeeper restart\n1\n')
      .replace('ZooKeeper server 2 of', 'ZooKeeper server 1 of')
    expect(asFirst).toBe(first)
  })
})
