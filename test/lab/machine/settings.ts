// The two things that a running lab changes on the machine as a whole, put back when the last lab goes.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { labNames } from '../record.ts'
import { withLock } from './lock.ts'
import { stateHome } from './places.ts'
import { must, run } from './sh.ts'

const INSTANCES = '/proc/sys/fs/inotify/max_user_instances'
const WANTED_INSTANCES = 8192
const NSPAWN_RUN = '/run/systemd/nspawn'

function savedFile(): string {
  return join(stateHome(), 'inotify-instances.before')
}

async function isMountPoint(path: string): Promise<boolean> {
  return (await run(['mountpoint', '-q', path])).code === 0
}

export async function prepareMachine(): Promise<void> {
  await withLock(join(stateHome(), 'locks', 'machine.settings'), async () => {
    // A systemd in a guest takes a handful each; the usual 128 are gone after 19 guests.
    const now = Number(readFileSync(INSTANCES, 'utf8'))
    if (now < WANTED_INSTANCES) {
      writeFileSync(savedFile(), String(now))
      writeFileSync(INSTANCES, String(WANTED_INSTANCES))
    }
    // systemd-nspawn propagates mounts through this directory; unless it is a mount, a guest's second boot dies.
    mkdirSync(NSPAWN_RUN, { recursive: true })
    if (!(await isMountPoint(NSPAWN_RUN)))
      await must(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'ironherd-lab', NSPAWN_RUN])
  })
}

export async function releaseMachine(): Promise<void> {
  await withLock(join(stateHome(), 'locks', 'machine.settings'), async () => {
    if (labNames().length > 0) return
    if (existsSync(savedFile())) {
      writeFileSync(INSTANCES, readFileSync(savedFile(), 'utf8'))
      rmSync(savedFile())
    }
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
    // Only ours: on a machine with systemd of its own this may be somebody else's mount.
    if (mounts.includes(`ironherd-lab ${NSPAWN_RUN} `)) await must(['umount', '-l', NSPAWN_RUN])
  })
}
