import type { Canary } from '../model/canary.ts'
import type { CanaryRunner } from '../model/engine.ts'
import { type FilePlace, writeAndReadFile } from './canary-file.ts'
import { writeAndReadZnode } from './canary-znode.ts'
import type { Fleet } from './types.ts'
import { messageOf } from './waiting.ts'

export interface CanarySettings {
  /** For connecting, and for each call, ms. */
  readonly callMs: number
}

/**
 * The proof that a cluster works: one small value is written to one fixed path through a member, and read back. It goes
 * through the member's SSH connection, so it works behind bastions and firewalls. `now`: ms since the epoch; it is the value,
 * so that what is read back cannot be an older write. Never rejects.
 */
export function createCanaryRunner(
  fleet: Pick<Fleet, 'tunnel'>,
  now: () => number,
  settings: CanarySettings = { callMs: 4000 },
): CanaryRunner {
  return {
    async run(canary, target, address, signal, others) {
      const began = now()
      const place = `${target.name}: ${address}:${canary.port}`
      // Ends the tunnels whatever happens.
      const ended = new AbortController()
      const either = AbortSignal.any([signal, ended.signal])
      const value = `ironherd ${began}`
      try {
        await prove(fleet, canary, { target, address, others }, value, settings.callMs, either)
        const detail = `${place}: ${canary.path} was written and read back`
        return { ok: true, detail, durationMs: now() - began }
      } catch (error) {
        const why = messageOf(error)
        const detail = why.startsWith(`${target.name}: `) ? why : `${place}: ${why}`
        return { ok: false, detail, durationMs: now() - began }
      } finally {
        ended.abort()
      }
    },
  }
}

async function prove(
  fleet: Pick<Fleet, 'tunnel'>,
  canary: Canary,
  place: FilePlace,
  value: string,
  callMs: number,
  signal: AbortSignal,
): Promise<void> {
  switch (canary.kind) {
    case 'Zookeeper': {
      const { port } = await fleet.tunnel(place.target, place.address, canary.port, signal)
      return writeAndReadZnode({ port, path: canary.path, value, callMs }, signal)
    }
    case 'Hdfs':
      return writeAndReadFile(fleet, { ...place, canary, value, callMs }, signal)
  }
}
