// Two daemons over the same clusters: who acts, what a stopped one does when it is continued, and what a deleted Lease changes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exampleManifests, namespace } from '../world/manifests.ts'
import type { Operator } from '../world/operator.ts'
import { conditionOf, startWorld, type World } from '../world/world.ts'
import { endingAt, isSettled, killedInRestarts, killsIn, settle } from './crash-histories.ts'
import { type Deeds, deedsOf, type JournalLine, startedSince } from './crash-records.ts'
import { withSpec } from './edited.ts'
import { changedFiles, changedUnits, changeTimes, traceMutations, unitRecords } from './records.ts'

/** On a house at rest, with no daemon running; leaves it so. Resolves to what was seen; throws when a promise is broken. */
export interface Meeting {
  readonly name: string
  run(world: World): Promise<string>
}

const limitMs = 300_000

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

async function applyTick(world: World, ms: number, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const [zk] = exampleManifests('zookeeper', world.lab)
  if (zk === undefined) throw new Error('no example')
  await world.apply([{ ...zk, spec: { ...withSpec(zk, ['tickTimeMs'], ms).spec, ...more } }])
}

let tick = 2000

/** A tick that the ensemble does not run with: three restarts. */
async function nextTick(world: World): Promise<void> {
  tick = tick === 2000 ? 2500 : 2000
  await applyTick(world, tick)
}

async function since(world: World, before: Deeds): Promise<readonly JournalLine[]> {
  const { journal } = await deedsOf(world)
  const last = before.journal.at(-1)?.at ?? 0
  return journal.filter(({ at }) => at > last)
}

function eachServerOnce(started: readonly string[]): void {
  must(
    started.length === 3 && started.every((line) => /zookeeper.* × 1$/.test(line)),
    `not each server was restarted once: ${started.join('; ')}`,
  )
}

/** On no machine does anything of an older epoch stand behind a newer one. */
function neverBack(journal: readonly JournalLine[]): void {
  for (const [host, lines] of Map.groupBy(journal, (line) => line.host)) {
    const back = lines.find((line, index) => lines.slice(0, index).some(({ epoch }) => epoch > line.epoch))
    must(back === undefined, `${host}: ${back?.verb ?? ''} of an older leader after a newer one had acted`)
  }
}

function logOf(operator: Operator): string {
  return readFileSync(operator.logFile, 'utf8')
}

async function untilHeld(world: World, name: string): Promise<void> {
  const end = Date.now() + 60_000
  for (;;) {
    const { stdout } = await world.lab.kube.kubectl([
      ...['get', 'lease', 'ironherd', '-n', 'ironherd-system', '--ignore-not-found'],
      ...['-o', 'jsonpath={.spec.holderIdentity}'],
    ])
    if (stdout.startsWith(`${name}_`)) return
    must(Date.now() < end, `${name} does not lead, ${stdout} does`)
    await sleep(200)
  }
}

async function deleteLease(world: World): Promise<void> {
  await world.lab.kube.kubectl(['delete', 'lease', 'ironherd', '-n', 'ironherd-system'])
}

async function untilLedger(ledger: string): Promise<void> {
  const end = Date.now() + 120_000
  while (killsIn(ledger).length === 0) {
    must(Date.now() < end, 'the daemon came to no restart')
    await sleep(50)
  }
}

/** The first leads, the second stands by. */
async function two(world: World, nodeArguments: readonly string[] = []): Promise<readonly [Operator, Operator]> {
  // Names of their own in each meeting: a log then holds nothing of another one.
  const at = String(Date.now())
  const first = await world.startOperator({ name: `first${at}`, nodeArguments })
  await untilHeld(world, `first${at}`)
  return [first, await world.startOperator({ name: `second${at}` })]
}

async function bothEnd(...operators: readonly Operator[]): Promise<void> {
  // An orderly end gives the lease back, so that the next meeting need not wait.
  await Promise.all(operators.map((operator) => operator.stop()))
}

/** But for the sessions that a login leaves in systemd's own directory, and the epoch of a new leader. */
function touchedSince(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): readonly string[] {
  const others = /\/run\/systemd\/transient(\/session-\d+\.scope)?$|\/var\/lib\/ironherd(\/epoch)?$/
  return changedFiles(before, now).filter((path) => !others.test(path))
}

interface Continued {
  readonly seconds: number
  readonly said: string
  /** Scripts of its that came to a machine: it asked whose the machine is, and did nothing more. */
  readonly late: number
}

