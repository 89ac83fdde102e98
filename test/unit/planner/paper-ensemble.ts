import { createHash } from 'node:crypto'
import { zookeeperCluster } from '../../../src/clusters/zookeeper/kind.ts'
import type { Fact } from '../../../src/model/fact.ts'
import { absent, known, unknown } from '../../../src/model/fact.ts'
import type { FleetFacts, JournalEntry } from '../../../src/model/facts.ts'
import type { Expansion } from '../../../src/model/kind.ts'
import type { DesiredFile, Member } from '../../../src/model/member.ts'
import type { Answer, Question } from '../../../src/model/question.ts'
import { questionKey } from '../../../src/model/question.ts'
import type { Action, Decision, Step } from '../../../src/model/step.ts'
import { decide } from '../../../src/planner/decide.ts'
import { questionsOf } from '../../../src/planner/questions.ts'
import { expandInput, expansionOf, minimalSpec } from '../zookeeper/ensemble.ts'

/**
 * An ensemble on paper: hosts as small file systems on which steps have their effect, and servers that behave as ZooKeeper
 * does with its data (runbook §1.3): a server without data and without the marker has no vote and waits for a quorum of
 * others, from which it fetches the data.
 */
export interface PaperHost {
  readonly member: Member
  up: boolean
  running: boolean
  startedAt: number
  enabled: boolean
  loadedUnit: boolean
  users: boolean
  software: boolean
  readonly directories: Map<string, { readonly mode: string; readonly owner: string; readonly group: string }>
  readonly files: Map<string, Pick<DesiredFile, 'content' | 'mode' | 'owner' | 'group'>>
  readonly own: Map<string, string>
  readonly journal: JournalEntry[]
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const object = { kind: 'ZookeeperCluster', namespace: 'default', name: 'zk' }
export const dataDir = '/data/zookeeper'
const tree = `${dataDir}/version-2`
const marker = `${dataDir}/initialize`

export class PaperEnsemble {
  readonly expansion: Expansion = expansionOf(expandInput(minimalSpec()))
  readonly hosts: readonly PaperHost[]
  now = Date.parse('2026-06-01T12:00:00Z')
  /** All steps that were run, `host Verb`, in order. */
  readonly done: string[] = []

  constructor() {
    this.hosts = this.expansion.members.map((member) => ({
      member,
      up: true,
      running: false,
      startedAt: 0,
      enabled: false,
      loadedUnit: false,
      users: false,
      software: false,
      directories: new Map([['/data', { mode: '755', owner: 'root', group: 'root' }]]),
      files: new Map(),
      own: new Map(),
      journal: [],
    }))
  }

  host(name: string): PaperHost {
    const found = this.hosts.find(({ member }) => member.host === name)
    if (found === undefined) throw new Error(`no host ${name}`)
    return found
  }

  /** A server is killed and stays down; `wipe` also takes its data directory. */
  kill(name: string, wipe: 'nothing' | 'tree' | 'all' = 'nothing'): void {
    const host = this.host(name)
    host.running = false
    if (wipe !== 'nothing') this.remove(host, wipe === 'all' ? dataDir : tree)
  }

  /** One pass: look, decide, do. Then time goes on, and the servers do what they do. */
  pass(): Decision {
    const { expansion, now } = this
    const facts = this.look()
    const assessment = zookeeperCluster.assess(expansion, facts, now)
    const repairs = zookeeperCluster.repairs(expansion, facts, assessment, now)
    const decision = decide({
      object,
      createdAt: '2026-01-01T00:00:00Z',
      expansion,
      facts,
      assessment,
      repairs,
      claims: [],
      disruptions: [],
      now,
    })
    for (const step of decision.run?.steps ?? []) this.apply(step)
    this.now += 30_000
    this.live()
    return decision
  }

