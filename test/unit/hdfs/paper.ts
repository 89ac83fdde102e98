import { inquireHdfs } from '../../../src/clusters/hdfs/inquire.ts'
import type { Expansion, Repair } from '../../../src/model/kind.ts'
import type { Member } from '../../../src/model/member.ts'
import type { Action } from '../../../src/model/step.ts'
import { ruleOf, rulesOf } from '../../../src/services/hdfs-common/rules.ts'
import { judged, seenIn } from './judged.ts'
import { bareWorld, type Daemon, type Disk, disks, factsOf, now, type World, wordOf } from './machines.ts'

/**
 * A cluster on paper, and somebody who obeys the repairs as the planner does: what is granted is run, a member that is held is
 * not started, groups start in their order. Whoever runs steps can be killed before each single write, and a tool of Hadoop goes on
 * after that or dies with him.
 */
export interface Kill {
  /** Before the so-and-so-many-th write of all. */
  readonly at: number
  /** The tool that is under way goes on by itself. */
  readonly toolGoesOn: boolean
}

type Write = () => void

class Killed extends Error {}

export class Paper {
  readonly expansion: Expansion
  readonly daemons: Record<string, Daemon>
  /** What was to be feared, as sentences. */
  readonly wrongs: string[] = []
  formats = 0
  private readonly kills: Kill[]
  private writes = 0
  private znode = false
  private lived = false
  private tool: { readonly host: string; readonly rest: Write[] } | undefined

  constructor(expansion: Expansion, kills: readonly Kill[]) {
    this.expansion = expansion
    this.daemons = { ...bareWorld(expansion).daemons }
    this.kills = [...kills].sort((a, b) => a.at - b.at)
  }

  world(): World {
    const daemons = Object.fromEntries(
      this.expansion.members.map((member) => {
        const daemon = this.daemons[wordOf(member)] ?? {}
        return [wordOf(member), this.tool?.host === member.host ? { ...daemon, tool: true } : daemon]
      }),
    )
    return { daemons, znode: 'unasked' }
  }

  /** One pass of a leader that has just come, or goes on; false: it was killed. */
  pass(): boolean {
    const world = this.world()
    const first = factsOf(this.expansion, world)
    const asked = Object.keys(inquireHdfs(this.expansion, first, now)).length > 0
    const facts = asked ? factsOf(this.expansion, { ...world, znode: this.znode ? 'stands' : 'absent' }) : first
    const { repairs, assessment } = seenIn(this.expansion, facts)
    try {
      this.prepare()
      for (const repair of repairs) this.obey(repair)
      for (const member of this.expansion.members) {
        if (!this.isHeld(member, repairs, (id) => assessment.health[id]?.verdict === 'serving')) this.start(member)
      }
      return true
    } catch (error) {
      if (!(error instanceof Killed)) throw error
      return false
    } finally {
      this.goOn()
    }
  }

  isDone(): boolean {
    const all = this.expansion.members.every((member) => this.daemons[wordOf(member)]?.unit === 'running')
    return all && Object.values(this.daemons).filter(({ says }) => says === 'active').length === 1
  }

  private prepare(): void {
    for (const [word, daemon] of Object.entries(this.daemons)) {
      if (daemon.disk?.missing === true) this.change(word, { disk: disks.empty })
    }
  }

  private obey(repair: Repair): void {
    if (judged(repair).when !== 'now') return
    const member = this.memberOf(repair.member)
    for (const { action, guards } of repair.actions) {
      if (!guards.every((guard) => this.holds(guard, member))) return
      this.run(action, member)
    }
  }

  private holds(guard: Repair['actions'][number]['guards'][number], member: Member): boolean {
    const daemon = this.daemons[wordOf(member)] ?? {}
    switch (guard.guard) {
      case 'UnitNotRunning':
        return guard.unit === member.unit.name ? daemon.unit !== 'running' : this.tool?.host !== member.host
      case 'DirectoryEmpty':
        return daemon.disk?.current === undefined && daemon.disk?.beside === undefined
      case 'FileAbsent':
        return daemon.started !== true
      case 'ZnodeAbsent':
        return !this.znode
      default:
        return true
    }
  }

  private run(action: Action, member: Member): void {
    const word = wordOf(member)
    switch (action.verb) {
      case 'MarkFirstStart':
        return this.write(() => this.change(word, { allowed: true }))
      case 'StopUnit':
        return this.write(() => this.change(word, { unit: 'stopped' }))
      case 'MoveAside':
        return this.write(() => {
          if (this.tool !== undefined) this.wrongs.push(`${word} is moved aside under a tool`)
          this.change(word, { disk: member.service === 'hdfs-journalnode' ? disks.empty : { missing: true } })
        })
      case 'FormatNameNode':
        this.formats += 1
        if (this.lived) this.wrongs.push('a format of a cluster that lived')
        if (this.tool !== undefined) this.wrongs.push('a format beside another tool')
        if (!this.isEmptyEverywhere()) this.wrongs.push('a format over something')
        return this.runTool(member, this.formatWrites(word, String(40 + this.formats)))
      case 'BootstrapStandby':
        return this.runTool(member, this.copyWrites(word))
      case 'FormatFailover':
        return this.runTool(member, [() => this.makeZnode()])
      default:
        throw new Error(`nobody obeys ${action.verb}`)
    }
  }

