// Rolling upgrades of an HDFS that runs: there, back before it is finalized, there again, and finalized by a person.

import type { Manifest } from '../world/manifests.ts'
import { conditionOf, isReady, type Shown, type World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import type { HdfsChange } from './hdfs-changes.ts'
import { readAndApprove, type ShownStep } from './read-and-approve.ts'

export function ofVersion(standing: Manifest, version: '3.3.6' | '3.4.2', { lab }: World): Manifest {
  const { sha512, url } = lab.artifacts[`hadoop-${version}`]
  return withSpec(withSpec(standing, ['version'], version), ['software'], { archive: { url, sha512 } })
}

const rolled: HdfsChange = {
  name: 'HDFS: a rolling upgrade from 3.3.6 to 3.4.2',
  to: (standing, _led, world) => ofVersion(standing, '3.4.2', world),
  ends: awaitsFinalize,
  async check(world, steps) {
    inOrder(steps, [
      /namenode-nn\d CopyImage$/,
      /namenode-nn\d RollUpgrade$/,
      /RestartUnit$/,
      /datanode-m\d RestartUnit$/,
    ])
    lastOf(steps, 'datanode')
    await hasCopy(world, steps)
    await runs(world, '3.4.2')
  },
}

export const hdfsUpgrades: readonly HdfsChange[] = [
  rolled,
  {
    name: 'HDFS: a rolling upgrade is taken back before it is finalized',
    to: (standing, _led, world) => ofVersion(standing, '3.3.6', world),
    ends: awaitsFinalize,
    async check(world, steps) {
      inOrder(steps, [/datanode-m\d RestartUnit$/, /namenode-nn\d RestartUnit$/])
      lastOf(steps, 'namenode|zkfc|journalnode')
      await runs(world, '3.3.6')
    },
  },
  {
    name: 'HDFS: the end of a rolling upgrade that was taken back is approved',
    to: (standing) => standing,
    act: approveFinalize,
    check: (_world, steps) => inOrder(steps, [/namenode-nn1 RollUpgrade$/]),
  },
  { ...rolled, name: 'HDFS: a rolling upgrade once more' },
  {
    name: 'HDFS: the end of a rolling upgrade is approved',
    to: (standing) => standing,
    act: approveFinalize,
    check: (_world, steps) => inOrder(steps, [/namenode-nn1 RollUpgrade$/]),
  },
  {
    name: 'HDFS: a rolling upgrade cannot be taken back when it was finalized',
    to: (standing, _led, world) => ofVersion(standing, '3.3.6', world),
    ends: (shown) => conditionOf(shown, 'UpToDate')?.reason === 'VersionChangeUnsupported',
    async check(world, steps) {
      if (steps.length > 0) throw new Error(`something was done: ${steps.join('; ')}`)
      await runs(world, '3.4.2')
    },
  },
]

/** All run what is declared, and what is left is a person's word. */
function awaitsFinalize(shown: Shown): boolean {
  return isReady(shown) && conditionOf(shown, 'UpToDate')?.reason === 'UpgradeAwaitsFinalize'
}

/** The plan shows nothing else. */
async function approveFinalize(world: World): Promise<void> {
  const isEnd = ({ risk, verb }: ShownStep): boolean => verb === 'RollUpgrade' && risk === 'destructive'
  await readAndApprove(world, 'hdfscluster-files', isEnd)
}

/** The first of each kind comes after the first of the one before it. */
function inOrder(steps: readonly string[], kinds: readonly RegExp[]): void {
  const at = kinds.map((kind) => steps.findIndex((step) => kind.test(step)))
  if (at.some((place, index) => place < 0 || place < (at[index - 1] ?? 0)))
    throw new Error(`not in the order of ${kinds.map(String).join(', ')}: ${steps.join('; ')}`)
}

/** Whoever is restarted last. */
function lastOf(steps: readonly string[], service: string): void {
  const restarts = steps.filter((step) => step.endsWith(' RestartUnit')).map((step) => step.split(' ')[2] ?? '')
  const first = restarts.findIndex((member) => new RegExp(service).test(member))
  const others = restarts.slice(first).filter((member) => !new RegExp(service).test(member))
  if (first < 0 || others.length > 0) throw new Error(`not last: ${restarts.join(', ')}`)
}

async function hasCopy(world: World, steps: readonly string[]): Promise<void> {
  const host = steps.find((step) => step.endsWith(' CopyImage'))?.split(' ')[1] ?? ''
  const list = 'cd /data/dfs/nn.images && stat -c %a:%U . && for d in *; do ls "$d"; (cd "$d" && md5sum -c *.md5); done'
  const { code, stdout, stderr } = await world.lab.host(host).exec(list)
  if (code !== 0 || !stdout.startsWith('700:hdfs') || !/VERSION/.test(stdout))
    throw new Error(`no copy of an image on ${host}: ${stdout} ${stderr}`)
}

/** What every daemon is started from; the client keeps what it began with. */
async function runs(world: World, version: string): Promise<void> {
  const list = `for p in /proc/[0-9]*; do tr '\\0' ' ' <"$p/cmdline" 2>/dev/null; echo; done | grep -v HdfsClient | grep -oE '/opt/ironherd/hadoop-[0-9.]+' | sort -u`
  for (const host of world.lab.hosts) {
    const { stdout } = await host.exec(list)
    const found = stdout.split('\n').filter((line) => line !== '')
    if (found.length === 0 || found.some((path) => path !== `/opt/ironherd/hadoop-${version}`))
      throw new Error(`${host.name} runs ${found.join(', ')}, and not ${version} alone`)
  }
}