  /** Passes until nothing is left to do; throws when that does not come. */
  settle(most = 20): Decision {
    for (let count = 0; count < most; count++) {
      const decision = this.pass()
      if (decision.plan === undefined && decision.held.length === 0 && decision.problems.length === 0) return decision
    }
    throw new Error(`not settled: ${this.done.slice(-20).join(', ')}`)
  }

  serving(): readonly string[] {
    const voters = this.hosts.filter((host) => host.up && host.running && this.hasData(host))
    return voters.length >= 2 ? voters.map(({ member }) => member.host) : []
  }

  private hasData(host: PaperHost): boolean {
    return host.files.has(`${tree}/snapshot.0`)
  }

  /** Those that run with data elect; with a quorum the empty ones fetch it. */
  private live(): void {
    if (this.serving().length === 0) return
    for (const host of this.hosts) if (host.up && host.running) this.put(host, `${tree}/snapshot.0`, 'zoo')
  }

  private put(host: PaperHost, path: string, owner: string): void {
    host.files.set(path, { content: '', mode: '644', owner, group: owner })
  }

  private remove(host: PaperHost, path: string): void {
    for (const map of [host.files, host.directories]) {
      for (const key of map.keys()) if (key === path || key.startsWith(`${path}/`)) map.delete(key)
    }
  }

  private apply(step: Step): void {
    const host = this.host(step.host)
    const { action, member } = step
    this.done.push(`${step.host} ${action.verb}`)
    for (const guard of step.guards) {
      if (guard.guard === 'UnitNotRunning' && host.running)
        throw new Error(`${step.host}: ${action.verb} while it runs`)
      if (
        guard.guard === 'DirectoryEmpty' &&
        [...host.files.keys()].some((path) => path.startsWith(`${guard.path}/`))
      ) {
        throw new Error(`${step.host}: ${action.verb} though ${guard.path} is not empty`)
      }
    }
    const entry = {
      at: this.now,
      epoch: 1,
      object: 'ZookeeperCluster/default/zk',
      member,
      verb: action.verb,
      step: step.id,
      detail: '',
    }
    host.journal.push({ ...entry, phase: 'intent' })
    this.act(host, action)
    host.journal.push({ ...entry, phase: 'done' })
  }

  private act(host: PaperHost, action: Action): void {
    switch (action.verb) {
      case 'EnsureUser':
        host.users = true
        return
      case 'EnsureDirectory':
        host.directories.set(action.directory.path, action.directory)
        return
      case 'InstallArchive':
        host.software = true
        return
      case 'WriteFile':
        host.files.set(action.file.path, action.file)
        host.own.set(action.file.path, sha256(action.file.content))
        return
      case 'ReloadUnits':
        host.loadedUnit = host.files.has(host.member.unit.path)
        return
      case 'EnableUnit':
        host.enabled = true
        return
      case 'StartUnit':
        this.start(host)
        return
      case 'StopUnit':
        host.running = false
        return
      case 'MoveAside':
        this.remove(host, action.path)
        return
      case 'MarkFirstStart':
        this.put(host, action.record, 'root')
        if (action.marker !== undefined) this.put(host, action.marker.path, 'zoo')
        return
      default:
        throw new Error(`${action.verb} is not known on paper`)
    }
  }

  private start(host: PaperHost): void {
    const { member } = host
    const lines = member.files
      .filter((file) => file.restart)
      .map(({ path }) => `${sha256(host.files.get(path)?.content ?? '')}  ${path}\n`)
    host.running = true
    host.startedAt = this.now
    host.files.set(member.unit.loadedPath, { content: lines.join(''), mode: '644', owner: 'root', group: 'root' })
    host.directories.set(tree, { mode: '750', owner: 'zoo', group: 'zoo' })
    if (host.files.delete(marker)) this.put(host, `${tree}/snapshot.0`, 'zoo')
    else for (const name of ['acceptedEpoch', 'currentEpoch']) this.put(host, `${tree}/${name}`, 'zoo')
  }

