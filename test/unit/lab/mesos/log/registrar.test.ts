import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ProgramOptions } from './registrar-program.ts'
import { scratchFolder } from './scratch.ts'

const ip = '127.0.81.2'
const program = fileURLToPath(new URL('./registrar-program.ts', import.meta.url))
const tool = fileURLToPath(new URL('../../../../lab/mesos/log-tool.ts', import.meta.url))

interface Run {
  readonly log: () => string
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>
  get(path: string): Promise<unknown>
  kill(): Promise<void>
}

let workDir: string
let children: ChildProcess[] = []

beforeEach(() => {
  workDir = scratchFolder()
})

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  rmSync(workDir, { recursive: true })
})

async function started(given: Partial<ProgramOptions> = {}, before = ''): Promise<Run> {
  const options: ProgramOptions = { ip, port: 0, workDir, quorum: 1, ...given }
  const line = `${before} exec "$0" "$1" "$2"`
  const script = ['-m', 'sh', '-c', line, process.execPath, program, JSON.stringify(options)]
  const child = before === '' ? spawn(process.execPath, script.slice(-2)) : spawn('unshare', script)
  children.push(child)
  let log = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString('utf8')
  })
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const port = child.stdout === null ? undefined : await Promise.race([once(child.stdout, 'data'), ended])
  const get = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://${ip}:${String(port?.[0]).trim()}${path}`)
    return answer.ok ? answer.json() : answer.text()
  }
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  return { log: () => log, ended, get, kill }
}

describe('a registrar with a log of its own', () => {
  test('keeps what it was told over a kill, and shows it in order', async () => {
    const first = await started()
    expect(await first.get('/registrar(1)/registry')).toEqual({})
    await first.get('/recover')
    await Promise.all(['a', 'b', 'c'].map((role) => first.get(`/weigh?role=${role}`)))
    await first.kill()
    const second = await started()
    await second.get('/recover')
    const registry = await second.get('/registrar(1)/registry')
    expect(registry).toMatchObject({ weights: ['a', 'b', 'c'].map((role) => ({ info: { role, weight: 2 } })) })
    expect(Object.keys(registry ?? {})).toEqual(['master', 'weights'])
    expect(readdirSync(workDir)).toEqual(['replicated_log'])
    await expect
      .poll(() => second.log(), { timeout: 20_000 })
      .toMatch(/registrar\.cpp:383] Successfully fetched the registry \(\d+B\) in /)
    await expect
      .poll(() => second.log(), { timeout: 20_000 })
      .toContain('registrar.cpp:416] Successfully recovered registrar\n')
  })

  test('has the metrics of a leader when it leads, and before that those of a follower', async () => {
    const run = await started()
    const names = ['registrar/log/ensemble_size', 'registrar/log/recovered', 'registrar/queued_operations']
    expect(Object.keys(registrarMetrics(await run.get('/metrics/snapshot')))).toEqual(names)
    await run.get('/recover')
    await run.get('/weigh?role=a')
    const metrics = registrarMetrics(await run.get('/metrics/snapshot'))
    expect(metrics).toMatchObject({ 'registrar/log/ensemble_size': 1, 'registrar/log/recovered': 1 })
    expect(metrics).toMatchObject({ 'registrar/state_store_ms/count': 2 })
    const more = ['registrar/registry_size_bytes', 'registrar/state_fetch_ms', 'registrar/state_store_ms']
    expect(Object.keys(metrics)).toEqual(expect.arrayContaining([...names, ...more]))
  })

  test('goes on after a change that throws', async () => {
    const run = await started()
    await run.get('/recover')
    const ends = await Promise.all(['a', 'bad', 'b'].map((role) => run.get(`/weigh?role=${role}`)))
    expect(ends[1]).toBe('Error: A bad role')
    expect(ends[2]).toMatchObject({ weights: [{ info: { role: 'a' } }, { info: { role: 'b' } }] })
  })

  test('has nothing to change before it has recovered', async () => {
    const run = await started()
    expect(await run.get('/weigh?role=a')).toBe('Error: This master has no registry')
  })

  test('is empty once its master was told that it does not lead', async () => {
    const run = await started()
    await run.get('/recover')
    await run.get('/demote')
    expect(await run.get('/registrar(1)/registry')).toEqual({})
    expect(await run.get('/weigh?role=a')).toBe('Error: This master has no registry')
  })
})

