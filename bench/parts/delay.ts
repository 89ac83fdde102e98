import { localArchives } from '../ironherd/local-archives.ts'
import { createPasses } from '../ironherd/passes.ts'
import { type Snapshot, SnapshotStore } from '../ironherd/snapshot-store.ts'
import { loadNow, type Section } from '../page.ts'
import { type Relay, startRelay } from '../relay.ts'
import { type Bounds, type Contender, runRounds, toCsv } from '../rounds.ts'
import type { Log, Site } from '../site.ts'
import { spreadOf } from '../statistics.ts'
import { figure, show } from '../table.ts'

const delaysMs = [0, 10, 50] as const
const nameOf = (delayMs: number): string => `${delayMs} ms one way`

/** A pass with nothing to do over hosts that are so and so far away, connections open. */
export async function delayPart(site: Site, bounds: Bounds, log: Log): Promise<Section> {
  let delayMs = 0
  const relays = new Map<string, Relay>()
  for (const { name, address } of site.lab.hosts) {
    relays.set(name, await startRelay(address, 22, () => delayMs))
  }
  const passes = createPasses(new SnapshotStore(through(relays, site.store.snapshot())), localArchives(site.lab))
  try {
    await passes.settle(120_000)
    const contenders = delaysMs.map(
      (ms): Contender => ({
        name: nameOf(ms),
        before: () => {
          delayMs = ms
          return Promise.resolve()
        },
        once: () => passes.once(),
      }),
    )
    const load = loadNow()
    const samples = await runRounds(contenders, { lab: site.lab.name, bounds, warmUp: 2, log })
    const wallOf = (ms: number) =>
      spreadOf(samples.filter(({ contender }) => contender === nameOf(ms)).map(({ wallMs }) => wallMs))
    const near = wallOf(0).median
    const lines = delaysMs.map((ms) => {
      const wall = wallOf(ms)
      const trips = ms === 0 ? '' : ((wall.median - near) / (2 * ms)).toFixed(2)
      return `| ${ms} ms | ${wall.count} | ${show(wall)} | ${ms === 0 ? '' : figure(wall.median - near)} | ${trips} |`
    })
    return {
      title: 'A pass with nothing to do over hosts that are far away',
      text: `${site.lab.hosts.length} hosts, connections open, through a relay that holds back every packet in either direction. Round trips are the time that
is added, divided by that of a way there and back: less than one, where a part of it passes while other hosts still
work, which share the CPUs.

| delay, one way | runs | wall, ms | added, ms | round trips |
|---|---|---|---|---|
${lines.join('\n')}`,
      csv: toCsv(samples),
      load,
    }
  } finally {
    for (const relay of relays.values()) relay.close()
    await passes.close()
  }
}

/** Each Host reached through its relay; what its daemons bind stays. */
function through(relays: ReadonlyMap<string, Relay>, snapshot: Snapshot): Snapshot {
  const objects = snapshot.objects.map((object) => {
    const relay = relays.get(object.metadata.name)
    if (object.kind !== 'Host' || relay === undefined) return object
    const spec = object.spec as { readonly address: string; readonly ssh: object }
    const serviceAddress = spec.address
    return {
      ...object,
      spec: { ...spec, address: '127.0.0.1', serviceAddress, ssh: { ...spec.ssh, port: relay.port } },
    }
  })
  return { ...snapshot, objects }
}
