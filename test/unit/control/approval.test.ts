import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ClusterPlanStatus } from '../../../src/api/cluster-plan.ts'
import { Memory } from '../../../src/control/memory.ts'
import { wakeOnChange } from '../../../src/control/wake.ts'
import { known } from '../../../src/model/fact.ts'
import type { DesiredFile } from '../../../src/model/member.ts'
import { keyText } from '../../../src/model/object.ts'
import type { Question } from '../../../src/model/question.ts'
import { questionKey } from '../../../src/model/question.ts'
import type { Decision, Step } from '../../../src/model/step.ts'
import { makePlan, makeStep } from '../../../src/planner/steps.ts'
import { addHosts, createWorld, settle, type World } from './world.ts'

const hosts = ['m1', 'm2', 'm3']
const planKey = { kind: 'ClusterPlan', namespace: 'a', name: 'herdcluster-herd' }

function fileOf(host: string, version: number, secret = false): DesiredFile {
  const path = `/etc/ironherd/ironherd-herd/${secret ? 'password' : 'herd'}.cfg`
  return {
    path,
    content: `host=${host}\nversion=${version}\n`,
    mode: '640',
    owner: 'root',
    group: 'herd',
    secret,
    restart: true,
  }
}

/** A settled herd whose members are to run with the version wanted of each: a file is written, then the unit restarted. */
interface Versions {
  readonly world: World
  readonly wanted: Record<string, number>
  readonly runs: Record<string, number>
  secret: boolean
}

async function herd(planPolicy: string): Promise<Versions> {
  const world = createWorld()
  addHosts(world, ...hosts)
  world.store.apply('HerdCluster', 'herd', { hosts })
  await settle(world, 'herd')
  const versions: Versions = {
    world,
    wanted: Object.fromEntries(hosts.map((host) => [host, 1])),
    runs: Object.fromEntries(hosts.map((host) => [host, 1])),
    secret: false,
  }
  world.engine.extra = (input) => decideBy(versions, input.resting ?? [], world)
  world.store.apply('HerdCluster', 'herd', { hosts, planPolicy })
  world.executed.length = 0
  return versions
}

function stepsOf({ wanted, secret }: Versions, host: string): readonly Step[] {
  const member = `herd-${host}`
  const version = wanted[host] ?? 0
  return [
    makeStep(host, member, { verb: 'WriteFile', file: fileOf(host, version, secret) }, 'it is older'),
    makeStep(
      host,
      member,
      { verb: 'RestartUnit', unit: 'ironherd-herd.service', files: `v${version}` },
      'it runs older',
      {
        risk: 'restart',
      },
    ),
  ]
}

/** One member a pass. What was executed is what runs. */
function decideBy(versions: Versions, resting: readonly string[], world: World): Partial<Decision> {
  const { runs, wanted } = versions
  for (const { action, host } of world.executed) {
    if (action.verb === 'RestartUnit') runs[host] = Number(action.files?.slice(1))
  }
  const old = hosts.filter((host) => runs[host] !== wanted[host])
  if (old.length === 0) return {}
  const plan = makePlan([{ disruptive: true, steps: old.flatMap((host) => stepsOf(versions, host)) }])
  const next = old.find((host) => !resting.includes(`herd-${host}`))
  return {
    ...(plan === undefined ? {} : { plan }),
    ...(next === undefined ? {} : { run: { disruptive: true, steps: stepsOf(versions, next) } }),
  }
}

function planOf({ store }: World): ClusterPlanStatus | undefined {
  const plan = store.get(planKey)
  return plan === undefined ? undefined : (plan.status ?? {})
}

/** What a person does with kubectl. */
function approve({ store }: World, approve: string | undefined): void {
  const plan = store.get(planKey)
  if (plan !== undefined) store.apply('ClusterPlan', planKey.name, { ...(plan.spec as object), approve })
}

async function passes({ world }: Versions, count: number): Promise<void> {
  for (let pass = 0; pass < count; pass++) {
    await world.cluster('herd')
    world.clock += 1500
  }
}

function restarted({ executed }: World): readonly string[] {
  return executed.flatMap(({ action, host }) => (action.verb === 'RestartUnit' ? [`${host} ${action.files}`] : []))
}

function change(versions: Versions, version: number, ...names: readonly string[]): void {
  for (const host of names) versions.wanted[host] = version
}

