import type { ApiClient } from './client.ts'
import { ApiError } from './client.ts'

type Data = Readonly<Record<string, string>>

const freshMs = 10_000
/** While the API server is down a value that was read before goes on being used for so long. */
const staleMs = 300_000

/**
 * ConfigMaps and Secrets by name, each read anew after ten seconds. Read one by one and never listed or watched, so that
 * the operator needs no right to see the Secrets that no object names.
 */
export class ValueCache {
  readonly #client: ApiClient
  readonly #now: () => number
  readonly #entries = new Map<string, { readonly at: number; readonly data: Data | undefined }>()
  readonly #running = new Map<string, Promise<Data | undefined>>()

  constructor(client: ApiClient, now: () => number = () => performance.now()) {
    this.#client = client
    this.#now = now
  }

  async get(
    resource: 'secrets' | 'configmaps',
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<Data | undefined> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resource}/${encodeURIComponent(name)}`
    const entry = this.#entries.get(path)
    if (entry !== undefined && this.#now() - entry.at < freshMs) return entry.data
    const running = this.#running.get(path) ?? this.#read(resource, path, signal)
    this.#running.set(path, running)
    try {
      return await running
    } catch (error) {
      const refused = error instanceof ApiError && error.code < 500
      if (!refused && entry !== undefined && this.#now() - entry.at < staleMs) return entry.data
      throw error
    } finally {
      this.#running.delete(path)
    }
  }

  async #read(resource: 'secrets' | 'configmaps', path: string, signal: AbortSignal): Promise<Data | undefined> {
    const data = await this.#client.call({ method: 'GET', path, signal }).then(
      (body) => (resource === 'secrets' ? decoded(body as Body) : ((body as Body).data ?? {})),
      (error: unknown) => {
        if (error instanceof ApiError && error.code === 404) return undefined
        throw error
      },
    )
    this.#entries.set(path, { at: this.#now(), data })
    this.#forgetOld()
    return data
  }

  #forgetOld(): void {
    for (const [path, { at }] of this.#entries) if (this.#now() - at > staleMs) this.#entries.delete(path)
  }
}

interface Body {
  readonly data?: Data
}

function decoded(body: Body): Data {
  return Object.fromEntries(
    Object.entries(body.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  )
}
