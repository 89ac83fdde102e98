// The machine of the active NameNode dies, and nobody may take over before it is proven off.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '../lab/machine/sh.ts'
import { exampleManifests, type Manifest, namespace } from '../world/manifests.ts'
import { conditionOf, type Shown, type World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import type { Fault, Harm } from './fault.ts'
import { activeNameNode, hostOf } from './hdfs.ts'
import { active, other, pairHosts, pairServes, run } from './hdfs-faults.ts'
import { activeHostOff, until } from './hdfs-host-faults.ts'
import { hostManifest } from './lost-host.ts'
import { type Power, startPower } from './power.ts'

const secret = { name: 'hdfs-fencing', key: 'id_ecdsa' }

/** The key that Hadoop's SSH library reads, and its line on the hosts, which is a user's to put there. */
async function sshKey(world: World): Promise<Manifest> {
  const scratch = await mkdtemp(join(tmpdir(), 'hdfs-fencing-'))
  try {
    const file = join(scratch, 'key')
    await must(['ssh-keygen', '-q', '-t', 'ecdsa', '-m', 'PEM', '-N', '', '-C', 'sshfence', '-f', file])
    const line = (await readFile(`${file}.pub`, 'utf8')).trim()
    const from = pairHosts.map((host) => world.lab.host(host).address).join(',')
    const put = `mkdir -p -m 700 /root/.ssh && echo 'restrict,from="${from}" ${line}' >>/root/.ssh/authorized_keys`
    for (const host of pairHosts) await run(world, host, put)
    const metadata = { name: secret.name, namespace }
    return { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { [secret.key]: await readFile(file, 'utf8') } }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function hdfs(world: World): Manifest {
  const [manifest] = exampleManifests('hdfs', world.lab).filter(({ kind }) => kind === 'HdfsCluster')
  if (manifest === undefined) throw new Error('no HdfsCluster in the example')
  return manifest
}

/** sshfence and nothing else: of a machine without power it proves nothing. */
export function failoverBlocked(resolution: 'fence' | 'lifecycle: Lost'): Fault {
  let power: Power | undefined
  return {
    name: `host of the active NameNode off (sshfence, fallback: Block, resolved by ${resolution})`,
    async prepare(world) {
      const methods = [{ ssh: { user: 'root', privateKeySecretRef: secret, timeoutSeconds: 5 } }]
      await world.apply([await sshKey(world), withSpec(hdfs(world), ['fencing'], { methods, fallback: 'Block' })])
      if (resolution === 'fence') {
        power = await startPower(world)
        for (const host of pairHosts) {
          const fence = await power.fence('m3', host, { afterSeconds: 10 })
          await world.apply([withSpec(hostManifest(world, host), ['fence'], fence)])
        }
      }
      await world.untilReady('hdfscluster', 'files', 240_000)
    },
    async harm(world): Promise<Harm> {
      const began = Date.now()
      const leading = await active(world)
      const host = world.lab.host(hostOf(leading))
      const notes: string[] = []
      const note = (what: string) => void notes.push(`${what} after ${((Date.now() - began) / 1000).toFixed(1)} s`)
      await host.powerOff()
      return {
        mayRestart: [{ host: host.name, part: 'ironherd-' }],
        healed: pairServes,
        notes,
        undo: {
          lastsMs: 20_000,
          async run() {
            if (resolution === 'fence') {
              await until(
                'fenced',
                180_000,
                async () => power?.turnedOff.some((one) => one.host === host.name) === true,
              )
              note('fenced')
            } else {
              await world.until(
                'hdfscluster',
                'files',
                'explained',
                (shown) => conditionOf(shown, 'Ready')?.reason === 'FencingBlocked',
                180_000,
              )
              note('explained')
              const said = conditionOf(await world.get('hdfscluster', 'files'), 'Ready')
              console.log(`  ${said?.reason ?? ''}: ${said?.message ?? ''}`)
              if ((await activeNameNode(world)) !== undefined) throw new Error('somebody took over without any proof')
              await world.apply([withSpec(hostManifest(world, host.name), ['lifecycle'], 'Lost')])
            }
            const taken = async () => (await activeNameNode(world)) === other(leading)
            await until(`${other(leading)} takes over`, 120_000, taken)
            note('taken over')
            if (resolution !== 'fence') await world.apply([hostManifest(world, host.name)])
            await host.powerOn()
          },
        },
      }
    },
    async restore(world) {
      for (const { name } of pairHosts.map((host) => world.lab.host(host))) {
        if (!(await world.lab.host(name).isRunning())) await world.lab.host(name).powerOn()
        await world.apply([hostManifest(world, name)])
      }
      await power?.close()
      await world.apply([hdfs(world)])
      await world.untilReady('hdfscluster', 'files', 300_000)
    },
  }
}

const isOff = '/usr/local/sbin/is-off'

/** Says 0 of a machine whose sshd does not answer; Hadoop names it in the environment (ShellCommandFencer). */
const isOffScript = `cat >${isOff} <<'END' && chmod 755 ${isOff}
#!/bin/bash
! timeout 3 bash -c "</dev/tcp/$target_host/22" 2>/dev/null
END`

/** A method of the user's own, which tells that the machine is off. */
export const fencedByShell: Fault = {
  ...activeHostOff('shell, fallback: Block'),
  async prepare(world) {
    for (const host of pairHosts) await run(world, host, isOffScript)
    const methods = [{ shell: { command: isOff, timeoutSeconds: 10 } }]
    await world.apply([withSpec(hdfs(world), ['fencing'], { methods, fallback: 'Block' })])
    await settled(world)
  },
  async restore(world) {
    await world.apply([hdfs(world)])
    await settled(world)
  },
}

/** Ready, with everybody restarted for what was declared last. */
async function settled(world: World): Promise<void> {
  const isDone = (shown: Shown): boolean =>
    shown.status?.observedGeneration === shown.metadata.generation &&
    conditionOf(shown, 'UpToDate')?.status === 'True' &&
    conditionOf(shown, 'Ready')?.status === 'True'
  await world.until('hdfscluster', 'files', 'as declared', isDone, 300_000)
}