  /** As FSImage.format does: VERSION, each journal in two writes, the image. */
  private formatWrites(word: string, namespace: string): Write[] {
    const journals = this.expansion.members.filter(({ service }) => service === 'hdfs-journalnode').map(wordOf)
    const put =
      (who: string, disk: Disk): Write =>
      () =>
        this.change(who, { disk: { ...disk, namespace } })
    return [
      put(word, disks.half),
      ...journals.flatMap((journal) => [put(journal, disks.journalHalf), put(journal, disks.journal)]),
      put(word, disks.formatted),
    ]
  }

  private copyWrites(word: string): Write[] {
    const source = this.expansion.members
      .filter(({ service }) => service === 'hdfs-namenode')
      .map((member) => this.daemons[wordOf(member)]?.disk)
      .find((disk) => disk?.cluster !== undefined && disk.seenTxid !== undefined && disk.current?.length !== 1)
    const namespace = source?.namespace ?? 'none'
    return [
      () => this.change(word, { disk: { ...disks.half, namespace } }),
      () => this.change(word, { disk: { ...disks.copied, namespace } }),
    ]
  }

  private makeZnode(): void {
    const up = Object.entries(this.daemons).filter(([word, { unit }]) => word.startsWith('zkfc') && unit === 'running')
    if (up.length > 0) this.wrongs.push('the znode is made while somebody elects')
    this.znode = true
  }

  private runTool(member: Member, writes: Write[]): void {
    const rest = [...writes]
    this.tool = { host: member.host, rest }
    while (rest.length > 0) {
      this.beat()
      rest.shift()?.()
    }
    this.tool = undefined
  }

  /** A tool that outlived its sender does one write in each pass. */
  private goOn(): void {
    if (this.tool === undefined) return
    this.tool.rest.shift()?.()
    if (this.tool.rest.length === 0) this.tool = undefined
  }

  private write(write: Write): void {
    this.beat()
    write()
  }

  private beat(): void {
    this.writes += 1
    const [kill] = this.kills
    if (kill === undefined || this.writes < kill.at) return
    this.kills.shift()
    if (!kill.toolGoesOn) this.tool = undefined
    throw new Killed()
  }

  private isHeld(member: Member, repairs: readonly Repair[], serves: (id: string) => boolean): boolean {
    if (this.daemons[wordOf(member)]?.unit === 'running') return true
    const own = repairs.filter((repair) => repair.member === member.id && repair.holdsStart)
    if (own.some((repair) => judged(repair).when !== 'now' || repair.actions.length > 0)) return true
    const order = this.expansion.groups.find(({ name }) => name === member.group)?.order ?? 0
    return this.expansion.groups
      .filter((group) => group.order < order)
      .some(({ name, opens }) => {
        const group = this.expansion.members.filter((other) => other.group === name)
        const up = group.filter(({ id }) => serves(id)).length
        return up < (opens === 'Majority' ? Math.floor(group.length / 2) + 1 : 1)
      })
  }

  private start(member: Member): void {
    const word = wordOf(member)
    this.write(() => this.change(word, { started: true }))
    this.write(() => this.change(word, { unit: 'running', uptimeMs: 1000 }))
    if (member.service === 'hdfs-namenode') {
      if (this.daemons[word]?.disk?.current?.includes('fsimage_0000000000000000000') !== true) {
        this.wrongs.push(`${word} is started without an image`)
      }
      this.change(word, { says: 'standby' })
      if (this.isSimple()) this.lead(word)
    }
    if (member.service === 'hdfs-zkfc') this.elect(ruleOf(rulesOf(member), 'id'))
    if (member.service === 'hdfs-datanode') this.change(word, { disk: disks.blocks })
  }

  private elect(id: string): void {
    if (!this.znode) this.wrongs.push('a failover controller without a znode')
    if (Object.values(this.daemons).some(({ says }) => says === 'active')) return
    if (this.daemons[`namenode-${id}`]?.unit !== 'running') return
    this.lead(`namenode-${id}`)
  }

  /** Without failover controllers it leads from its start on. */
  private isSimple(): boolean {
    return this.expansion.members.every(({ service }) => service !== 'hdfs-zkfc')
  }

  private lead(name: string): void {
    this.lived = true
    const namespace = this.daemons[name]?.disk?.namespace ?? ''
    this.change(name, { says: 'active', disk: { ...disks.used, namespace } })
    for (const [word, { disk }] of Object.entries(this.daemons)) {
      if (!word.startsWith('journalnode-')) continue
      if (disk?.namespace !== namespace) this.wrongs.push(`${word} is of another format than the active NameNode`)
      this.change(word, { disk: { ...disks.journalUsed, namespace } })
    }
  }

  private isEmptyEverywhere(): boolean {
    return Object.values(this.daemons).every(({ disk }) => disk?.current === undefined && disk?.beside === undefined)
  }

  private change(word: string, more: Daemon): void {
    this.daemons[word] = { ...this.daemons[word], ...more }
  }

  private memberOf(id: string): Member {
    const member = this.expansion.members.find((candidate) => candidate.id === id)
    if (member === undefined) throw new Error(`no member ${id}`)
    return member
  }
}
