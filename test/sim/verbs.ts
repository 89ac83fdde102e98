import { verbExits } from '../../src/executor/exits.ts'
import type { Action } from '../../src/model/step.ts'
import type { Machine } from './machine.ts'
import type { ScriptSite } from './script.ts'
import { done, type Ended, saying } from './service.ts'
import { Server } from './zookeeper-server.ts'

/** What each verb of src/executor/verbs.ts does to a machine, and how long it takes. */
export async function applyVerb(
  { clock, services }: Pick<ScriptSite, 'clock' | 'services'>,
  machine: Machine,
  action: Action,
  cut: () => boolean,
): Promise<Ended> {
  const { systemd } = machine
  switch (action.verb) {
    case 'EnsureUser':
      machine.users.add(action.user.name)
      machine.users.add(action.user.group)
      return done
    case 'EnsureDirectory': {
      const { path, owner, group, mode } = action.directory
      if (machine.files.has(path)) return { exit: verbExits.notADirectory, said: `${path} is not a directory` }
      machine.mkdir(path, { owner, group, mode })
      return done
    }
    case 'InstallArchive': {
      await clock.sleep(4_000)
      const { digest, path } = action.software
      machine.software.set(path, { archive: digest, listing: 'as unpacked', recordedListing: 'as unpacked' })
      return done
    }
    case 'InstallPackages':
      throw new Error('no simulated cluster uses packages')
    case 'WriteFile': {
      const { path, content, owner, group, mode } = action.file
      const directory = path.slice(0, path.lastIndexOf('/'))
      if (!machine.directories.has(directory)) machine.mkdir(directory, { owner: 'root', group: 'root', mode: '755' })
      machine.writeOwn(path, { content, owner, group, mode })
      return done
    }
    case 'RemoveFile':
      machine.files.delete(action.path)
      machine.ownFiles.delete(action.path)
      return done
    case 'ReloadUnits':
      systemd.reload()
      return done
    case 'UnmaskUnit':
      if (machine.fences.has(action.unit))
        return { exit: verbExits.fenced, said: `${action.unit} is masked by a fence` }
      systemd.unmask(action.unit)
      return done
    case 'EnableUnit':
      return saying(systemd.enable(action.unit))
    case 'DisableUnit':
      systemd.stop(action.unit)
      return saying(systemd.disable(action.unit))
    case 'StartUnit':
      systemd.resetFailed(action.unit)
      return saying(systemd.start(action.unit))
    case 'StopUnit':
      systemd.stop(action.unit)
      await clock.sleep(600)
      return done
    case 'RestartUnit': {
      const { boots } = machine
      // A masked unit is refused before anything is stopped.
      if (systemd.isMasked(action.unit)) return saying(`Failed to restart ${action.unit}: Unit is masked.`)
      systemd.resetFailed(action.unit)
      systemd.stop(action.unit)
      await clock.sleep(600)
      return machine.on && machine.boots === boots ? saying(systemd.start(action.unit)) : { exit: 1, said: 'power' }
    }
    case 'DrainUnit':
      systemd.process(action.unit)?.drain?.()
      return done
    case 'MoveAside': {
      if (machine.exists(action.path)) machine.rename(action.path, asideOf(machine, action.path))
      return done
    }
    case 'MarkFirstStart': {
      const { marker, record } = action
      machine.writeOwn(record, { content: 'first start allowed\n', owner: 'root', group: 'root', mode: '600' })
      if (marker === undefined) return done
      const { group, owner, path } = marker
      machine.put(path, { content: '', owner, group, mode: '644' })
      return done
    }
    case 'PruneSoftware':
      return done
    case 'WriteBlock':
    case 'RemoveBlock':
    case 'UpdatePackageLists':
    case 'OpenPorts':
    case 'SetHostName':
      throw new Error('no simulated host is prepared')
    case 'Forget':
      throw new RangeError('to forget a member is nothing that is done on its host')
    case 'ReconfigEnsemble': {
      const server = systemd.processes().find(({ process }) => process.listensOn(action.port))?.process
      if (!(server instanceof Server)) return saying('the server gave no answer')
      const servers = new Map(
        action.servers.map((line) => {
          const [, id = '', address = ''] = /^server\.(\d+)=([^:]+):/.exec(line) ?? []
          return [Number(id), address]
        }),
      )
      const why = server.ensemble.reconfigure(server, servers, Number.parseInt(action.version, 16))
      await clock.sleep(200)
      return saying(why)
    }
    case 'FormatNameNode':
    case 'BootstrapStandby':
    case 'InitializeSharedEdits':
    case 'CopyImage':
    case 'FormatFailover':
    case 'SeedJournal':
    case 'RollEdits':
    case 'RefreshNodes':
    case 'FailOver':
    case 'Fence': {
      for (const service of services) {
        const ended = service.act?.(machine, action, cut)
        if (ended !== undefined) return ended
      }
      return saying(`nobody here knows ${action.verb}`)
    }
    case 'Balance':
      return saying('no simulated HDFS is balanced')
    case 'RollUpgrade':
      return saying('no simulated HDFS changes its line of releases')
  }
}

function asideOf(machine: Machine, path: string): string {
  const aside = `${path}.aside-${Math.floor(machine.clock.now / 1000)}`
  return machine.exists(aside) ? `${aside}-${machine.journal.length}` : aside
}