  private look(): FleetFacts {
    const questions = questionsOf(this.expansion.members)
    return Object.fromEntries(
      this.hosts.map((host) => {
        const name = host.member.host
        if (!host.up) return [name, unknown('Unreachable', `${name} is off`)]
        const asked = questions[name] ?? []
        return [
          name,
          known({
            host: name,
            lookedAt: this.now,
            machineId: `id-${name}`,
            bootId: 'b',
            hostname: name,
            clockSkewMs: 0,
            uptimeSeconds: 9999,
            cpus: 2,
            memoryMiB: 4096,
            custody: { installation: 'i', epoch: 1 },
            journal: host.journal.slice(-40),
            ownFiles: Object.fromEntries(host.own),
            records: {},
            answers: Object.fromEntries(asked.map((question) => [questionKey(question), this.answer(host, question)])),
          }),
        ]
      }),
    )
  }

  private answer(host: PaperHost, question: Question): Fact<Answer> {
    switch (question.ask) {
      case 'unit':
        return known({
          loadState: host.loadedUnit ? 'loaded' : 'not-found',
          activeState: host.running ? 'active' : 'inactive',
          subState: host.running ? 'running' : 'dead',
          unitFileState: host.enabled ? 'enabled' : host.loadedUnit ? 'disabled' : '',
          fragmentPath: host.loadedUnit ? host.member.unit.path : '',
          needReload: false,
          mainPid: host.running ? 77 : 0,
          startedAt: host.running ? host.startedAt : 0,
          restarts: 0,
          result: 'success',
          exitStatus: 0,
        })
      case 'file': {
        const file = host.files.get(question.path)
        if (file === undefined) return absent
        const { content, mode, owner, group } = file
        const answer = {
          kind: 'file',
          sha256: sha256(content),
          mode,
          owner,
          group,
          size: content.length,
          modifiedAt: 0,
        } as const
        return known(question.content === undefined ? answer : { ...answer, content })
      }
      case 'directory': {
        const directory = host.directories.get(question.path)
        if (directory === undefined) return absent
        const inside = [...host.files.keys(), ...host.directories.keys()].filter((path) =>
          path.startsWith(`${question.path}/`),
        )
        const entries = [
          ...new Set(inside.map((path) => path.slice(question.path.length + 1).split('/')[0] ?? '')),
        ].sort()
        return known({ ...directory, kind: 'directory', mount: '/data', readOnly: false, freeMiB: 9999, entries })
      }
      case 'software':
        return host.software && host.member.software.from === 'archive'
          ? known({ listing: 'l', recordedListing: 'l', archive: host.member.software.digest })
          : absent
      case 'superseded':
        return known({ directories: [] })
      case 'user':
        return host.users ? known({ uid: 1, group: host.member.user.group, home: '/', shell: '' }) : absent
      case 'java':
        return known({ home: '/j', version: '17.0.1' })
      case 'firewall':
      case 'listener':
      case 'log':
      case 'package':
        return absent
      case 'talk':
        return known(this.talk(host, question.send))
      case 'http':
        return known({ outcome: 'refused', status: 0, body: '' })
      case 'znode':
        throw new Error('no server of paper is asked for a znode')
    }
  }

  private talk(host: PaperHost, send: string): { readonly outcome: 'answered' | 'refused'; readonly text: string } {
    if (!host.running) return { outcome: 'refused', text: '' }
    const serving = this.serving()
    const name = host.member.host
    if (!serving.includes(name)) {
      return { outcome: 'answered', text: 'This ZooKeeper instance is not currently serving requests\n' }
    }
    const role = serving.at(-1) === name ? 'leader' : 'follower'
    const synced = role === 'leader' ? `zk_synced_followers\t${serving.length - 1}\nzk_leader_uptime\t60000\n` : ''
    const text =
      send === 'mntr'
        ? `zk_version\t3.8.4\nzk_server_state\t${role}\n${synced}`
        : `Zookeeper version: 3.8.4\nMode: ${role}\n`
    return { outcome: 'answered', text }
  }
}
