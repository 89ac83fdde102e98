import { verbExits } from '../../src/executor/exits.ts'
import type { Action, HadoopTool } from '../../src/model/step.ts'
import type { Hdfs } from './hdfs.ts'
import { type Format, holdsSomething, isUsable, makeDirectory, write } from './hdfs-disk.ts'
import { txidOf } from './hdfs-edits.ts'
import { closeSegments, imageIn, localSegments, NameDirs, writeImage, writeVersion } from './hdfs-name-dirs.ts'
import { type Site, siteOf } from './hdfs-site.ts'
import type { Machine } from './machine.ts'
import { nextPid, type Process } from './process.ts'
import { done, type Ended, saying } from './service.ts'

/** A tool of Hadoop while it runs, as a transient unit: nobody but its own machine ends it. */
class Tool implements Process {
  readonly pid = nextPid()
  readonly startedAt: number
  readonly serves = false
  readonly #machine: Machine
  frozen = false
  killed = false

  constructor(machine: Machine) {
    this.#machine = machine
    this.startedAt = machine.clock.now
  }

  listensOn(): boolean {
    return false
  }

  gone(): void {
    this.killed = true
  }

  /** Time passes; false: it was killed meanwhile. */
  async works(ms: number): Promise<boolean> {
    await this.#machine.clock.sleep(ms)
    while (!this.killed && (this.frozen || this.#machine.frozen)) await this.#machine.clock.sleep(1_000)
    return !this.killed
  }
}

type ToolAction = Extract<Action, { readonly tool: HadoopTool }>
/** An exit code and a word; undefined: it was killed. */
type Result = readonly [code: number, said?: string] | undefined

/** Runs it to its end; whoever waits for it may die before. */
export async function runTool(hdfs: Hdfs, machine: Machine, action: ToolAction, cut: () => boolean): Promise<Ended> {
  const tool = new Tool(machine)
  const { config, unit, user } = action.tool
  const refused = machine.systemd.runTransient(unit, tool)
  if (refused !== '') return saying(`it could not be run as a unit: ${refused}`)
  const site = siteOf(machine, { command: ['--config', config, 'tool'], user })
  let result: { readonly is: Result } | undefined
  const work =
    site === undefined
      ? Promise.resolve<Result>([1, 'its configuration cannot be read'])
      : workOf(hdfs, machine, action, site, tool)
  void work.then((is) => {
    result = { is }
    machine.systemd.transientEnds(unit, tool)
    hdfs.say(`${machine.name}: ${action.verb} ${is === undefined ? 'is cut off' : `ends with ${is.join(' ')}`}`)
  })
  while (result === undefined) {
    await machine.clock.sleep(500)
    if (cut()) return 'cut'
  }
  const { is } = result
  if (is === undefined) return { exit: verbExits.toolUnfinished, said: 'it was killed' }
  const [code, said = ''] = is
  if (code === 0 || (action.verb === 'FormatFailover' && code === 2)) return done
  return saying(`exit ${code}: ${said}`)
}

function workOf(hdfs: Hdfs, machine: Machine, action: ToolAction, site: Site, tool: Tool): Promise<Result> {
  switch (action.verb) {
    case 'FormatNameNode':
      return format(hdfs, machine, action.clusterId, site, tool)
    case 'BootstrapStandby':
      return bootstrap(hdfs, machine, site, tool)
    case 'InitializeSharedEdits':
      return initialize(hdfs, machine, site, tool)
    case 'FormatFailover':
      return formatFailover(hdfs, machine, tool)
    case 'FailOver':
      return failOver(hdfs, action.from, action.to, tool)
    case 'RollEdits':
      return rollEdits(hdfs, tool)
    case 'RefreshNodes':
      return refreshNodes(hdfs, machine, action.address, tool)
    case 'RollUpgrade':
      return Promise.resolve<Result>([255, 'no simulated HDFS changes its line of releases'])
    case 'Balance':
      return Promise.resolve<Result>([255, 'no simulated HDFS is balanced'])
  }
}

function journalsOf(site: Site): readonly string[] {
  return (/^qjournal:\/\/([^/]*)\//.exec(site.value('dfs.namenode.shared.edits.dir'))?.[1] ?? '')
    .split(';')
    .filter(Boolean)
}

/** VERSION in every name directory, then every journal, then the images (docs/hdfs-experiments.md, E3). */
async function format(hdfs: Hdfs, machine: Machine, clusterID: string, site: Site, tool: Tool): Promise<Result> {
  if (!(await tool.works(3_000))) return undefined
  const addresses = journalsOf(site)
  const dirs = site.paths('dfs.namenode.name.dir')
  const journals = hdfs.journalsAt(machine, addresses)
  if (journals.length < addresses.length)
    return (await tool.works(12_600)) ? [1, 'a journal does not answer'] : undefined
  if (dirs.some((path) => !isUsable(machine, path))) return [1, 'a name directory cannot be written to']
  if (dirs.some((path) => holdsSomething(machine, path))) return [1, 'reformat is disabled for this cluster']
  if (journals.some((journal) => journal.holdsSomething)) return [1, 'data appears to exist in QJM']
  const made = Math.round(machine.clock.now)
  const namespaceID = String(hdfs.random.whole(1, 2 ** 30))
  const own: Format = {
    clusterID,
    namespaceID,
    blockpoolID: `BP-${namespaceID}-${machine.address}-${made}`,
    cTime: String(made),
  }
  hdfs.onFormat('begins', machine)
  for (const path of dirs) {
    writeVersion(machine, path, own)
    if (!(await tool.works(150))) return undefined
  }
  for (const journal of journals) {
    journal.makeFormat(own)
    if (!(await tool.works(250))) return undefined
  }
  for (const path of dirs) {
    write(machine, `${path}/current/fsimage.ckpt_0000000000000000000`, '')
    if (!(await tool.works(150))) return undefined
  }
  for (const path of dirs) {
    machine.files.delete(`${path}/current/fsimage.ckpt_0000000000000000000`)
    writeImage(machine, path, { head: undefined, blocks: new Set() })
    if (!(await tool.works(100))) return undefined
  }
  hdfs.onFormat('ends', machine)
  return [0]
}

async function bootstrap(hdfs: Hdfs, machine: Machine, site: Site, tool: Tool): Promise<Result> {
  if (!(await tool.works(2_500))) return undefined
  const dirs = site.paths('dfs.namenode.name.dir')
  const source = hdfs.names.find(
    (name) => name.machine !== machine && name.answers && hdfs.reach(machine, name.machine),
  )
  if (source === undefined) return [2, 'no other NameNode could be reached']
  if (dirs.some((path) => !isUsable(machine, path))) return [1, 'a name directory cannot be written to']
  if (dirs.some((path) => holdsSomething(machine, path))) return [5, 'a directory is formatted already']
  for (const path of dirs) {
    writeVersion(machine, path, source.dirs.format)
    if (!(await tool.works(150))) return undefined
  }
  if (!(await tool.works(1_000))) return undefined
  const image = source.dirs.paths.flatMap((path) => imageIn(source.machine, path) ?? []).at(0)
  if (image === undefined || !source.answers || !hdfs.reach(machine, source.machine))
    return [1, 'the image cannot be fetched']
  for (const path of dirs) {
    writeImage(machine, path, image)
    if (!(await tool.works(150))) return undefined
  }
  return [0]
}

/** The journals are formatted, then they get what came after the image, segment by segment (NameNode.initializeSharedEdits). */
async function initialize(hdfs: Hdfs, machine: Machine, site: Site, tool: Tool): Promise<Result> {
  if (!(await tool.works(3_000))) return undefined
  const addresses = journalsOf(site)
  const found = NameDirs.read(machine, site.paths('dfs.namenode.name.dir'))
  if (found === undefined) return [1, 'a name directory cannot be read']
  if (hdfs.nameOn(machine) !== undefined) return [1, 'a name directory is locked']
  const journals = hdfs.journalsAt(machine, addresses)
  if (journals.length < addresses.length)
    return (await tool.works(12_600)) ? [1, 'a journal does not answer'] : undefined
  if (journals.some((journal) => journal.holdsSomething)) return [1, 'data appears to exist in QJM']
  for (const journal of journals) {
    journal.makeFormat(found.format)
    if (!(await tool.works(250))) return undefined
  }
  for (const path of found.paths) closeSegments(machine, path)
  for (const journal of journals) journal.promise(1)
  if (!(await tool.works(200))) return undefined
  const own = found.paths.map((path) => localSegments(machine, path)).find((all) => all.length > 0) ?? []
  for (const { edits } of own.filter((one) => one.first > txidOf(found.image.head))) {
    const [first, ...rest] = edits
    const last = edits.at(-1)
    if (first === undefined || last === undefined) continue
    for (const journal of journals) journal.begin(1, first)
    if (!(await tool.works(150))) return undefined
    for (const journal of journals) {
      for (const edit of rest) journal.take(1, edit)
      if (!(await tool.works(80))) return undefined
    }
    for (const journal of journals) {
      journal.finalize(1, last)
      if (!(await tool.works(80))) return undefined
    }
  }
  return hdfs.journalsAt(machine, addresses).length > addresses.length / 2 ? [0] : [1, 'a journal does not answer']
}

async function formatFailover(hdfs: Hdfs, machine: Machine, tool: Tool): Promise<Result> {
  if (!(await tool.works(2_500))) return undefined
  if (!hdfs.hasZooKeeper || machine.cutOff) return [6, 'no ZooKeeper server could be reached']
  if (hdfs.election.parent) return [2, 'the znode is there']
  hdfs.onFormatFailover(machine)
  hdfs.election.make()
  return [0]
}

async function failOver(hdfs: Hdfs, from: string, to: string, tool: Tool): Promise<Result> {
  if (!(await tool.works(2_000))) return undefined
  const why = hdfs.election.handOver(from, to, hdfs.controllers)
  if (why !== '') return [255, why]
  if (!(await tool.works(4_000))) return undefined
  return hdfs.active?.id === to ? [0] : [255, `${to} is not active`]
}

async function rollEdits(hdfs: Hdfs, tool: Tool): Promise<Result> {
  if (!(await tool.works(2_500))) return undefined
  const { active } = hdfs
  if (active?.answers !== true) return [255, 'no NameNode is active']
  active.roll()
  return [0]
}

async function refreshNodes(hdfs: Hdfs, machine: Machine, address: string, tool: Tool): Promise<Result> {
  if (!(await tool.works(2_500))) return undefined
  const name = hdfs.names.find((one) => `${one.machine.address}:${one.rpcPort}` === address)
  if (name?.answers !== true || !hdfs.reach(machine, name.machine)) return [255, `${address} does not answer`]
  return name.refreshNodes() ? [0] : [255, 'the file of hosts cannot be read']
}

/** The newest image beside its directory. */
export function copyImage(machine: Machine, { nameDir }: Extract<Action, { verb: 'CopyImage' }>): Ended {
  const image = machine.namesIn(`${nameDir}/current`).findLast((name) => /^fsimage_\d+$/.test(name))
  if (image === undefined) return saying(`there is no image in ${nameDir}`)
  const at = new Date(machine.clock.now).toISOString().replace(/[-:]|\.\d+/g, '')
  makeDirectory(machine, `${nameDir}.images`)
  makeDirectory(machine, `${nameDir}.images/${at}-${image.slice('fsimage_'.length)}`)
  return done
}

/** VERSION and an empty `paxos`, put there at once. */
export function seedJournal(machine: Machine, action: Extract<Action, { verb: 'SeedJournal' }>): Ended {
  const { directory, version } = action
  const file = `${directory}/current/VERSION`
  if (machine.files.get(file)?.content === version && machine.directories.has(`${directory}/current/paxos`)) return done
  if (machine.exists(`${directory}/current`)) return saying(`${directory}/current is there`)
  makeDirectory(machine, directory)
  makeDirectory(machine, `${directory}/current`)
  makeDirectory(machine, `${directory}/current/paxos`)
  write(machine, file, version)
  return done
}
