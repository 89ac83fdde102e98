import { createHash } from 'node:crypto'
import { loadNow, type Section } from '../page.ts'
import { type Bounds, type Contender, type Cost, runRounds, toCsv } from '../rounds.ts'
import type { Log, Site } from '../site.ts'
import { tableOf } from '../table.ts'

const contender = { ours: 'ironherd', ansible: 'ansible-core, modules', pyinfra: 'pyinfra' } as const

/** A configuration file of one of six hosts was edited by hand: found and put back, and nothing else. */
export async function driftPart(site: Site, bounds: Bounds, log: Log): Promise<Section> {
  const host = site.lab.host('m1')
  const file = site.wanted['m1']?.files.find(({ path }) => path.endsWith('.cfg'))
  if (file === undefined) throw new Error('m1 has no zoo.cfg')
  const pids = async (): Promise<string> => (await host.exec('pgrep -x java')).stdout
  const running = await pids()
  const edit = async (): Promise<void> => {
    await host.exec(`echo '# by hand' >> ${file.path}`)
  }
  const mended = async (mend: () => Promise<Cost>): Promise<Cost> => {
    const cost = await mend()
    const sum = createHash('sha256').update(file.content).digest('hex')
    const said = await host.exec(`sha256sum ${file.path}`)
    if (!said.stdout.startsWith(sum)) throw new Error(`${file.path} is not as declared: ${said.stdout}`)
    if ((await pids()) !== running) throw new Error('a daemon was restarted')
    return cost
  }
  const contenders: readonly Contender[] = [
    { name: contender.ours, before: edit, once: () => mended(() => site.passes.mend()) },
    { name: contender.ansible, before: edit, once: () => mended(() => site.ansible.pass('state')) },
    { name: contender.pyinfra, before: edit, once: () => mended(() => site.pyinfra.run(false)) },
  ]
  const load = loadNow()
  const samples = await runRounds(contenders, { lab: site.lab.name, bounds, warmUp: 1, log })
  const rows = Object.values(contender).map((name) => ({ contender: name }))
  return {
    title: `One file that somebody edited, on one of ${site.lab.hosts.length} hosts`,
    text: `From the beginning of a look until the file is as declared and that was seen, no daemon restarted. ironherd makes a pass that finds
it, writes the file, and looks again; the others run all that they know of the hosts once. How soon ironherd begins is
set by its poll (5 s by default), and by whoever starts the others.

${tableOf(rows, samples)}`,
    csv: toCsv(samples),
    load,
  }
}
