import type { Lab } from '../../test/lab/index.ts'
import { exampleSnapshot } from '../ironherd/example-snapshot.ts'
import { localArchives } from '../ironherd/local-archives.ts'
import { createPasses, type Passes } from '../ironherd/passes.ts'
import { SnapshotStore } from '../ironherd/snapshot-store.ts'
import { loadNow, type Section } from '../page.ts'
import { type Bounds, type Contender, type Cost, runRounds, toCsv } from '../rounds.ts'
import { bareLab, installPeers, type Log, type Peers, setUpPeers, type Work, workOf } from '../site.ts'
import { tableOf } from '../table.ts'

const contender = { ours: 'ironherd', ansible: 'ansible-core, modules', pyinfra: 'pyinfra' } as const
const hosts = 6

/** From bare hosts to daemons that answer, each time on hosts of a new lab. */
export async function firstPart(bounds: Bounds, log: Log): Promise<Section> {
  const pythons = await installPeers(log)
  let lab: Lab | undefined
  let passes: Passes | undefined
  let peers: Peers | undefined
  const clear = async (): Promise<void> => {
    await passes?.close()
    await peers?.ansible.close()
    await lab?.down()
    ;[lab, passes, peers] = [undefined, undefined, undefined]
  }
  const bare = async (): Promise<Lab> => {
    await clear()
    lab = await bareLab(hosts, () => undefined)
    return lab
  }
  const install = async (on: Lab): Promise<Passes> => {
    passes = createPasses(new SnapshotStore(exampleSnapshot(on, new Date())), localArchives(on))
    await passes.settle(10 * 60_000)
    return passes
  }
  const ready = async (make: (own: Peers) => Promise<Cost>): Promise<Cost> => {
    if (peers === undefined) throw new Error('the peers were not set up')
    return make(peers)
  }
  try {
    log('what is to be done is taken from a first installation by ironherd')
    const model = await bare()
    const work: Work = workOf(model, await install(model))
    const addresses = model.hosts.map(({ address }) => address)
    const setUp = async (): Promise<void> => {
      const on = await bare()
      const moved = JSON.stringify(work).replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, (old) => {
        return on.hosts[addresses.indexOf(old)]?.address ?? old
      })
      peers = setUpPeers(pythons, on, JSON.parse(moved) as Work)
    }
    const contenders: readonly Contender[] = [
      {
        name: contender.ours,
        before: async () => {
          await bare()
        },
        once: async () => {
          const cpu = process.cpuUsage()
          const began = performance.now()
          if (lab !== undefined) await install(lab)
          const wallMs = performance.now() - began
          const used = process.cpuUsage(cpu)
          return { wallMs, cpuMs: (used.user + used.system) / 1000 }
        },
      },
      { name: contender.ansible, before: setUp, once: () => ready(({ ansible }) => ansible.pass('state')) },
      { name: contender.pyinfra, before: setUp, once: () => ready(({ pyinfra }) => pyinfra.run(false)) },
    ]
    const load = loadNow()
    const samples = await runRounds(contenders, { bounds, warmUp: 0, log })
    const rows = Object.values(contender).map((name) => ({ contender: name }))
    return {
      title: `A first installation on ${hosts} bare hosts`,
      text: `From bare hosts to daemons that answer; the archives (Spark: 300 MB) lie on the controller. ironherd is done when both clusters
are Ready, which is more: a leader, every worker registered, nothing left to do. Each time on new hosts.

${tableOf(rows, samples)}`,
      csv: toCsv(samples),
      load,
    }
  } finally {
    await clear()
  }
}
