import { type Fact, unknown } from '../../src/model/fact.ts'
import type { JournalEntry } from '../../src/model/facts.ts'
import type { Question, ZnodeAnswer } from '../../src/model/question.ts'
import type { VirtualClock } from './clock.ts'
import { digestOf } from './digest.ts'
import type { Launch } from './process.ts'
import { Systemd } from './systemd.ts'

export interface Entry {
  readonly owner: string
  readonly group: string
  readonly mode: string
}

export interface SimFile extends Entry {
  readonly content: string
  readonly modifiedAt: number
  /** What a service keeps in it, when that is more than its bytes. */
  readonly payload?: unknown
}

/** What stands on a machine's disks, and whom it obeys. */
export interface MachineImage {
  readonly files: ReadonlyMap<string, SimFile>
  readonly directories: ReadonlyMap<string, Entry>
  readonly users: ReadonlySet<string>
  readonly software: ReadonlyMap<string, Software>
  readonly ownFiles: ReadonlyMap<string, string>
  readonly installation: string
  readonly epoch: number
  readonly journal: readonly JournalEntry[]
  readonly enabled: readonly string[]
}

export interface Software {
  readonly archive: string
  readonly listing: string
  readonly recordedListing: string
}

const root: Entry = { owner: 'root', group: 'root', mode: '755' }

/** One machine: what stands on its disks, what systemd does there, and how it is reached. */
export class Machine {
  readonly name: string
  readonly address: string
  readonly clock: VirtualClock
  readonly machineId: string
  readonly systemd: Systemd
  /** Host's clock minus the true one, ms. */
  skewMs: number
  files = new Map<string, SimFile>()
  directories = new Map<string, Entry>()
  /** Mount points other than /, with what they hold while nothing is mounted there. */
  readonly mounts = new Set(['/data'])
  readonly #unmounted = new Map<string, { files: Map<string, SimFile>; directories: Map<string, Entry> }>()
  readonly users = new Set<string>()
  readonly software = new Map<string, Software>()
  installation = ''
  epoch = 0
  journal: JournalEntry[] = []
  readonly ownFiles = new Map<string, string>()
  /** Units that are masked by a fence. */
  readonly fences = new Set<string>()
  /** Set while a script of ironherd holds the machine's lock. */
  locked = false

  on = true
  /** Nobody can switch it on again. */
  gone = false
  boots = 1
  bootedAt: number
  /** ironherd's packets do not arrive; what runs there runs on. */
  unreachable = false
  /** Every process stands still, sshd's too. */
  frozen = false
  /** A record was taken away: what stands there then is nobody's for ironherd. */
  forgotten = false
  /** Records that ironherd has written: what stands there of others, or was never started, is not its own to move. */
  readonly recorded = new Set<string>()
  /** When somebody last put data of his own on it, and when its disk was last taken away. */
  filledAt = 0
  unmountedAt = 0
  /** When a fault last took data from it. */
  lostDataAt = 0
  /** Its peers' packets do not arrive. */
  cutOff = false
  /** What a ZooKeeper server says of a znode, asked from here. */
  znode: (question: Extract<Question, { ask: 'znode' }>) => Fact<ZnodeAnswer> = ({ address }) =>
    unknown('ProbeFailed', `${this.name}: nobody answers at ${address}`)

  constructor(name: string, address: string, clock: VirtualClock, skewMs: number, launch: Launch) {
    this.name = name
    this.address = address
    this.clock = clock
    this.machineId = `id-${name}`
    this.skewMs = skewMs
    this.bootedAt = clock.now - 3_600_000
    this.directories.set('/data', root)
    this.systemd = new Systemd(this, launch)
  }

  // Files

  put(path: string, file: Entry & { readonly content: string; readonly payload?: unknown }): void {
    this.files.set(path, { ...file, modifiedAt: this.clock.now })
  }

  /** Does what mkdir -p does for the parents. */
  mkdir(path: string, entry: Entry): void {
    for (let up = parentOf(path); up !== '' && !this.directories.has(up); up = parentOf(up))
      this.directories.set(up, root)
    this.directories.set(path, entry)
  }

  exists(path: string): boolean {
    return this.files.has(path) || this.directories.has(path)
  }

  /** A file, or a directory with all that is below it. */
  remove(path: string): void {
    for (const map of [this.files, this.directories]) {
      for (const key of map.keys()) if (key === path || key.startsWith(`${path}/`)) map.delete(key)
    }
  }