/** Continues a daemon that was stopped with a restart in its hand, and shows by the machines that nothing came of it. */
async function continuedDoesNothing(world: World, stopped: Operator, stoppedAt: number): Promise<Continued> {
  const seconds = (Date.now() - stoppedAt) / 1000
  const traced = await traceMutations(world.lab)
  const [files, units] = [await changeTimes(world.lab), await unitRecords(world.lab)]
  stopped.signal('SIGCONT')
  await Promise.race([stopped.ended, sleep(20_000)])
  await sleep(2000)
  // A refused script makes sure of its own directory before it asks whose the machine is: that changes nothing.
  const isBeginning = (line: string): boolean => / ran mkdir -p -m 0700 \/var\/lib\/ironherd /.test(line)
  const all = await traced()
  const ran = all.filter((line) => !isBeginning(line))
  const touched = touchedSince(files, await changeTimes(world.lab))
  const changed = changedUnits(units, await unitRecords(world.lab))
  must(ran.length + touched.length + changed.length === 0, `it acted: ${[...ran, ...touched, ...changed].join('; ')}`)
  const log = logOf(stopped)
  const last = /a machine has seen a newer leader|leadership is lost[^"\\]*/.exec(log)?.[0]
  must(last !== undefined, `it does not know that it was superseded: ${log.slice(-1500)}`)
  return { seconds, said: last ?? '', late: all.filter(isBeginning).length }
}

async function stoppedInHand(
  world: World,
  between: (world: World, second: Operator) => Promise<void>,
  pauseMs: number,
): Promise<string> {
  const ledger = join(world.lab.dir, `stop-${String(Date.now())}`)
  const stopping = endingAt('before', ledger, '&signal=SIGSTOP&verbs=RestartUnit')
  const [first, second] = await two(world, stopping)
  try {
    const before = await deedsOf(world)
    await nextTick(world)
    await untilLedger(ledger)
    const stoppedAt = Date.now()
    const inHand = killsIn(ledger)[0]?.label ?? ''
    await between(world, second)
    await settle(world, limitMs)
    const settledAfter = (Date.now() - stoppedAt) / 1000
    await sleep(Math.max(0, stoppedAt + pauseMs - Date.now()))
    const { late, said, seconds } = await continuedDoesNothing(world, first, stoppedAt)
    neverBack(await since(world, before))
    const started = startedSince(before, await deedsOf(world))
    return `stopped with ${inHand} in hand; the other was done after ${settledAfter.toFixed(0)} s; continued after ${seconds.toFixed(0)} s it said "${said}", ${String(late)} late script(s) of its came to a machine, and nothing was changed; restarts since: ${started.join(', ') || 'none'}`
  } finally {
    first.signal('SIGCONT')
    await bothEnd(first, second)
  }
}

export const allMeetings: readonly Meeting[] = [
  {
    name: 'daemons one by one, each killed at a restart of one change',
    async run(world) {
      tick = 2500
      const { kills, started } = await killedInRestarts(world, tick)
      eachServerOnce(started)
      return `killed at ${String(kills.length)} restarts; each server restarted once`
    },
  },
  {
    name: 'two daemons, and a change',
    async run(world) {
      const [first, second] = await two(world)
      try {
        const before = await deedsOf(world)
        await nextTick(world)
        await settle(world, limitMs)
        const lines = await since(world, before)
        eachServerOnce(startedSince(before, await deedsOf(world)))
        const epochs = new Set(lines.map(({ epoch }) => epoch))
        must(epochs.size === 1, `${String(epochs.size)} epochs have acted`)
        must(!logOf(second).includes('step begins'), 'the one that stands by has begun a step')
        return `${String(lines.length)} lines in the machines' journals, all of one epoch; each server restarted once; the other has begun no step`
      } finally {
        await bothEnd(first, second)
      }
    },
  },
  {
    name: 'the acting one stopped for 60 s in a change, and continued',
    async run(world) {
      const before = await deedsOf(world)
      const said = await stoppedInHand(world, async () => undefined, 60_000)
      eachServerOnce(startedSince(before, await deedsOf(world)))
      return said
    },
  },
  {
    name: 'the Lease deleted in a change',
    async run(world) {
      const [first, second] = await two(world)
      try {
        const before = await deedsOf(world)
        await nextTick(world)
        while (!(await since(world, before)).some(({ verb }) => verb === 'RestartUnit')) await sleep(100)
        await deleteLease(world)
        await settle(world, limitMs)
        const lines = await since(world, before)
        eachServerOnce(startedSince(before, await deedsOf(world)))
        neverBack(lines)
        const epochs = [...new Set(lines.map(({ epoch }) => epoch))]
        return `each server restarted once, by ${String(epochs.length)} leader(s) one after the other`
      } finally {
        await bothEnd(first, second)
      }
    },
  },
  {
    name: 'the Lease deleted while the acting one is stopped in a change',
    async run(world) {
      const before = await deedsOf(world)
      const said = await stoppedInHand(world, deleteLease, 20_000)
      eachServerOnce(startedSince(before, await deedsOf(world)))
      return said
    },
  },
  {
    name: 'a restart in hand that the next leader does not want any more',
    async run(world) {
      const before = await deedsOf(world)
      // The spec goes back to what runs: the next leader restarts nobody, and the late restart must not come through.
      const said = await stoppedInHand(
        world,
        async () => {
          await deleteLease(world)
          await nextTick(world)
        },
        20_000,
      )
      const started = startedSince(before, await deedsOf(world))
      must(started.length === 0, `restarted: ${started.join(', ')}`)
      return said
    },
  },
  { name: 'a plan that is another one than was read is not approved by its old hash', run: oldHashes },
]

interface PlanStatus {
  readonly hash?: string
  readonly steps?: readonly { readonly host: string; readonly verb: string }[]
  readonly conditions?: readonly { readonly reason: string; readonly message: string }[]
}

const planName = 'zookeepercluster-zk'

async function planAfter(world: World, old: string): Promise<Required<PlanStatus>> {
  const shown = await world.until(
    'clusterplan',
    planName,
    'waiting with a hash of its own',
    ({ status }) => ((status as PlanStatus | undefined)?.hash ?? old) !== old,
    60_000,
  )
  const { conditions = [], hash = '', steps = [] } = (shown.status ?? {}) as PlanStatus
  return { conditions, hash, steps }
}

async function approve(world: World, hash: string): Promise<void> {
  const patch = ['patch', 'clusterplan', planName, '-n', namespace, '--type=merge', '-p']
  const { code, stderr } = await world.lab.kube.kubectl([...patch, JSON.stringify({ spec: { approve: hash } })])
  must(code === 0, stderr)
}

/** What follows on steps, as bookkeeping does, is a plan of its own and asked for again. */
async function approveUntilSettled(world: World, first: string): Promise<number> {
  const named = new Set([first])
  await approve(world, first)
  const end = Date.now() + limitMs
  while (!(await isSettled(world))) {
    must(Date.now() < end, 'the approved plan was not carried out')
    const plan = (await world.get('clusterplan', planName))?.status as PlanStatus | undefined
    const waits = ['PlanChanged', 'PlanAwaitsApproval'].includes(plan?.conditions?.[0]?.reason ?? '')
    if (plan?.hash !== undefined && waits && !named.has(plan.hash)) {
      named.add(plan.hash)
      await approve(world, plan.hash)
    }
    await sleep(1000)
  }
  return named.size
}

/** The same plan with a step altered, and with steps more, each time after it was read. */
async function oldHashes(world: World): Promise<string> {
  const operator = await world.startOperator({ name: `plan${String(Date.now())}` })
  try {
    const other = tick === 2000 ? 2500 : 2000
    const before = await deedsOf(world)
    const files = await changeTimes(world.lab)
    const refused = async (hash: string, what: string): Promise<string> => {
      await approve(world, hash)
      await sleep(8000)
      const { conditions = [] } = ((await world.get('clusterplan', planName))?.status ?? {}) as PlanStatus
      const [condition] = conditions
      must(condition?.reason === 'PlanChanged', `${what}: ${JSON.stringify(condition)}`)
      const touched = touchedSince(files, await changeTimes(world.lab))
      must(touched.length === 0, `${what}, and there was changed: ${touched.join(', ')}`)
      const waiting = conditionOf(await world.get('zookeepercluster', 'zk'), 'UpToDate')
      must(waiting?.status !== 'True', 'the cluster claims to be up to date')
      return `${what}: ${condition?.reason ?? ''}, nothing run, ${waiting?.reason ?? ''}`
    }
    await applyTick(world, other + 100, { planPolicy: 'ApproveAll' })
    const read = await planAfter(world, '')
    await applyTick(world, other, { planPolicy: 'ApproveAll' })
    const altered = await planAfter(world, read.hash)
    const first = await refused(read.hash, `${String(altered.steps.length)} steps, some altered`)
    // Another file on each server: the steps that were read, and more.
    await world.apply([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'note', namespace }, data: { note: 'a step more' } },
    ])
    const configMapRef = { name: 'note', key: 'note' }
    const extraFiles = [{ path: '/etc/ironherd/files/note.txt', configMapRef, restart: false }]
    await applyTick(world, other, { planPolicy: 'ApproveAll', extraFiles })
    const longer = await planAfter(world, altered.hash)
    must(longer.steps.length > altered.steps.length, 'the plan has not gained a step')
    const second = await refused(
      altered.hash,
      `${String(longer.steps.length - altered.steps.length)} steps more than the ${String(altered.steps.length)} that were read`,
    )
    const approvals = await approveUntilSettled(world, longer.hash)
    eachServerOnce(startedSince(before, await deedsOf(world)))
    tick = other
    return `${first}; ${second}; when the hash of what stands there was named (${String(approvals)} in all) each server was restarted once`
  } finally {
    await operator.stop()
  }
}

export async function runMeetings(meetings: readonly Meeting[], tell: (line: string) => void): Promise<boolean> {
  const world = await startWorld({ lab: { hosts: 6 }, log: console.log })
  let fine = true
  try {
    await world.apply([...exampleManifests('zookeeper', world.lab), ...exampleManifests('spark', world.lab)])
    await settle(world, limitMs)
    await world.operator.stop()
    tell('\n| two daemons | seen | s |\n|---|---|---|')
    for (const meeting of meetings) {
      const { name } = meeting
      const began = Date.now()
      const seen = await meeting.run(world).catch((error: unknown) => {
        fine = false
        return `FAILED: ${String(error).slice(0, 2000).replaceAll('\n', ' ')}`
      })
      tell(`| ${name} | ${seen} | ${((Date.now() - began) / 1000).toFixed(0)} |`)
      if (!fine) break
    }
  } finally {
    await world.down()
  }
  return fine
}
