// What the API server refuses by itself, before any process of ironherd hears of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from '../../src/api/kinds.ts'
import { type ApiClient, ApiError } from '../../src/control/kubernetes/client.ts'
import type { BadInput } from '../e2e/bad-input.ts'
import { badInputs } from '../e2e/bad-inputs.ts'
import { type Manifest, namespace } from '../world/manifests.ts'
import { clientOf, exampleEnsemble, exampleHost, type Plane, sketch, startPlane } from './plane.ts'

let plane: Plane
let client: ApiClient

beforeAll(async () => {
  plane = await startPlane()
  await plane.applyDefinitions()
  await plane.createNamespace()
  client = clientOf(plane, 'admin')
})

afterAll(async () => {
  await client.close()
  await plane.down()
})

// The table is needed before the lab stands, to name the tests; the same rows are made again of what the lab has.
const names = badInputs(sketch).map(({ name, answers }) => [name, answers === 'API server'] as const)

function row(name: string): BadInput {
  const found = badInputs(plane.site).find((input) => input.name === name)
  if (found === undefined) throw new Error(`no bad input is named "${name}"`)
  return found
}

/** What the server says to it, as kubectl asks: '' when it would take it. Nothing is kept. */
async function answerTo(manifest: Manifest): Promise<string> {
  const plural = kinds.find(({ kind }) => kind === manifest.kind)?.plural ?? ''
  const path = `/apis/${manifest.apiVersion}/namespaces/${namespace}/${plural}`
  const query = { dryRun: 'All', fieldValidation: 'Strict' }
  try {
    await client.call({ method: 'POST', path, query, body: manifest, signal: AbortSignal.timeout(10_000) })
    return ''
  } catch (error) {
    if (error instanceof ApiError && (error.code === 422 || error.code === 400)) return error.message
    throw error
  }
}

describe('the API server alone', () => {
  const refused = names.filter(([, byServer]) => byServer).map(([name]) => name)

  it.each(refused)('refuses %s, and says where and what instead', async (name) => {
    const { manifest, says } = row(name)
    const answer = await answerTo(manifest)
    expect(answer).toMatch(/spec[.:]/)
    expect(answer).toMatch(says)
  })

  const worded: readonly (readonly [name: string, remedy: RegExp])[] = [
    ['an ftp URL', /begins with http:\/\/, https:\/\/ or file:\/\//],
    ['a digest of the wrong length', /128 characters that sha512sum prints/],
    ['a data directory that climbs', /a path below the mount.*without "\.\."/],
    ['a configuration value with a newline', /one line: a line break is refused/],
    ['an environment value with a newline', /one line: a line break is refused/],
    ['a JVM option with a newline', /one option of the JVM per entry/],
    ['memory without a unit', /512m, 512Mi, 8g or 8Gi/],
    ['a host key that is none', /type and key, e\.g\. ssh-ed25519/],
  ]
  it.each(worded)('answers %s in words, and not only with a pattern', async (name, remedy) => {
    expect(await answerTo(row(name).manifest)).toMatch(remedy)
  })

  it('lets through what only ironherd can see to be wrong', async () => {
    const others = names.filter(([, byServer]) => !byServer).map(([name]) => name)
    expect(others.length).toBeGreaterThan(10)
    for (const name of others) expect([name, await answerTo(row(name).manifest)]).toEqual([name, ''])
  })

  it('refuses an object without a spec, and one with a wrong type', async () => {
    const bare = exampleEnsemble(plane)
    delete bare.spec
    expect(await answerTo(bare)).toMatch(/spec: Required value/)
    const typed = { ...exampleHost(plane), spec: { ...exampleHost(plane).spec, address: 7 } }
    expect(await answerTo(typed)).toMatch(/spec\.address.*string/)
  })

  it('keeps a status out that ironherd did not write to the status subresource', async () => {
    const host = { ...exampleHost(plane), status: { machineId: 'f'.repeat(32) } }
    await plane.apply([host])
    const shown = await plane.get<{ readonly status?: unknown }>('ihost', host.metadata.name, namespace)
    expect(shown.status).toBeUndefined()
  })
})