  rename(from: string, to: string): void {
    for (const map of [this.files, this.directories] as Map<string, never>[]) {
      for (const [key, value] of [...map]) {
        if (key !== from && !key.startsWith(`${from}/`)) continue
        map.delete(key)
        map.set(to + key.slice(from.length), value)
      }
    }
  }

  /** Names right below a directory, sorted. */
  namesIn(path: string): readonly string[] {
    const below = `${path}/`
    const names = new Set<string>()
    for (const map of [this.files, this.directories]) {
      for (const key of map.keys()) {
        if (!key.startsWith(below)) continue
        const end = key.indexOf('/', below.length)
        names.add(end < 0 ? key.slice(below.length) : key.slice(below.length, end))
      }
    }
    return [...names].sort().slice(0, 200)
  }

  isMounted(mount: string): boolean {
    return mount === '/' || (this.mounts.has(mount) && !this.#unmounted.has(mount))
  }

  mountOf(path: string): string {
    for (const mount of this.mounts) {
      if ((path === mount || path.startsWith(`${mount}/`)) && this.isMounted(mount)) return mount
    }
    return '/'
  }

  /** The disk is not there any more; what it holds comes back with it. */
  unmount(mount: string): void {
    if (!this.isMounted(mount)) return
    this.unmountedAt = this.clock.now
    const held = { files: new Map<string, SimFile>(), directories: new Map<string, Entry>() }
    for (const [path, file] of this.files) if (path.startsWith(`${mount}/`)) held.files.set(path, file)
    for (const [path, entry] of this.directories) if (path.startsWith(`${mount}/`)) held.directories.set(path, entry)
    for (const path of held.files.keys()) this.files.delete(path)
    for (const path of held.directories.keys()) this.directories.delete(path)
    this.#unmounted.set(mount, held)
  }

  remount(mount: string): void {
    const held = this.#unmounted.get(mount)
    if (held === undefined) return
    this.#unmounted.delete(mount)
    this.remove(mount)
    this.directories.set(mount, root)
    for (const [path, file] of held.files) this.files.set(path, file)
    for (const [path, entry] of held.directories) this.directories.set(path, entry)
  }

  owns(path: string): boolean {
    return this.ownFiles.has(path)
  }

  /** Writes a file and remembers that ironherd wrote it. */
  writeOwn(path: string, file: Entry & { readonly content: string; readonly payload?: unknown }): void {
    this.#owns(path, digestOf(file.content))
    this.put(path, file)
  }

  #owns(path: string, digest: string): void {
    this.ownFiles.set(path, digest)
    if (/^\/var\/lib\/ironherd\/members\/.*\.json$/.test(path)) this.recorded.add(path)
  }

  // Its disks, as a whole

  image(): MachineImage {
    const { directories, epoch, files, installation, journal, ownFiles, software, systemd, users } = this
    return {
      files: new Map([...files].filter(([path]) => !path.startsWith('/run/'))),
      directories: new Map(directories),
      users: new Set(users),
      software: new Map(software),
      ownFiles: new Map(ownFiles),
      installation,
      epoch,
      journal: [...journal],
      enabled: systemd.names().filter((unit) => systemd.isEnabled(unit)),
    }
  }

  /** For a machine that is new: it starts with these disks. */
  restore({
    directories,
    enabled,
    epoch,
    files,
    installation,
    journal,
    ownFiles,
    software,
    users,
  }: MachineImage): void {
    this.files = new Map(files)
    this.directories = new Map(directories)
    for (const user of users) this.users.add(user)
    for (const [path, found] of software) this.software.set(path, found)
    for (const [path, digest] of ownFiles) this.#owns(path, digest)
    this.installation = installation
    this.epoch = epoch
    this.journal = [...journal]
    for (const unit of enabled) this.systemd.enable(unit)
    this.systemd.boot()
  }

  // Power

  powerOff(): void {
    if (!this.on) return
    this.on = false
    this.locked = false
    this.systemd.powerFails()
    for (const key of [...this.files.keys()]) if (key.startsWith('/run/')) this.files.delete(key)
  }

  powerOn(): void {
    if (this.on || this.gone) return
    this.on = true
    this.frozen = false
    this.boots++
    this.bootedAt = this.clock.now
    this.systemd.boot()
  }

  /** A process that stands still neither sends nor answers. */
  freeze(frozen: boolean): void {
    this.frozen = frozen
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
