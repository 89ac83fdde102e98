import { randomUUID } from 'node:crypto'
import type { Authority, EpochSource } from '../../model/engine.ts'
import { SourceError } from '../store.ts'
import type { ApiClient } from './client.ts'
import { ApiError } from './client.ts'

export const authorityName = 'ironherd-authority'

/**
 * The epoch as a number in a ConfigMap of its own, raised by compare-and-swap, and never below the seconds of the wall
 * clock: so neither deleting the Lease nor deleting this ConfigMap takes it back. Deleting the ConfigMap does make a new
 * installation, which the machines of the old one refuse (ManagedByAnother).
 */
export function kubernetesEpochs(client: ApiClient, namespace: string, wall: () => number = Date.now): EpochSource {
  const collection = `/api/v1/namespaces/${namespace}/configmaps`

  async function attempt(signal: AbortSignal): Promise<Authority | undefined> {
    const standing = await read(signal)
    const seconds = Math.floor(wall() / 1000)
    const installation = standing?.data?.installation ?? randomUUID()
    const stored = Number(standing?.data?.epoch ?? 0)
    if (!Number.isSafeInteger(stored) || stored < 0) {
      throw new SourceError(
        `${namespace}/${authorityName} holds the epoch "${standing?.data?.epoch}", which is no number`,
      )
    }
    const epoch = Math.max(stored + 1, seconds)
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: authorityName,
        namespace,
        ...(standing === undefined ? {} : { resourceVersion: standing.metadata.resourceVersion }),
      },
      data: { installation, epoch: String(epoch) },
    }
    try {
      if (standing === undefined) await client.call({ method: 'POST', path: collection, body, signal })
      else await client.call({ method: 'PUT', path: `${collection}/${authorityName}`, body, signal })
      return { installation, epoch }
    } catch (error) {
      if (error instanceof ApiError && (error.code === 409 || error.code === 404)) return undefined
      throw error
    }
  }

  async function read(signal: AbortSignal): Promise<RawConfigMap | undefined> {
    try {
      return (await client.call({ method: 'GET', path: `${collection}/${authorityName}`, signal })) as RawConfigMap
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined
      throw error
    }
  }

  return {
    async acquire(signal) {
      for (let round = 0; round < 10; round++) {
        const authority = await attempt(signal)
        if (authority !== undefined) return authority
      }
      throw new SourceError(`${namespace}/${authorityName} was changed by others ten times in a row`)
    },
  }
}

interface RawConfigMap {
  readonly metadata: { readonly resourceVersion: string }
  readonly data?: Readonly<Record<string, string>>
}
