import { exitWith } from '../common/log.ts'
import { StorageError } from './files.ts'
import { Replica } from './replica.ts'
import { DiskStorage } from './storage.ts'

/** Makes an empty replica one that votes: a decision that only a person should take. Ends the process with 1 otherwise. */
export function initialize(folder: string): void {
  try {
    const storage = new DiskStorage(folder)
    const replica = new Replica(storage, { address: '0.0.0.0:0', send: () => undefined, receive: () => undefined })
    replica.logRecovered()
    if (replica.status !== 'EMPTY') exitWith('initialize.cpp', `The replica is in ${replica.status} status`)
    replica.update('VOTING')
    storage.close()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    exitWith('replica.cpp:774', `Failed to recover the log: ${error.message}`)
  }
}
