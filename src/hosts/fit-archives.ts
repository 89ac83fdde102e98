import { archiveFault } from './archive-shape.ts'
import type { ArtifactCache } from './artifacts.ts'
import { redacted } from './download.ts'
import { messageOf } from './waiting.ts'

/**
 * A cache that gives out only what can be unpacked. An archive may have the declared digest and still be of no use: that is
 * said before a host is touched. Each is read once in the life of the process.
 */
export function onlyFit(cache: ArtifactCache): ArtifactCache {
  /** By digest; '': nothing is wrong with it. */
  const faults = new Map<string, string>()
  return {
    async fetch(url, digest, signal) {
      const fetched = await cache.fetch(url, digest, signal)
      if (fetched.state === 'failed') return fetched
      const failed = (code: 'ArchiveUnusable' | 'ArtifactUnavailable', why: string) =>
        ({ state: 'failed', code, why: `${redacted(url)}: ${why}` }) as const
      try {
        const fault = faults.get(digest) ?? (await archiveFault(fetched.archive.file, signal)) ?? ''
        faults.set(digest, fault)
        return fault === ''
          ? fetched
          : failed('ArchiveUnusable', `${fault}: use the archive as the project publishes it, with its digest`)
      } catch (error) {
        return failed('ArtifactUnavailable', messageOf(error))
      }
    },
  }
}