describe('under ApproveDisruptive', () => {
  it('nothing of a restart runs before it is approved, and the condition says how to approve it', async () => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, 'm1', 'm2')
    await passes(versions, 5)
    expect(world.executed).toEqual([])
    const plan = planOf(world)
    expect(plan).toMatchObject({
      stepCount: 4,
      risk: 'restart',
      conditions: [{ status: 'False', reason: 'PlanAwaitsApproval' }],
    })
    expect(plan?.steps?.map(({ host, verb, risk }) => `${host} ${verb} ${risk}`)).toEqual([
      'm1 WriteFile none',
      'm1 RestartUnit restart',
      'm2 WriteFile none',
      'm2 RestartUnit restart',
    ])
    expect(world.condition('herd', 'UpToDate')).toBe('False PlanAwaitsApproval')
    expect(world.condition('herd', 'Available')).toBe('True Quorate')
    const said = world.status('herd').conditions?.find(({ type }) => type === 'UpToDate')?.message ?? ''
    expect(said).toContain(
      `kubectl patch clusterplan herdcluster-herd -n a --type=merge -p '{"spec":{"approve":"${plan?.hash}"}}'`,
    )
    const told = world.store.events.filter(({ reason }) => reason === 'PlanAwaitsApproval')
    expect(told.filter(({ message }) => message.includes('kubectl') && !message.includes(' is now '))).toHaveLength(1)
  })

  it('a plan that waits costs no write and no event in the passes that follow', async () => {
    const versions = await herd('ApproveDisruptive')
    change(versions, 2, 'm1')
    await passes(versions, 3)
    const { store } = versions.world
    const before = [store.statusWrites, store.events.length]
    await passes(versions, 10)
    expect([store.statusWrites, store.events.length]).toEqual(before)
  })

  it('after approval the very steps shown run, one wave after the other, and the plan goes', async () => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, ...hosts)
    await passes(versions, 2)
    const shown = planOf(world)?.steps?.map(({ host, verb, target }) => `${host} ${verb} ${target}`)
    approve(world, planOf(world)?.hash)
    await passes(versions, 2)
    expect(planOf(world)?.approved).toMatchObject({ stepsLeft: 4 })
    expect(world.store.events.map(({ reason }) => reason)).toContain('PlanApproved')
    await passes(versions, 8)
    const ran = world.executed.map(({ action, host }) => {
      const target = action.verb === 'WriteFile' ? action.file.path : 'unit' in action ? action.unit : ''
      return `${host} ${action.verb} ${target}`
    })
    expect(ran).toEqual(shown)
    expect(planOf(world)).toBeUndefined()
    expect(world.condition('herd', 'UpToDate')).toBe('True Settled')
  })

  it('a plan that changed after it was read is not approved by its old hash, and says so', async () => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, 'm1')
    await passes(versions, 1)
    const read = planOf(world)?.hash
    change(versions, 3, 'm1')
    approve(world, read)
    await passes(versions, 3)
    change(versions, 3, 'm2')
    await passes(versions, 3)
    expect(world.executed).toEqual([])
    expect(planOf(world)?.conditions).toMatchObject([{ status: 'False', reason: 'PlanChanged' }])
    expect(world.store.events.map(({ reason }) => reason)).toContain('PlanChanged')
    approve(world, planOf(world)?.hash)
    await passes(versions, 6)
    expect(restarted(world)).toEqual(['m1 v3', 'm2 v3'])
  })

  it('an approved rest goes on beside a member with a step that nobody has approved', async () => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, 'm2', 'm3')
    await passes(versions, 1)
    approve(world, planOf(world)?.hash)
    // m1 comes first in each decision, and waits.
    change(versions, 2, 'm1')
    await passes(versions, 1)
    expect(world.executed).toEqual([])
    change(versions, 1, 'm1')
    await passes(versions, 1)
    change(versions, 2, 'm1')
    await passes(versions, 6)
    expect(restarted(world)).toEqual(['m2 v2', 'm3 v2'])
    expect(planOf(world)).toMatchObject({ stepCount: 2, conditions: [{ reason: 'PlanAwaitsApproval' }] })
  })

  it('an approval that is taken back begins nothing more', async () => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, ...hosts)
    await passes(versions, 1)
    approve(world, planOf(world)?.hash)
    await passes(versions, 1)
    approve(world, undefined)
    await passes(versions, 4)
    expect(restarted(world)).toEqual(['m1 v2'])
    expect(planOf(world)).toMatchObject({ stepCount: 4 })
    expect(planOf(world)?.approved).toBeUndefined()
  })

  it.each([
    ['taken back', (world: World) => approve(world, undefined)],
    ['deleted with its plan', ({ store }: World) => store.delete('ClusterPlan', planKey.name)],
  ])('one that is %s while the plan is shown begins nothing more', async (_how, takeBack) => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, ...hosts)
    await passes(versions, 1)
    approve(world, planOf(world)?.hash)
    await passes(versions, 1)
    expect(restarted(world)).toEqual(['m1 v2'])
    const writeStatus = world.store.writeStatus.bind(world.store)
    world.store.writeStatus = async (object, status) => {
      world.store.writeStatus = writeStatus
      const written = await writeStatus(object, status)
      takeBack(world)
      return written
    }
    await passes(versions, 4)
    expect(restarted(world)).toEqual(['m1 v2'])
  })

  it('a stopped member is started without being asked about, while a plan waits for another', async () => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, 'm1')
    world.machines.m3?.running.clear()
    const start = makeStep('m3', 'herd-m3', { verb: 'StartUnit', unit: 'ironherd-herd.service' }, 'it is stopped')
    const quiet = { disruptive: false, steps: [start] }
    const plan = makePlan([quiet, { disruptive: true, steps: stepsOf(versions, 'm1') }])
    world.engine.extra = () => (plan === undefined ? {} : { plan, run: quiet })
    await passes(versions, 1)
    expect(world.executed.map(({ action, host }) => `${host} ${action.verb}`)).toEqual(['m3 StartUnit'])
    expect(planOf(world)?.steps?.map(({ host }) => host)).toEqual(['m1', 'm1'])
  })
})

