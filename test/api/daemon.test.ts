// `ironherd run` as a process of its own: how it starts, what it answers, how it ends.
import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkMetrics } from '../lab/index.ts'
import { type Operator, startOperator } from '../world/operator.ts'
import { eventually, type Plane, startPlane } from './plane.ts'

const main = join(import.meta.dirname, '../../src/main.ts')

let plane: Plane
let operators: Operator[] = []

beforeAll(async () => {
  plane = await startPlane()
  await plane.applyRights()
})

afterAll(async () => {
  await plane.down()
})

afterEach(async () => {
  await Promise.all(operators.map((operator) => operator.kill()))
  operators = []
})

interface Ended {
  readonly code: number | string | null | undefined
  readonly stdout: string
  readonly stderr: string
}

/** To its end. */
function ironherd(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: plane.lab.dir }
    execFile(process.execPath, [main, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr })
    })
  })
}

const daemon = (...args: readonly string[]): Promise<Ended> =>
  ironherd(
    'run',
    ...['--kubeconfig', plane.lab.kube.tokenKubeconfig('ironherd'), '--metrics-address', '127.0.0.1:0'],
    ...['--cache-dir', join(plane.lab.dir, 'cache'), ...args],
  )

async function start(name: string): Promise<Operator> {
  const operator = await startOperator(plane.lab, { name })
  operators.push(operator)
  return operator
}

async function ask(operator: Operator, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(operator.metricsUrl.replace('/metrics', path), { signal: AbortSignal.timeout(5000) })
  return { status: response.status, text: await response.text() }
}

/** Undefined while it does not listen. */
const tryAsk = (operator: Operator, path: string) => ask(operator, path).catch(() => undefined)

function isReady(operator: Operator): Promise<true> {
  return eventually('ready', async () => ((await tryAsk(operator, '/readyz'))?.status === 200 ? true : undefined))
}

function leads(operator: Operator, value: number): Promise<true> {
  const line = `leader_election_master_status{name="ironherd"} ${String(value)}`
  return eventually(line, async () =>
    (await tryAsk(operator, '/metrics'))?.text.includes(line) === true ? true : undefined,
  )
}

async function holder(): Promise<string> {
  const { spec } = await plane.get<{ readonly spec: { readonly holderIdentity?: string } }>(
    'lease',
    'ironherd',
    'ironherd-system',
  )
  return spec.holderIdentity ?? ''
}

describe('ironherd run', () => {
  it('ends where the definitions are missing, with the command that brings them', async () => {
    const { code, stderr } = await daemon('--log-level', 'silent')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^ironherd: the API server does not know .*`kubectl apply --server-side -f crds\/`/)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    await plane.applyDefinitions()
  })

  it('answers for its health, takes the lease, gives it back at SIGTERM and ends with 0', async () => {
    const operator = await start('replica-a')
    await isReady(operator)
    await leads(operator, 1)
    expect(await ask(operator, '/healthz')).toEqual({ status: 200, text: 'ok\n' })
    expect((await ask(operator, '/nothing')).status).toBe(404)
    const { text } = await ask(operator, '/metrics')
    expect(text).toMatch(/^ironherd_build_info\{version="\d+\.\d+\.\d+",node_version="[\d.]+"\} 1$/m)
    expect(text).toMatch(/^rest_client_requests_total\{code="200",method="GET"/m)
    expect(await checkMetrics(text)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await holder()).toMatch(/^replica-a_/)
    expect(await operator.stop()).toBe(0)
    expect(await holder()).toBe('')
  })

  it('stands by while another leads, ready all the same, and leads when the other is told to stop', async () => {
    const leader = await start('replica-a')
    await leads(leader, 1)
    const other = await start('replica-b')
    await isReady(other)
    await leads(other, 0)
    expect(await leader.stop()).toBe(0)
    await leads(other, 1)
    expect(await holder()).toMatch(/^replica-b_/)
    expect(await other.stop()).toBe(0)
  })

  it('is alive but not ready while no API server answers, and says for what it waits', async () => {
    await plane.lab.kube.stop()
    const [impatient, patient] = [await start('replica-a'), await start('replica-b')]
    const waiting = await eventually('an answer', () => tryAsk(patient, '/readyz'))
    expect(waiting.status).toBe(503)
    expect(waiting.text).toMatch(/waiting for the list of Host objects, .*ZookeeperCluster/)
    expect((await ask(patient, '/healthz')).status).toBe(200)
    await eventually('an answer', () => tryAsk(impatient, '/healthz'))
    expect(await impatient.stop(), 'SIGTERM before any list came').toBe(0)
    await plane.lab.kube.start()
    await isReady(patient)
    await leads(patient, 1)
    expect(await patient.stop()).toBe(0)
  })
})

describe('a command line that cannot work', () => {
  const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['run', '--metrics-address', 'everywhere'], /--metrics-address.* 'everywhere' is invalid.* host:port/],
    [['run', '--kubeconfig', '/nowhere/config'], /^ironherd: .*\/nowhere\/config/],
  ]
  it.each(wrong)('ends with 1 and says what: %j', async (args, says) => {
    const { code, stderr } = await ironherd(...args)
    expect(code).toBe(1)
    expect(stderr).toMatch(says)
    expect(stderr, 'a stack trace is no message').not.toMatch(/^\s+at /m)
  })

  it('is a metrics address that somebody else has', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    const { code, stderr } = await daemon('--metrics-address', `127.0.0.1:${port}`, '--log-level', 'silent')
    server.close()
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`^ironherd: .*127\\.0\\.0\\.1:${port}`))
  })
})
