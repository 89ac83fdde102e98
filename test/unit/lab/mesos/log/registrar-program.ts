import { parseZkUrl } from '../../../../lab/mesos/common/group.ts'
import { Metrics } from '../../../../lab/mesos/common/metrics.ts'
import { Libprocess, type Reply } from '../../../../lab/mesos/common/process.ts'
import { Registrar } from '../../../../lab/mesos/log/registrar.ts'

/** What `registrar-program.ts` takes as its only argument, as JSON. */
export interface ProgramOptions {
  readonly ip: string
  readonly port: number
  readonly workDir: string
  readonly quorum: number
  readonly zk?: string
  readonly autoInitialize?: boolean
  readonly inMemory?: boolean
  readonly fetchTimeoutMs?: number
  readonly storeTimeoutMs?: number
}

/** As much of a master as its registrar needs; it leads, and writes, when it is told to by HTTP. */
async function run({ zk, ip, port, workDir, quorum, ...given }: ProgramOptions): Promise<void> {
  const libprocess = await Libprocess.listen(ip, port)
  const metrics = new Metrics(libprocess)
  const registrar = new Registrar({
    libprocess,
    metrics,
    workDir,
    quorum,
    ...(zk === undefined ? {} : { zk: parseZkUrl(zk) }),
    autoInitialize: given.autoInitialize ?? true,
    inMemory: given.inMemory ?? false,
    fetchTimeoutMs: given.fetchTimeoutMs ?? 60_000,
    storeTimeoutMs: given.storeTimeoutMs ?? 20_000,
    sessionTimeoutMs: 10_000,
  })
  await registrar.start()
  const told = async (act: () => Promise<unknown>): Promise<Reply> => {
    try {
      return { status: 200, json: await act() }
    } catch (error) {
      return { status: 409, text: String(error) }
    }
  }
  libprocess.route('/recover', () => told(() => registrar.recover(master(ip, libprocess.port))))
  libprocess.route('/weigh', ({ query }) => {
    const role = query.get('role') ?? ''
    const weigh = () =>
      registrar.apply((registry) => {
        if (role === 'bad') throw new Error('A bad role')
        return { ...registry, weights: [...(registry.weights ?? []), { info: { role, weight: 2 } }] }
      }, `Failed to weigh ${role}`)
    return told(weigh)
  })
  libprocess.route('/demote', () => {
    registrar.demote()
    return { status: 200, json: {} }
  })
  process.stdout.write(`${libprocess.port}\n`)
}

function master(ip: string, port: number) {
  const address = { hostname: ip, ip, port }
  const capabilities = [{ type: 'AGENT_UPDATE' }]
  return { id: 'id', ip: 1, port, pid: `master@${ip}:${port}`, hostname: ip, version: '1.12.0', address, capabilities }
}

await run(JSON.parse(process.argv[2] ?? '{}') as ProgramOptions)