describe('under ApproveAll', () => {
  it('even the start of a stopped member waits', async () => {
    const versions = await herd('ApproveAll')
    const { world } = versions
    world.engine.extra = () => ({})
    world.machines.m3?.running.clear()
    await passes(versions, 3)
    expect(world.executed).toEqual([])
    expect(planOf(world)).toMatchObject({ stepCount: 1, risk: 'none' })
    approve(world, planOf(world)?.hash)
    await passes(versions, 3)
    expect(world.executed.map(({ action }) => action.verb)).toEqual(['StartUnit'])
    // It stops again: that was not approved, though it is the very same step.
    world.machines.m3?.running.clear()
    await passes(versions, 4)
    expect(world.executed).toHaveLength(1)
    expect(planOf(world)).toMatchObject({ stepCount: 1, conditions: [{ reason: 'PlanAwaitsApproval' }] })
  })
})

describe('what was approved', () => {
  it('is gone on with by a daemon that starts anew in the middle', async () => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, ...hosts)
    await passes(versions, 1)
    approve(world, planOf(world)?.hash)
    await passes(versions, 1)
    expect(restarted(world)).toEqual(['m1 v2'])
    Object.assign(world.context, { memory: new Memory() })
    await passes(versions, 6)
    expect(restarted(world)).toEqual(['m1 v2', 'm2 v2', 'm3 v2'])
  })

  it('is asked for again when its record is lost', async () => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, ...hosts)
    await passes(versions, 1)
    approve(world, planOf(world)?.hash)
    await passes(versions, 2)
    const plan = world.store.get(planKey)
    if (plan === undefined) throw new Error('no plan')
    await world.store.writeStatus(plan, {})
    Object.assign(world.context, { memory: new Memory() })
    const before = world.executed.length
    await passes(versions, 5)
    expect(world.executed).toHaveLength(before)
    expect(planOf(world)?.conditions).toMatchObject([{ reason: 'PlanChanged' }])
  })

  it('runs nothing as long as it cannot be recorded, and goes on without the API server once it is', async () => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, ...hosts)
    await passes(versions, 1)
    approve(world, planOf(world)?.hash)
    // The hosts' keys are read through the same source: only its writes fail.
    const write = world.store.writeStatus.bind(world.store)
    world.store.writeStatus = () => Promise.resolve('conflict')
    await passes(versions, 3)
    expect(world.executed).toEqual([])
    world.store.writeStatus = write
    await passes(versions, 1)
    expect(restarted(world)).toEqual(['m1 v2'])
    world.store.writeStatus = () => Promise.resolve('conflict')
    await passes(versions, 4)
    expect(restarted(world)).toEqual(['m1 v2', 'm2 v2', 'm3 v2'])
  })

  it('is void when the plan is deleted, and the new plan asks anew', async () => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, ...hosts)
    await passes(versions, 1)
    approve(world, planOf(world)?.hash)
    await passes(versions, 1)
    world.store.delete('ClusterPlan', planKey.name)
    await passes(versions, 4)
    expect(restarted(world)).toEqual(['m1 v2'])
    expect(planOf(world)).toMatchObject({ stepCount: 4, conditions: [{ reason: 'PlanAwaitsApproval' }] })
  })
})

