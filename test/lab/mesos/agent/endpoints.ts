import { readFileSync } from 'node:fs'
import type { Flags } from '../common/flags.ts'
import { methodNotAllowed, ok, type Reply, type Request } from '../common/http.ts'
import { exitWith } from '../common/log.ts'
import type { Libprocess } from '../common/process.ts'
import { versionInfo } from '../common/version.ts'
import { answerCall } from './api.ts'
import type { Executor } from './model.ts'
import { stateView } from './state-view.ts'
import { statisticsOf } from './usage.ts'
import type { AgentView } from './view.ts'

export const readonlyRealm = 'mesos-agent-readonly'
const readwriteRealm = 'mesos-agent-readwrite'

/** The endpoints of an agent (a-http/agent-*). */
export function serveEndpoints(process: Libprocess, agent: AgentView): void {
  const get = (path: string, answer: () => unknown, realm?: string): void =>
    process.route([`/${path}`, `/slave(1)/${path}`], (request) => onGet(request, answer), realm)
  process.route(['/health', '/slave(1)/health'], (request) =>
    request.method === 'GET' || request.method === 'HEAD' ? ok() : methodNotAllowed(['GET', 'HEAD'], request.method),
  )
  get('state', () => stateView(agent), readonlyRealm)
  get('state.json', () => stateView(agent), readonlyRealm)
  get('flags', () => ({ flags: agent.flags }), readonlyRealm)
  get('containers', () => containers(agent), readonlyRealm)
  get('monitor/statistics', () => statistics(agent), readonlyRealm)
  get('monitor/statistics.json', () => statistics(agent), readonlyRealm)
  process.route('/version', (request) => onGet(request, versionInfo))
  process.route(['/api/v1', '/slave(1)/api/v1'], (request) => answerCall(agent, request), readwriteRealm)
}

/** `--authenticate_http_readonly`, `--authenticate_http_readwrite` and `--http_credentials`. */
export function authenticateEndpoints(process: Libprocess, flags: Flags): void {
  const realms = [
    ...(flags.boolean('authenticate_http_readonly') ? [readonlyRealm] : []),
    ...(flags.boolean('authenticate_http_readwrite') ? [readwriteRealm] : []),
  ]
  if (realms.length === 0) return
  const path = flags.text('http_credentials')
  if (path === undefined) {
    exitWith(
      'slave.cpp:383',
      "No credentials provided for the default 'basic' HTTP authenticator for realm 'mesos-agent-readonly'",
    )
  }
  const known = readCredentials(path)
  for (const realm of realms) {
    process.authenticate(realm, (user, secret) => known.some((one) => one.principal === user && one.secret === secret))
  }
}

interface Known {
  readonly principal: string
  readonly secret: string
}

/** `{"credentials":[{"principal":…,"secret":…}]}`, one bare credential, or lines of `principal secret`. */
export function readCredentials(path: string): readonly Known[] {
  const text = readFileSync(path, 'utf8')
  if (!text.trim().startsWith('{')) {
    return text
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .flatMap(([principal, secret]) => (principal && secret ? [{ principal, secret }] : []))
  }
  const data = JSON.parse(text) as Known | { readonly credentials: readonly Known[] }
  return 'credentials' in data ? data.credentials : [data]
}

function onGet(request: Request, answer: () => unknown): Reply {
  if (request.method !== 'GET') return methodNotAllowed(['GET'], request.method)
  return { status: 200, json: answer() }
}

function containers(agent: AgentView): readonly unknown[] {
  return living(agent).map((executor) => ({
    container_id: executor.path.containerId,
    executor_id: executor.path.executorId,
    executor_name: executor.info.name ?? '',
    framework_id: executor.path.frameworkId,
    source: executor.info.source ?? '',
    statistics: statisticsOf(executor),
    status: { container_id: { value: executor.path.containerId }, executor_pid: executor.forkedPid },
  }))
}

function statistics(agent: AgentView): readonly unknown[] {
  return living(agent).map((executor) => ({
    executor_id: executor.path.executorId,
    executor_name: executor.info.name ?? '',
    framework_id: executor.path.frameworkId,
    source: executor.info.source ?? '',
    statistics: statisticsOf(executor),
  }))
}

function living(agent: AgentView): readonly Executor[] {
  return agent.frameworks
    .executors()
    .filter(({ state, forkedPid }) => state !== 'TERMINATED' && forkedPid !== undefined)
}
