import { deleteCluster } from './deleting.ts'
import { everywhere, type Fault, lasting, onProcess } from './fault.ts'
import { foreignData, loseDisk, lostWrite, unmount, wipe } from './faults-data.ts'
import {
  changeMode,
  deleteDirectory,
  deleteFile,
  deleteRecord,
  deleteSoftware,
  editFile,
  foreignFile,
  squat,
} from './faults-files.ts'
import { apiDown, epidemic, fence, freezeProcess, loseForEver, reboot } from './faults-machines.ts'
import { changeMembers, changeSetting, changeVersion, changeWorkers, unsupportedChange } from './people.ts'

/** What a run is chiefly about: what is drawn there more often. */
export const themes = [
  'anything',
  'roll',
  'daemons',
  'unseen',
  'disk',
  'first',
  'spec',
  'members',
  'deletion',
  'hands',
] as const

export type Theme = (typeof themes)[number]

/** How often each is drawn, and in which themes it is drawn ten times as often. */
export const faults: readonly (readonly [weight: number, fault: Fault, ...chiefly: Theme[]])[] = [
  [6, onProcess('SIGKILL for', (machine, unit) => machine.systemd.kill(unit))],
  [4, onProcess('systemctl stop', (machine, unit) => machine.systemd.stop(unit))],
  [2, onProcess('systemctl mask', (machine, unit) => machine.systemd.mask(unit))],
  [2, onProcess('systemctl disable', (machine, unit) => void machine.systemd.disable(unit))],
  [3, freezeProcess, 'unseen'],
  [3, editFile],
  [2, deleteFile],
  [1, changeMode],
  [1, deleteDirectory],
  [1, deleteRecord],
  [1, deleteSoftware],
  [4, wipe, 'disk'],
  [1, loseDisk, 'disk'],
  [1, unmount, 'disk'],
  [1, foreignFile],
  [1, fence, 'roll'],
  [3, reboot],
  [
    3,
    lasting(
      'off',
      (machine) => machine.powerOff(),
      (machine) => machine.powerOn(),
    ),
  ],
  [
    3,
    lasting(
      'unreachable',
      (machine) => (machine.unreachable = true),
      (machine) => (machine.unreachable = false),
    ),
    'unseen',
  ],
  [
    2,
    lasting(
      'frozen',
      (machine) => machine.freeze(true),
      (machine) => machine.freeze(false),
    ),
  ],
  [
    2,
    lasting(
      'cut off from its peers',
      (machine) => (machine.cutOff = true),
      (machine) => (machine.cutOff = false),
    ),
  ],
  [
    1,
    everywhere(
      'off',
      (machine) => machine.powerOff(),
      (machine) => machine.powerOn(),
    ),
  ],
  [
    1,
    everywhere(
      'unreachable',
      (machine) => (machine.unreachable = true),
      (machine) => (machine.unreachable = false),
    ),
  ],
  [1, apiDown],
  [6, changeSetting, 'roll', 'daemons', 'unseen'],
  [1, unsupportedChange, 'spec'],
  [0.3, changeVersion, 'roll', 'members'],
  [0.5, changeMembers, 'members'],
  [0.5, changeWorkers, 'members'],
  [0.3, loseForEver, 'members'],
  [0.4, deleteCluster, 'deletion'],
  [0.5, lostWrite, 'disk'],
  [2, epidemic, 'unseen'],
  [2, squat, 'first'],
  [2, foreignData, 'first'],
]
