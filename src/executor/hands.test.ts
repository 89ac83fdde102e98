import { describe, expect, test } from 'vitest'
import type { Failure, Fleet, LocalArchive, RunResult } from '../hosts/types.ts'
import type { ExecutionContext, HostTarget } from '../model/engine.ts'
import type { Action, Step } from '../model/step.ts'
import { createHands, type FetchArchive } from './hands.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const install: Action = {
  verb: 'InstallArchive',
  software: {
    from: 'archive',
    url: 'http://x/a.tgz',
    digest,
    path: '/opt/ironherd/a-1',
    familyPrefix: '/opt/ironherd/a-',
  },
}
const start: Action = { verb: 'StartUnit', unit: 'a.service' }

let made = 0
function step(host: string, action: Action): Step {
  return { id: `${++made}`.padStart(16, '0'), host, member: `of-${host}`, action, reason: '', risk: 'none', guards: [] }
}
function target(name: string): HostTarget {
  return { key: `default/${name}`, name, address: '', port: 22, user: 'root', privateKey: '', hostKeys: [] }
}
const context: ExecutionContext = {
  object: { kind: 'K', namespace: 'n', name: 'o' },
  reconcileId: 'r',
  authority: { installation: 'i', epoch: 1 },
  targets: { m1: target('m1'), m2: target('m2') },
}
const fetched: FetchArchive = async () => ({ state: 'ready', archive: { file: '/f', digest, size: 1 } })
const ran = (code: number, stdout = '', stderr = ''): RunResult => ({ state: 'ran', code, stdout, stderr })

