import type { Fault } from './fault.ts'
import { someMachine, someOwnFile } from './fault.ts'
import { serversOf } from './people.ts'
import type { World } from './world.ts'

export const editFile: Fault = (world, random) => {
  const found = someOwnFile(world, random)
  if (found === undefined) return undefined
  const { machine, path } = found
  const file = machine.files.get(path)
  if (file === undefined) return undefined
  const broken = random.chance(0.3)
  machine.put(path, { ...file, content: broken ? 'rubbish\n' : `${file.content}# edited ${random.whole(1, 9)}\n` })
  return { told: `${path} on ${machine.name} is ${broken ? 'overwritten' : 'edited'}` }
}

export const deleteFile: Fault = (world, random) => {
  const found = someOwnFile(world, random)
  if (found === undefined) return undefined
  found.machine.files.delete(found.path)
  return { told: `${found.path} on ${found.machine.name} is deleted` }
}

export const changeMode: Fault = (world, random) => {
  const found = someOwnFile(world, random)
  const file = found?.machine.files.get(found.path)
  if (found === undefined || file === undefined) return undefined
  found.machine.put(found.path, { ...file, mode: '777', owner: 'nobody' })
  return { told: `${found.path} on ${found.machine.name} has another mode` }
}

export const deleteDirectory: Fault = (world, random) => {
  const machine = someMachine(world, random)
  const paths = [...machine.directories.keys()].filter((path) => /^\/(etc|var\/log)\/ironherd/.test(path))
  if (!machine.on || paths.length === 0) return undefined
  const path = random.pick(paths)
  machine.remove(path)
  world.oracles.forgetForeign(machine, path)
  return { told: `${path} on ${machine.name} is deleted` }
}

export const deleteRecord: Fault = (world, random) => {
  const machine = someMachine(world, random)
  const paths = [...machine.ownFiles.keys()].filter(
    (path) => /members\/.*\.json$/.test(path) && machine.files.has(path),
  )
  const [path] = paths
  const record = path === undefined ? undefined : machine.files.get(path)
  if (!machine.on || path === undefined || record === undefined) return undefined
  machine.files.delete(path)
  machine.forgotten = true
  const told = `${path} on ${machine.name} is deleted`
  if (!isOnlyWitness(world, path, record.content)) return { told }
  // ConversionRefused asks for it: somebody has a copy.
  return { told, end: () => void (machine.files.has(path) || machine.put(path, record)) }
}

/** Journals were started for a simple file system, and where its NameNode writes stands in no other record. */
function isOnlyWitness(world: World, path: string, content: string): boolean {
  const records = [...world.machines.values()].flatMap(({ files }) => [...files.keys()])
  const journals = records.some((one) => /members\/.*-hdfs-journalnode-.*\.json$/.test(one))
  return journals && /-hdfs-namenode-/.test(path) && content.includes('"simple"')
}

export const deleteSoftware: Fault = (world, random) => {
  const machine = someMachine(world, random)
  const paths = [...machine.software.keys()]
  if (!machine.on || paths.length === 0) return undefined
  const path = random.pick(paths)
  const damaged = random.chance(0.5)
  const standing = machine.software.get(path)
  if (damaged && standing !== undefined) machine.software.set(path, { ...standing, listing: 'changed by hand' })
  else machine.software.delete(path)
  return { told: `${path} on ${machine.name} is ${damaged ? 'changed' : 'deleted'}` }
}

export const foreignFile: Fault = (world, random) => {
  const machine = someMachine(world, random)
  const directories = [...machine.directories.keys()].filter((path) => path.startsWith('/etc/ironherd/'))
  if (!machine.on || directories.length === 0) return undefined
  const path = `${random.pick(directories)}/notes-${random.whole(1, 99)}.txt`
  machine.put(path, { content: 'mine', owner: 'admin', group: 'admin', mode: '600' })
  world.oracles.foreign(machine, path, 'mine')
  return { told: `somebody writes ${path} on ${machine.name}` }
}

/** Somebody has put a file of his own where ironherd is about to write one. */
export const squat: Fault = (world, random) => {
  const machine = random.pick(serversOf(world))
  const path = `/etc/ironherd/ironherd-a-zk-zookeeper-${machine.name.slice(1)}/${random.pick(['zoo.cfg', 'logback.xml'])}`
  if (!machine.on || machine.exists(path) || machine.owns(path)) return undefined
  machine.put(path, { content: 'mine', owner: 'admin', group: 'admin', mode: '600' })
  world.oracles.foreign(machine, path, 'mine')
  return {
    told: `somebody writes ${path} on ${machine.name}`,
    end: () => {
      world.oracles.forgetForeign(machine, path.slice(0, path.lastIndexOf('/')))
      if (machine.files.get(path)?.content === 'mine') machine.files.delete(path)
    },
  }
}
