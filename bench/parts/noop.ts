import { join } from 'node:path'
import { scriptOf } from '../ansible/playbook.ts'
import { cpuOfCommand } from '../cpu.ts'
import { floorScript, openFloor } from '../floor.ts'
import { countMembers, countQuestions } from '../ironherd/passes.ts'
import { loadNow, type Section } from '../page.ts'
import { countChecks } from '../peers/checks.ts'
import { type Bounds, type Contender, runRounds, toCsv, warm } from '../rounds.ts'
import { type Log, type Site, writeSnapshot } from '../site.ts'
import { type Row, tableOf } from '../table.ts'

const ours = 'ironherd'
const floor = 'the floor'
const script = 'the same checks as a script'
const modules = 'ansible-core, modules'
const oneTask = 'ansible-core, one task'
const pyinfra = 'pyinfra'
const cold = (name: string): string => `${name}, cold`

/** A pass with nothing to do. `coldEvery`: Ansible with modules and without connections takes part in every so many rounds. */
export async function noopPart(site: Site, bounds: Bounds, coldEvery: number, log: Log): Promise<Section> {
  const byHost = (make: (host: string) => string) =>
    Object.fromEntries(Object.keys(site.checks).map((host) => [host, make(host)]))
  const checksOf = (host: string) => site.checks[host] ?? { ...nothing }
  const least = await openFloor(
    site.lab,
    byHost((host) => floorScript(checksOf(host))),
  )
  const same = await openFloor(
    site.lab,
    byHost((host) => `( ${scriptOf(checksOf(host))} ); echo $?`),
  )
  try {
    log('do all of them see a changed file?')
    await proveThatChecksBite(site)
    const { ansible } = site
    const snapshot = writeSnapshot(site)
    const coldPass = join(import.meta.dirname, '..', 'ironherd', 'cold.ts')
    const env = { NODE_COMPILE_CACHE: join(site.lab.dir, 'compiled') }
    const contenders: readonly Contender[] = [
      warm(ours, () => site.passes.once()),
      warm(floor, () => least.once()),
      warm(script, () => same.once()),
      { name: oneTask, once: () => ansible.pass('one-task') },
      { name: modules, once: () => ansible.pass('modules') },
      {
        name: cold(ours),
        once: async () => {
          const ran = await cpuOfCommand([process.execPath, coldPass, snapshot], env)
          if (ran.code !== 0) throw new Error(`a cold pass: ${ran.output.slice(-2000)}`)
          return ran
        },
      },
      { name: cold(oneTask), before: () => ansible.disconnect(), once: () => ansible.pass('one-task') },
      {
        name: cold(modules),
        before: () => ansible.disconnect(),
        once: () => ansible.pass('modules'),
        every: coldEvery,
      },
      { name: cold(pyinfra), once: () => site.pyinfra.run(true) },
    ]
    const load = loadNow()
    const samples = await runRounds(contenders, { lab: site.lab.name, bounds, warmUp: 1, log })
    const commands = String(await ansible.commandsPerHost('modules'))
    const warmRows: readonly Row[] = [
      { contender: ours, commands: '1' },
      { contender: floor, commands: '1' },
      { contender: script, commands: '1' },
      { contender: oneTask, commands: String(await ansible.commandsPerHost('one-task')) },
      { contender: modules, commands },
      { contender: cold(pyinfra), commands: 'not counted' },
    ]
    const coldRows: readonly Row[] = [ours, oneTask, modules, pyinfra].map((name) => ({ contender: cold(name) }))
    const checks = Object.values(site.checks).reduce((sum, own) => sum + countChecks(own), 0)
    return {
      title: `A pass with nothing to do, over ${site.lab.hosts.length} hosts`,
      text: `${countMembers(site.passes)} daemons (a ZooKeeper ensemble, a Spark standalone cluster) that are as declared; ${countQuestions(site.passes)} questions of ironherd,
${checks} single checks of the others. Connections are open, where a tool keeps them (pyinfra does not):

${tableOf(warmRows, samples)}

Cold, from the start of a process without connections to its end:

${tableOf(coldRows, samples)}`,
      csv: toCsv(samples),
      load,
    }
  } finally {
    least.close()
    same.close()
  }
}

const nothing = {
  files: [],
  directories: [],
  units: [],
  software: [],
  packages: [],
  javaHomes: [],
  users: [],
  ports: [],
  talks: [],
  urls: [],
} as const

/** All must see a file that was changed, or they would be compared for doing nothing. */
async function proveThatChecksBite(site: Site): Promise<void> {
  const { ansible, lab, passes, pyinfra: peer } = site
  const host = lab.host('m1')
  const path = site.checks['m1']?.files.find((file) => file.path.endsWith('.cfg'))?.path ?? ''
  await host.exec(`cp -a ${path} /root/kept && echo '# changed' >> ${path}`)
  for (const [name, attempt] of [
    [ours, () => passes.once()],
    [modules, () => ansible.pass('modules')],
    [oneTask, () => ansible.pass('one-task')],
    // Last, since it puts the file back and says so.
    [pyinfra, () => peer.run(true)],
  ] as const) {
    const seen = await attempt().then(
      () => false,
      () => true,
    )
    if (!seen) throw new Error(`${name} does not see that ${path} was changed`)
  }
  await host.exec(`cp -a /root/kept ${path} && rm /root/kept`)
  await passes.settle(60_000)
}