/** A fleet whose hosts do all they are told, but for what is given; `calls` says what was done where, in order. */
function fleetOf(more: Partial<Pick<Fleet, 'run' | 'upload'>> & { readonly unreached?: Failure } = {}): {
  readonly fleet: Fleet
  readonly calls: string[]
} {
  const calls: string[] = []
  const run: Fleet['run'] = async (_target, script) => {
    const ids = [...script.matchAll(/@step %s %s %s %s\\n' (\w+)/g)].map((match) => `@step ${match[1]} 0 1 `)
    return ran(0, `${ids.join('\n')}\n`)
  }
  const fleet: Fleet = {
    look: () => Promise.reject(new Error('not asked')),
    tunnel: () => Promise.reject(new Error('not asked')),
    reach: async () => more.unreached,
    stats: () => new Map(),
    close: () => Promise.resolve(),
    async run(on, script, options) {
      calls.push(`${on.name} ${script.includes('@step') ? 'wave' : 'custody'}`)
      return (more.run ?? run)(on, script, options)
    },
    async upload(on, archive: LocalArchive, path, options) {
      calls.push(`${on.name} upload`)
      return more.upload === undefined ? { state: 'present', sentBytes: 1 } : more.upload(on, archive, path, options)
    },
  }
  return { fleet, calls }
}
async function executed(steps: readonly Step[], fleet: Fleet, fetch = fetched) {
  const outcomes = await createHands(fleet, fetch).execute(
    { disruptive: false, steps },
    context,
    AbortSignal.timeout(5000),
  )
  return outcomes.map(({ step: { host, action }, result, code }) => [host, action.verb, result, code])
}

describe('hands', () => {
  test('ask for custody before they upload, and upload before they work', async () => {
    const { fleet, calls } = fleetOf()
    expect(await executed([step('m1', install), step('m1', start)], fleet)).toEqual([
      ['m1', 'InstallArchive', 'done', undefined],
      ['m1', 'StartUnit', 'done', undefined],
    ])
    expect(calls).toEqual(['m1 custody', 'm1 upload', 'm1 wave'])
  })

  test('upload nothing to a machine of another installation', async () => {
    const { fleet, calls } = fleetOf({ run: async () => ran(76, '', 'theirs\n') })
    expect(await executed([step('m1', install)], fleet)).toEqual([
      ['m1', 'InstallArchive', 'skipped', 'ManagedByAnother'],
    ])
    expect(calls).toEqual(['m1 custody'])
  })

  test('touch no host that needs an archive with a wrong digest, and go on with the others', async () => {
    const wrong: FetchArchive = async () => ({ state: 'failed', code: 'DigestMismatch', why: 'it has another digest' })
    const { fleet, calls } = fleetOf()
    expect(await executed([step('m1', install), step('m1', start), step('m2', start)], fleet, wrong)).toEqual([
      ['m1', 'InstallArchive', 'failed', 'DigestMismatch'],
      ['m1', 'StartUnit', 'skipped', 'DigestMismatch'],
      ['m2', 'StartUnit', 'done', undefined],
    ])
    expect(calls).toEqual(['m2 wave'])
  })

  test('fetch an archive once, however many hosts need it', async () => {
    let count = 0
    const counting: FetchArchive = (...args) => {
      count++
      return fetched(...args)
    }
    await executed([step('m1', install), step('m2', install)], fleetOf().fleet, counting)
    expect(count).toBe(1)
  })

  test('say unknown of steps that may have run, and skipped where nothing ran', async () => {
    const lost = (started: boolean): Failure & { readonly started: boolean } => ({
      state: 'failed',
      code: 'ConnectionLost',
      why: 'm1: gone',
      started,
    })
    const after = async (result: RunResult) =>
      executed([step('m1', start), step('m1', start)], fleetOf({ run: async () => result }).fleet)
    expect((await after(lost(true))).map((row) => row[2])).toEqual(['unknown', 'unknown'])
    expect((await after(lost(false))).map((row) => row[2])).toEqual(['skipped', 'skipped'])
    expect((await after(ran(143))).map((row) => [row[2], row[3]])).toEqual([
      ['unknown', 'StepTimedOut'],
      ['skipped', undefined],
    ])
    expect((await after(ran(77, '', '9'))).map((row) => [row[2], row[3]])).toEqual([
      ['skipped', 'EpochSuperseded'],
      ['skipped', 'EpochSuperseded'],
    ])
  })

  test('do not throw for a value that no script can hold, and run nothing', async () => {
    const { fleet, calls } = fleetOf()
    const broken = step('m1', { verb: 'RemoveFile', path: '/etc/a\nb' })
    expect(await executed([broken, step('m2', start)], fleet)).toEqual([
      ['m1', 'RemoveFile', 'failed', 'InvalidSpec'],
      ['m2', 'StartUnit', 'done', undefined],
    ])
    expect(calls).toEqual(['m2 wave'])
  })

  test('leave a host without a target alone', async () => {
    expect(await executed([step('m9', start)], fleetOf().fleet)).toEqual([['m9', 'StartUnit', 'skipped', 'NotLooked']])
  })
})

describe('what could shut ironherd out', () => {
  const open: Action = { verb: 'OpenPorts', chains: [{ family: 'ip', table: 't', name: 'c', before: [] }], ports: [22] }
  const kept = (code: number, stderr = ''): Pick<Fleet, 'run'> => ({
    run: async (_target, script) =>
      script.includes('@step')
        ? ran(0, `@step ${script.match(/@step %s %s %s %s\\n' (\w+)/)?.[1] ?? ''} 0 1 \n`)
        : ran(code, '', stderr),
  })

  test('is done only when a new login has come about and it was kept', async () => {
    const { calls, fleet } = fleetOf(kept(0))
    expect(await executed([step('m1', open)], fleet)).toEqual([['m1', 'OpenPorts', 'done', undefined]])
    expect(calls).toEqual(['m1 wave', 'm1 custody'])
  })

  test('is left to be taken back without a new login, or when it was taken back before', async () => {
    const unreached = { state: 'failed', code: 'Unreachable', why: 'm1: no route' } as const
    const alone = fleetOf({ ...kept(0), unreached })
    const reverted = ['m1', 'OpenPorts', 'failed', 'FirewallReverted']
    expect(await executed([step('m1', open)], alone.fleet)).toEqual([reverted])
    expect(alone.calls).toEqual(['m1 wave'])
    expect(await executed([step('m1', open)], fleetOf(kept(1, 'taken back')).fleet)).toEqual([reverted])
    expect(await executed([step('m1', open)], fleetOf(kept(77, '9')).fleet)).toEqual([reverted])
  })
})