describe('an approval that must not count', () => {
  it('is one of a plan that was deleted, named anew in another of the same name', async () => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, ...hosts)
    await passes(versions, 1)
    const named = planOf(world)?.hash
    approve(world, named)
    await passes(versions, 1)
    world.store.delete('ClusterPlan', planKey.name)
    world.store.apply('ClusterPlan', planKey.name, {
      clusterRef: { kind: 'HerdCluster', name: 'herd' },
      approve: named,
    })
    await passes(versions, 4)
    expect(restarted(world)).toEqual(['m1 v2'])
    expect(planOf(world)?.conditions).toMatchObject([{ reason: 'PlanChanged' }])
  })

  it('is one of more steps than its record can hold, and the condition says so', async () => {
    const versions = await herd('ApproveAll')
    const { world } = versions
    const steps = Array.from({ length: 10_001 }, (_, index) =>
      makeStep('m1', 'herd-m1', { verb: 'RemoveFile', path: `/etc/x${index}` }, 'it is not wanted'),
    )
    const wave = { disruptive: false, steps }
    const plan = makePlan([wave])
    world.engine.extra = () => (plan === undefined ? {} : { plan, run: wave })
    await passes(versions, 1)
    expect(planOf(world)).toMatchObject({ stepCount: 10_001, stepsNotShown: 9901 })
    approve(world, planOf(world)?.hash)
    await passes(versions, 2)
    expect(world.executed).toEqual([])
    const said = world.status('herd').conditions?.find(({ type }) => type === 'UpToDate')?.message
    expect(said).toContain('are more than one approval can cover')
    expect(planOf(world)).toMatchObject({ stepCount: 10_001, conditions: [{ status: 'False' }] })
  })
})

describe('the plan of a cluster', () => {
  it('goes with the policy that made it, and nothing waits any more', async () => {
    const versions = await herd('ApproveDisruptive')
    change(versions, 2, 'm1')
    await passes(versions, 2)
    versions.world.store.apply('HerdCluster', 'herd', { hosts, planPolicy: 'Automatic' })
    await passes(versions, 3)
    expect(planOf(versions.world)).toBeUndefined()
    expect(restarted(versions.world)).toEqual(['m1 v2'])
  })

  it('goes with the cluster, whose deletion is not asked about again', async () => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, 'm1')
    await passes(versions, 2)
    world.store.apply('HerdCluster', 'herd', { hosts, planPolicy: 'ApproveAll', deletionPolicy: 'Stop' })
    world.store.delete('HerdCluster', 'herd')
    await passes(versions, 4)
    expect(planOf(world)).toBeUndefined()
    expect(world.executed.map(({ action }) => action.verb)).toEqual(['StopUnit', 'StopUnit', 'StopUnit'])
    expect(world.store.get({ kind: 'HerdCluster', namespace: 'a', name: 'herd' })).toBeUndefined()
  })

  it('wakes its cluster when it is approved or deleted, and one that is of no cluster wakes nobody', async () => {
    const versions = await herd('ApproveDisruptive')
    const { world } = versions
    change(versions, 2, 'm1')
    await passes(versions, 2)
    const woken: string[] = []
    wakeOnChange(world.context, (key) => woken.push(keyText(key)))
    woken.length = 0
    world.store.apply('ClusterPlan', 'stranger', { clusterRef: { kind: 'HerdCluster', name: 'herd' } })
    approve(world, 'ab'.repeat(32))
    world.store.delete('ClusterPlan', planKey.name)
    expect(woken).toEqual(['HerdCluster/a/herd', 'HerdCluster/a/herd'])
  })
})

