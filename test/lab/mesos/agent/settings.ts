import { lookupService } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import type { Flags } from '../common/flags.ts'
import { exitWith, info } from '../common/log.ts'
import type { Credential, SlaveInfo } from '../shapes.ts'
import { formatAttributes, parseAttributes } from './attributes.ts'
import { parseVariables } from './environment.ts'
import { agentResources } from './machine-resources.ts'

/** What the agent says of itself, without an id; every part is logged, and a bad one is the end (c-failures/49). */
export async function describeAgent(flags: Flags, ip: string, port: number): Promise<SlaveInfo> {
  const resources = resourcesOf(flags)
  info('slave.cpp:631', `Agent resources: ${JSON.stringify(resources)}`)
  const attributes = parseAttributes(flags.text('attributes') ?? '')
  info('slave.cpp:639', `Agent attributes: [ ${formatAttributes(attributes)} ]`)
  const hostname = flags.text('hostname') ?? (flags.boolean('hostname_lookup') ? await nameOf(ip) : ip)
  info('slave.cpp:648', `Agent hostname: ${hostname}`)
  const domain = flags.text('domain')
  return {
    hostname,
    port,
    resources,
    ...(attributes.length === 0 ? {} : { attributes }),
    checkpoint: true,
    ...(domain === undefined ? {} : { domain: JSON.parse(domain) as NonNullable<SlaveInfo['domain']> }),
  }
}

/** `--credential`: JSON, or one line of `principal secret`. */
export function credentialOf(flags: Flags): Credential | undefined {
  const path = flags.text('credential')
  if (path === undefined) return undefined
  try {
    const text = readFileSync(path, 'utf8').trim()
    if (text.startsWith('{')) return JSON.parse(text) as Credential
    const [principal, secret] = text.split(/\s+/)
    if (principal !== undefined && secret !== undefined) return { principal, secret }
  } catch {
    // Said below, without a word of what the file holds.
  }
  return exitWith('slave.cpp:356', `Failed to load credential from '${path}'`)
}

export function executorVariables(flags: Flags): Readonly<Record<string, string>> | undefined {
  try {
    return parseVariables(flags.text('executor_environment_variables'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return exitWith('main.cpp:466', `Failed to parse flag 'executor_environment_variables': ${reason}`)
  }
}

function resourcesOf(flags: Flags): SlaveInfo['resources'] {
  try {
    return agentResources(
      flags.text('resources') ?? '',
      flags.text('work_dir') ?? '',
      flags.text('default_role') ?? '*',
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return exitWith('slave.cpp:493', `Failed to determine agent resources: ${reason}`)
  }
}

/** An address without a name is its own name. */
async function nameOf(ip: string): Promise<string> {
  try {
    return (await lookupService(ip, 0)).hostname
  } catch {
    return ip
  }
}
