import { toAll } from './hdfs-deeds-of-all.ts'
import {
  clusterId,
  dataDir,
  type Format,
  journalRoot,
  makeDirectory,
  nameDirs,
  versionText,
  write,
} from './hdfs-disk.ts'
import type { Machine } from './machine.ts'
import type { World } from './world.ts'

const [name1, name2] = nameDirs
const places: Readonly<Record<string, string>> = {
  name1,
  name2,
  journal: journalRoot,
  neighbour: '/data/hdfs/jn/other',
  data: dataDir,
}

const formatOf = (clusterID: string): Format => ({ clusterID, namespaceID: '4711', blockpoolID: 'BP-4711', cTime: '1' })

/** What somebody does at one moment of a history, in words: `HOST WHAT …`, or `WHAT …` for all of it. Throws for what it does not know. */
export function deed(world: World, words: readonly string[]): void {
  const [first = '', second = '', third = '', ...rest] = words
  const machine = world.machines.get(hostOf(world, first))
  if (machine === undefined) return toAll(world, first, second, third)
  if (places[second] !== undefined) onPlace(machine, places[second], third)
  else if (third === '') onMachine(world, machine, second)
  else if (second === 'clock') machine.skewMs += Number(third) * 1000
  else if (second === 'record') putRecord(machine, third)
  else onRole(world, machine, second, [third, ...rest])
  world.changed()
}

/** `active` and `standby` are the hosts of those NameNodes, now; `former` that of who was active last. */
function hostOf({ hdfs: { active, election } }: World, word: string): string {
  if (word === 'former') return election.breadcrumb === 'nn1' ? 'm1' : 'm2'
  if (word !== 'active' && word !== 'standby') return word
  const name = active?.machine.name
  if (name === undefined) throw new RangeError('no NameNode is active')
  if (word === 'active') return name
  return name === 'm1' ? 'm2' : 'm1'
}

function onPlace(machine: Machine, path: string, what: string): void {
  const type = path === dataDir ? 'DATA_NODE' : path.includes('/jn/') ? 'JOURNAL_NODE' : 'NAME_NODE'
  machine.filledAt = machine.clock.now
  switch (what) {
    case 'foreign':
    case 'ours':
    case 'used':
    case 'half':
      makeDirectory(machine, `${path}/current`)
      write(
        machine,
        `${path}/current/VERSION`,
        versionText(formatOf(what === 'foreign' ? 'CID-other' : clusterId), type),
      )
      if (type === 'NAME_NODE') write(machine, `${path}/current/seen_txid`, what === 'used' ? '5\n' : '0\n')
      if (what === 'used' && type === 'JOURNAL_NODE') write(machine, `${path}/current/last-promised-epoch`, '3')
      return
    case 'blank':
      makeDirectory(machine, `${path}/current`)
      write(machine, `${path}/current/VERSION`, '')
      return
    case 'unreadable':
      makeDirectory(machine, `${path}/current`)
      write(machine, `${path}/current/VERSION`, 'x'.repeat(9000))
      return
    case 'junk':
      makeDirectory(machine, path)
      return write(machine, `${path}/notes.txt`, 'mine')
    case 'lock':
      makeDirectory(machine, path)
      return write(machine, `${path}/in_use.lock`, '')
    case 'wiped':
      machine.lostDataAt = machine.clock.now
      for (const name of machine.namesIn(path)) machine.remove(`${path}/${name}`)
      return
    case 'cleared':
      return machine.remove(`${path}/current`)
    // What is left are blocks: of itself, or of another cluster.
    case 'torn':
      return void machine.files.delete(`${path}/current/VERSION`)
    case 'populated':
      onPlace(machine, path, 'foreign')
      makeDirectory(machine, `${path}/current/BP-4711`)
      return write(machine, `${path}/current/BP-4711/finalized`, '', new Set([1]))
    default:
      throw new RangeError(`nobody knows how ${path} is to be ${what}`)
  }
}

function onMachine(world: World, machine: Machine, what: string): void {
  switch (what) {
    case 'off':
      return machine.powerOff()
    case 'on':
      return machine.powerOn()
    case 'rebooted':
      machine.powerOff()
      return void machine.clock.after(8_000, () => {
        machine.powerOn()
        world.changed()
      })
    case 'unreachable':
    case 'reachable':
      machine.unreachable = what === 'unreachable'
      return
    case 'cutoff':
    case 'connected':
      machine.cutOff = what === 'cutoff'
      return
    case 'frozen':
    case 'thawed':
      return machine.freeze(what === 'frozen')
    case 'unmounted':
      for (const unit of machine.systemd.names()) if (unit.includes('-hdfs-')) machine.systemd.kill(unit)
      return machine.unmount('/data')
    case 'mounted':
      return machine.remount('/data')
    case 'lost':
    case 'returned':
      world.wanted.lost = world.wanted.lost.filter((name) => name !== machine.name)
      if (what === 'lost') world.wanted.lost.push(machine.name)
      return world.apply()
    case 'fenceable':
      world.wanted.fences = { ...world.wanted.fences, [machine.name]: 'm3' }
      return world.apply()
    case 'unrecorded':
      for (const path of machine.files.keys()) if (/members\/.*-hdfs-.*\.json$/.test(path)) machine.files.delete(path)
      return
    case 'stripped':
      for (const path of machine.files.keys())
        if (/-hdfs-.*(\.first-start|\.json)$/.test(path)) machine.files.delete(path)
      return
    default:
      throw new RangeError(`nobody knows how a machine is ${what}`)
  }
}

function putRecord(machine: Machine, role: string): void {
  const stem = `ironherd-a-files-hdfs-${role}-old`
  const content = JSON.stringify({ object: 'HdfsCluster/a/files', role: `hdfs-${role}`, member: `hdfs-${role}-old` })
  machine.writeOwn(`/var/lib/ironherd/members/${stem}.json`, { content, owner: 'root', group: 'root', mode: '600' })
}

function onRole(world: World, machine: Machine, what: string, [role = '']: readonly string[]): void {
  const unit = machine.systemd.names().find((name) => name.includes(`-hdfs-${role}-`))
  const tool = machine.systemd.processes().find((one) => one.unit.includes('-hdfs-tool.'))?.unit
  const name = role === 'tool' ? tool : unit
  if (name === undefined) throw new RangeError(`there is no ${role} on ${machine.name}`)
  const process = machine.systemd.process(name)
  switch (what) {
    case 'kill':
      return machine.systemd.kill(name)
    case 'stop':
      return machine.systemd.stop(name)
    case 'start':
      return void machine.systemd.start(name)
    // It stays down, whoever wants to start it.
    case 'fence':
    case 'unfence': {
      const path = `/var/lib/ironherd/fences/${name}`
      machine.systemd.stop(name)
      if (what === 'fence') {
        machine.systemd.mask(name)
        machine.fences.add(name)
        return machine.put(path, { content: '', owner: 'root', group: 'root', mode: '600' })
      }
      machine.systemd.unmask(name)
      machine.fences.delete(name)
      return void machine.files.delete(path)
    }
    case 'freeze':
    case 'thaw':
      if (process !== undefined) process.frozen = what === 'freeze'
      return
    default:
      throw new RangeError(`nobody knows how to ${what} the ${role} of ${world.machine(machine.name).name}`)
  }
}