describe('the end of the process', () => {
  test('comes after the fetch timeout without a quorum, by SIGABRT', async () => {
    const run = await started({ quorum: 2, fetchTimeoutMs: 1000 })
    await expect(run.get('/recover')).rejects.toThrow()
    expect(await run.ended).toEqual([null, 'SIGABRT'])
    const words = 'Recovery failed: Failed to recover registrar: Failed to perform fetch within 1secs'
    await expect.poll(() => run.log(), { timeout: 20_000 }).toMatch(new RegExp(`\nF.* master\\.cpp:1659] ${words}\n`))
  })

  test('comes at once after the loss of the manifest, with 1', async () => {
    const first = await started()
    await first.get('/recover')
    await first.kill()
    const folder = join(workDir, 'replicated_log')
    const [manifest = ''] = readdirSync(folder).filter((name) => name.startsWith('MANIFEST'))
    rmSync(join(folder, manifest))
    const second = await started()
    expect(await second.ended).toEqual([1, null])
    const words = 'EXIT with status 1: Failed to recover the log: Corruption: CURRENT points to a non-existent file: '
    await expect
      .poll(() => second.log(), { timeout: 20_000 })
      .toContain(`replica.cpp:774] ${words}NotFound: ${join(folder, manifest)}: No such file`)
  })

  test('comes where another master uses the same folder, with 1', async () => {
    await started()
    const second = await started()
    expect(await second.ended).toEqual([1, null])
    const words = `Failed to recover the log: IO error: lock ${workDir}/replicated_log/LOCK: `
    await expect.poll(() => second.log(), { timeout: 20_000 }).toContain(`${words}Resource temporarily unavailable\n`)
  })

  const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0

  test.skipIf(!mayMount)('comes after the store timeout where the disk is full and nobody else votes', async () => {
    const filler = `(until [ -e ${workDir}.fill ]; do sleep 0.1; done; cat /dev/zero > ${workDir}/x; : > ${workDir}.full)`
    const run = await started({ storeTimeoutMs: 1000 }, `mount -t tmpfs -o size=128k tmpfs ${workDir}; ${filler} &`)
    await run.get('/recover')
    writeFileSync(`${workDir}.fill`, '')
    while (!existsSync(`${workDir}.full`)) await setTimeout(50)
    rmSync(`${workDir}.fill`)
    rmSync(`${workDir}.full`)
    await expect(run.get('/weigh?role=a')).rejects.toThrow()
    expect(await run.ended).toEqual([null, 'SIGABRT'])
    const words = 'Failed to update registry: Failed to perform store within 1secs'
    await expect
      .poll(() => run.log(), { timeout: 20_000 })
      .toMatch(/\nE.* replica\.cpp:708] Error writing to log: IO error: .* No space left on device\n/)
    await expect
      .poll(() => run.log(), { timeout: 20_000 })
      .toMatch(new RegExp(`\nE.* registrar\\.cpp:567] Registrar aborting: ${words}\n`))
    await expect
      .poll(() => run.log(), { timeout: 20_000 })
      .toMatch(new RegExp(`\nF.* master\\.cpp:10843] Failed to weigh a: ${words}\n`))
  })
})

test('a registry in memory leaves nothing on disk, and has no log', async () => {
  const run = await started({ inMemory: true })
  await run.get('/recover')
  expect(await run.get('/weigh?role=a')).toMatchObject({ weights: [{ info: { role: 'a' } }] })
  expect(existsSync(join(workDir, 'replicated_log'))).toBe(false)
  expect(Object.keys(registrarMetrics(await run.get('/metrics/snapshot')))).not.toContain('registrar/log/recovered')
})

describe('mesos-log', () => {
  function initialize(): { status: number | null; stderr: string } {
    return spawnSync(process.execPath, [tool, 'initialize', `--path=${workDir}/replicated_log`], { encoding: 'utf8' })
  }

  test('makes an empty replica vote, once', async () => {
    const { status, stderr } = initialize()
    expect(status).toBe(0)
    expect(stderr).toMatch(
      /replica\.cpp:795] Replica recovered with log positions 0 -> 0 with 1 holes and 0 unlearned\n/,
    )
    expect(stderr).toMatch(/replica\.cpp:322] Persisted replica status to VOTING\n/)
    expect(initialize().status).toBe(1)
    const run = await started({ quorum: 2 })
    expect(await run.get('/metrics/snapshot')).toMatchObject({ 'registrar/log/recovered': 1 })
  })

  test('knows no other command', () => {
    expect(spawnSync(process.execPath, [tool, 'read']).status).toBe(1)
  })
})

function registrarMetrics(snapshot: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(snapshot ?? {}).filter(([name]) => name.startsWith('registrar/')))
}
