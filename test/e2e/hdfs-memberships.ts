// NameNodes of an HDFS that come and go.
import type { Manifest } from '../world/manifests.ts'
import type { World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import type { HdfsChange } from './hdfs-changes.ts'
import { failsOver } from './hdfs-conversion.ts'
import { type Place, placesOf } from './hdfs-moves.ts'
import { verbsOn } from './hdfs-steps.ts'

function named(standing: Manifest, places: readonly Place[]): Manifest {
  return withSpec(standing, ['nameNodes', 'members'], places)
}

/** Where in what was done the last of these stands; -1: nowhere. */
function lastOf(done: readonly string[], step: RegExp): number {
  return done.findLastIndex((line) => step.test(line))
}

/** What each NameNode and each failover controller has in its file. */
async function idsOn(world: World, places: readonly Place[]): Promise<readonly string[]> {
  const said = await Promise.all(
    places.map(async ({ host }) => {
      const { stdout } = await world.lab
        .host(host)
        .exec("grep -ho 'dfs.ha.namenodes[^/]*</name><value>[^<]*' /etc/ironherd/*files-hdfs-*/hdfs-site.xml")
      return stdout.split('\n').flatMap((line) => /<value>(.*)$/.exec(line)?.[1] ?? [])
    }),
  )
  return [...new Set(said.flat())]
}

/**
 * An image was kept, it had its copy, was started, all others but the active's controller were told of it, and only then it could be
 * elected; that one was told after a handover, which asks the controllers of all.
 */
async function hasCome(world: World, steps: readonly string[], led: string, from: Manifest): Promise<void> {
  const done = verbsOn(steps, /./)
  const wrong = (what: string): never => {
    throw new Error(`${what}: ${done.join('; ')}`)
  }
  const [copied, started, elects] = [
    'namenode-nn3 BootstrapStandby',
    'namenode-nn3 StartUnit',
    'zkfc-nn3 StartUnit',
  ].map((step) => done.indexOf(`hdfs-${step}`)) as [number, number, number]
  if (copied < 0 || started < copied || elects < started) wrong('nn3 was not copied, started and elected in this order')
  const image = done.findIndex((step) => step.endsWith(' CopyImage'))
  if (image < 0 || image > copied) wrong('no image was copied before')
  const last = done.indexOf(`hdfs-zkfc-${led} RestartUnit`)
  const restarts = done.flatMap((step, at) => (/^hdfs-(datanode-\S+|zkfc-\S+) RestartUnit$/.test(step) ? [at] : []))
  if (restarts.some((at) => at !== last && (at < started || at > elects)))
    wrong('others were told too early, or too late')
  const handover = done.findIndex((step) => step.endsWith(' FailOver'))
  if (handover < elects || last < handover) wrong(`the controller of ${led} was not told after a handover`)
  const due = [...placesOf(from).map(({ id }) => `zkfc-${id}`), 'datanode-m4', 'datanode-m5', 'datanode-m6']
  for (const id of due) if (!done.includes(`hdfs-${id} RestartUnit`)) wrong(`${id} was not told`)
  const ids = await idsOn(world, [...placesOf(from), { id: 'nn3', host: 'm4' }])
  if (ids.join() !== 'nn1,nn2,nn3') wrong(`files name ${ids.join(' and ')}`)
}

/** It handed over, was stopped with its controller first, and nobody was told before nothing of it was left. */
async function hasGone(world: World, steps: readonly string[], led: string, from: Manifest): Promise<void> {
  const done = verbsOn(steps, /./)
  const wrong = (what: string): never => {
    throw new Error(`${led} leaves: ${what}: ${done.join('; ')}`)
  }
  const [own, controller] = [`hdfs-namenode-${led}`, `hdfs-zkfc-${led}`]
  const handover = done.indexOf(`${own} FailOver`)
  const stops = [done.indexOf(`${controller} StopUnit`), done.indexOf(`${own} StopUnit`)] as const
  if (handover < 0 || stops[0] < handover || stops[1] < stops[0]) wrong('not handed over and stopped in this order')
  const aside = lastOf(done, new RegExp(`^${own} MoveAside$`))
  const told = done.findIndex((step) => step.endsWith(' RestartUnit'))
  if (aside < stops[1] || told < aside) wrong('its names did not go aside before the others were told')
  const left = placesOf(from).filter(({ id }) => id !== led)
  const ids = await idsOn(world, left)
  if (ids.join() !== left.map(({ id }) => id).join()) wrong(`files name ${ids.join(' and ')}`)
  const host = placesOf(from).find(({ id }) => id === led)?.host ?? ''
  const { stdout } = await world.lab
    .host(host)
    .exec("ls -d /data/dfs/nn*; systemctl list-units --plain --no-legend '*files-hdfs-namenode*' '*files-hdfs-zkfc*'")
  if (stdout.includes('running') || !stdout.includes('.aside-')) wrong(`${host} still has ${stdout}`)
}

export const hdfsMemberships: readonly HdfsChange[] = [
  {
    name: 'HDFS: a third NameNode comes to m4',
    to: (standing) => named(standing, [...placesOf(standing), { id: 'nn3', host: 'm4' }]),
    check: hasCome,
  },
  {
    name: 'HDFS: of three NameNodes the one that is active, which was there first, leaves',
    to: (standing, led) =>
      named(
        standing,
        placesOf(standing).filter(({ id }) => id !== led),
      ),
    check: hasGone,
  },
  {
    name: 'HDFS: the NameNodes that stay fail over',
    act: failsOver,
    to: (standing) => standing,
  },
]
