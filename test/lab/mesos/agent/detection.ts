import { lookup } from 'node:dns/promises'
import { detectLeader, type MasterInfo } from '../common/detector.ts'
import type { Flags } from '../common/flags.ts'
import { Group, parseZkUrl } from '../common/group.ts'
import { exitWith } from '../common/log.ts'

/** Follows who leads, by `--master`: `zk://…/path`, or `host:port`, which is taken for the leader for ever. */
export async function followMaster(
  flags: Flags,
  changed: (leader: MasterInfo | undefined) => void,
): Promise<{ close(): Promise<void> }> {
  const master = flags.text('master') ?? ''
  if (!master.startsWith('zk://')) {
    changed(await standalone(master))
    return { close: async () => undefined }
  }
  const group = new Group(urlOf(master), {
    prefix: 'json.info_',
    sessionTimeoutMs: flags.duration('zk_session_timeout') ?? 0,
  })
  detectLeader(group, changed, (words) => exitWith('slave.cpp:1458', `Failed to detect a master: ${words}`))
  return group
}

function urlOf(master: string): ReturnType<typeof parseZkUrl> {
  try {
    const url = parseZkUrl(master)
    if (url.path !== '/') return url
    return noDetector("Expecting a (chroot) path for ZooKeeper ('/' is not supported)")
  } catch (error) {
    return noDetector(error instanceof Error ? error.message : String(error))
  }
}

async function standalone(master: string): Promise<MasterInfo> {
  const [, name, port] = /^(?:master@)?([^@:/]+):(\d+)$/.exec(master) ?? []
  if (name === undefined || port === undefined) return noDetector(`Failed to parse '${master}'`)
  const found = await lookup(name, 4).catch(() => noDetector(`Failed to parse '${master}'`))
  const address = { hostname: name, ip: found.address, port: Number(port) }
  return {
    address,
    capabilities: [],
    hostname: name,
    id: '',
    ip: Buffer.from(found.address.split('.').map(Number)).readUInt32LE(0),
    pid: `master@${found.address}:${port}`,
    port: Number(port),
    version: '',
  }
}

function noDetector(reason: string): never {
  return exitWith('main.cpp:480', `Failed to create a master detector: ${reason}`)
}
