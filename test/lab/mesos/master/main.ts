import { randomUUID } from 'node:crypto'
import { lookupService } from 'node:dns/promises'
import { addressesOf } from '../common/address.ts'
import type { MasterInfo } from '../common/detector.ts'
import { type Flags, loadFlags } from '../common/flags.ts'
import { dieLoudly, info, warning } from '../common/log.ts'
import { Metrics } from '../common/metrics.ts'
import { Libprocess } from '../common/process.ts'
import { logBuild, version } from '../common/version.ts'
import type { Registrar } from '../log/registrar.ts'
import { Allocator } from './allocator.ts'
import { agentAdmission, authenticateHttp, loadCredentials, realms } from './authentication.ts'
import { type Authorizer, authorizerOf } from './authorization.ts'
import { emptyCluster, now } from './cluster.ts'
import type { Master } from './context.ts'
import { Counters } from './counters.ts'
import { leadAlone, takePart } from './election.ts'
import { serve } from './endpoints.ts'
import { type Limiter, removalLimiter } from './limiter.ts'
import { receiveMessages } from './messages-in.ts'
import { counterNames } from './metric-names.ts'
import { addGauges } from './metrics.ts'
import { Pings } from './pings.ts'
import { markUnreachable } from './removal.ts'
import { checkRegistry, checkReregisterTimeout, registrarOf, zkOf } from './startup.ts'

/** Runs until it is killed, or ends itself. The order of the checks is that of c-failures/10, 48 and 56. */
export async function main(argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const flags = loadFlags('mesos-master', argv, environment)
  const may = authorizerOf(flags)
  dieLoudly()
  logBuild(['main.cpp:243', 'main.cpp:244', 'main.cpp:251'])
  const { ip, port, advertised } = await addressesOf(flags, environment)
  const process = await Libprocess.listen(ip, port, advertised)
  const metrics = new Metrics(process, realms.readonly)
  info('main.cpp:345', `Using '${flags.text('allocator') ?? ''}' allocator`)
  const zk = zkOf(flags, checkRegistry(flags))
  const registrar = registrarOf(flags, process, metrics, zk)
  await registrar.start()
  const limiter = removalLimiter(flags.text('agent_removal_rate_limit'))
  const master = await assemble(flags, environment, { process, metrics, registrar, limiter, may })
  if (zk === undefined) leadAlone(master)
  else takePart(master, zk)
}

interface Parts {
  readonly process: Libprocess
  readonly metrics: Metrics
  readonly registrar: Registrar
  readonly limiter: Limiter
  readonly may: Authorizer
}

async function assemble(flags: Flags, environment: NodeJS.ProcessEnv, parts: Parts): Promise<Master> {
  const { process, metrics, limiter } = parts
  const own = await describeSelf(flags, process)
  info('master.cpp:448', `Master ${own.id} (${own.hostname}) started on ${process.ip}:${process.port}`)
  const stated = Object.entries(flags.all()).map(([name, value]) => `--${name}="${value}"`)
  info('master.cpp:451', `Flags at startup: ${stated.join(' ')}`)
  checkReregisterTimeout(flags, environment)
  const credentials = loadCredentials(flags)
  logAdmission(flags, credentials !== undefined)
  authenticateHttp(process, flags, credentials)
  const counters = new Counters(metrics, counterNames)
  const timeoutMs = flags.duration('agent_ping_timeout') ?? 0
  const maxTimeouts = flags.integer('max_agent_ping_timeouts') ?? 0
  const minimum = flags.text('min_allocatable_resources') ?? ''
  const master: Master = {
    ...parts,
    flags,
    counters,
    info: own,
    startTime: now(),
    cluster: emptyCluster(),
    leadership: { leader: undefined, electedTime: undefined, recovered: false },
    allocator: new Allocator(metrics, () => master, flags.duration('allocation_interval') ?? 1000, minimum),
    admits: agentAdmission(flags, credentials),
    pings: new Pings(process, counters, { timeoutMs, maxTimeouts, limiter }, (id) => {
      void markUnreachable(master, id, 'health check timed out')
    }),
    numbers: { agent: 0, framework: 0, offer: 0 },
    busy: new Set(),
    links: new Map(),
    failovers: new Map(),
  }
  addGauges(master)
  receiveMessages(master)
  serve(master)
  master.allocator.start()
  return master
}

function logAdmission(flags: Flags, credentials: boolean): void {
  const frameworks = flags.boolean('authenticate_frameworks')
  const agents = flags.boolean('authenticate_agents')
  const http = flags.boolean('authenticate_http_frameworks')
  info(
    'master.cpp:502',
    `Master ${frameworks ? 'only allowing authenticated' : 'allowing unauthenticated'} frameworks to register`,
  )
  info(
    'master.cpp:508',
    `Master ${agents ? 'only allowing authenticated' : 'allowing unauthenticated'} agents to register`,
  )
  info(
    'master.cpp:515',
    http
      ? 'Master only allowing authenticated HTTP frameworks to register'
      : 'Master allowing HTTP frameworks to register without authentication',
  )
  info('master.cpp:556', `Using default '${flags.text('authenticators') ?? ''}' authenticator`)
  if (!credentials) warning('authenticator.cpp:513', 'No credentials provided, authentication requests will be refused')
  info('authenticator.cpp:520', 'Initializing server SASL')
}

/** As in the `json.info_…` znode (b-zookeeper/00-three-masters-before-failover.txt). */
async function describeSelf(flags: Flags, { ip, port }: Libprocess): Promise<MasterInfo> {
  const hostname = flags.text('hostname') ?? (await hostNameOf(flags, ip))
  return {
    address: { hostname, ip, port },
    capabilities: [{ type: 'AGENT_UPDATE' }, { type: 'AGENT_DRAINING' }, { type: 'QUOTA_V2' }],
    hostname,
    id: randomUUID(),
    // The first byte is the lowest.
    ip: ip.split('.').reduceRight((number, byte) => number * 256 + Number(byte), 0),
    pid: `master@${ip}:${port}`,
    port,
    version,
  }
}

/** The name that the address has, if names are looked up. */
async function hostNameOf(flags: Flags, ip: string): Promise<string> {
  if (!flags.boolean('hostname_lookup')) return ip
  const name = await lookupService(ip, 0).catch(() => undefined)
  return name?.hostname ?? ip
}