describe('the differences in a plan', () => {
  function watched({ world }: Versions): Question[] {
    const asked: Question[] = []
    const { looker } = world.context.ports
    const look = looker.look.bind(looker)
    Object.assign(looker, {
      look: async (...[target, questions, signal]: Parameters<typeof look>) => {
        asked.push(...questions.filter((question) => question.ask === 'file'))
        const facts = await look(target, questions, signal)
        if (facts.state !== 'known') return facts
        const contents = questions.flatMap((question) => {
          if (question.ask !== 'file') return []
          const content = 'host=old\nversion=1\n'
          const file = {
            kind: 'file',
            sha256: '',
            mode: '640',
            owner: 'root',
            group: 'herd',
            size: 1,
            modifiedAt: 0,
            content,
          }
          return [[questionKey(question), known(file)] as const]
        })
        return known({ ...facts.value, answers: { ...facts.value.answers, ...Object.fromEntries(contents) } })
      },
    })
    return asked
  }

  it('are made of what stands on the hosts, asked once for a plan and never when nothing waits', async () => {
    const versions = await herd('ApproveDisruptive')
    const asked = watched(versions)
    await passes(versions, 3)
    expect(asked).toEqual([])
    change(versions, 2, 'm1', 'm2')
    await passes(versions, 6)
    expect(asked).toHaveLength(2)
    expect(planOf(versions.world)?.files).toEqual([
      {
        host: 'm1',
        path: fileOf('m1', 2).path,
        change: '@@ -1,2 +1,2 @@\n-host=old\n-version=1\n+host=m1\n+version=2',
      },
      {
        host: 'm2',
        path: fileOf('m2', 2).path,
        change: '@@ -1,2 +1,2 @@\n-host=old\n-version=1\n+host=m2\n+version=2',
      },
    ])
  })

  it('never show or ask for the content of a secret file', async () => {
    const versions = await herd('ApproveDisruptive')
    versions.secret = true
    const asked = watched(versions)
    change(versions, 2, 'm1')
    await passes(versions, 2)
    expect(asked).toEqual([])
    const { files } = planOf(versions.world) ?? {}
    expect(files).toEqual([{ host: 'm1', path: fileOf('m1', 2, true).path, change: 'content not shown: it is secret' }])
    expect(JSON.stringify(versions.world.store.get(planKey))).not.toContain('version=2')
  })
})

type Turn = 'pass' | 'read' | 'approve' | 'change' | 'restart'

it('across 50 and more changes raced against approval only that runs which stood on the page whose hash was named', async () => {
  const turn = fc.oneof(
    { weight: 5, arbitrary: fc.constant<Turn>('pass') },
    { weight: 3, arbitrary: fc.constant<Turn>('read') },
    { weight: 3, arbitrary: fc.constant<Turn>('approve') },
    { weight: 3, arbitrary: fc.constant<Turn>('change') },
    { weight: 1, arbitrary: fc.constant<Turn>('restart') },
  )
  let ran = 0
  let changes = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(turn, fc.nat({ max: 2 })), { minLength: 60, maxLength: 120 }), async (turns) => {
      const versions = await herd('ApproveDisruptive')
      const { world } = versions
      /** By hash: what stood on the page, as the changes themselves say. */
      const pages = new Map<string, readonly string[]>()
      let read: string | undefined
      let version = 1
      for (const [does, pick] of turns) {
        if (does === 'change') {
          changes++
          change(versions, ++version, hosts[pick] ?? 'm1')
        } else if (does === 'restart') Object.assign(world.context, { memory: new Memory() })
        else if (does === 'read') read = planOf(world)?.hash ?? read
        else if (does === 'approve') approve(world, read)
        else {
          const done = restarted(world)
          const runs = new Map(done.map((text) => [text.split(' ')[0], text]))
          const page = hosts
            .map((host) => `${host} v${versions.wanted[host]}`)
            .filter((text) => runs.get(text.split(' ')[0]) !== text && !text.endsWith(' v1'))
          const { approve: named = '' } = (world.store.get(planKey)?.spec ?? {}) as { readonly approve?: string }
          await passes(versions, 1)
          for (const text of restarted(world).slice(done.length)) {
            ran++
            expect(pages.get(named)).toContain(text)
          }
          const { hash } = planOf(world) ?? {}
          if (hash !== undefined) pages.set(hash, page)
        }
      }
    }),
    { numRuns: 20 },
  )
  expect(changes).toBeGreaterThan(50)
  expect(ran).toBeGreaterThan(20)
})
