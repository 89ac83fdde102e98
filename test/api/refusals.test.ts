// What the API server refuses by itself, before any process of ironherd hears of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BadInput, badInputs } from '../e2e/bad-inputs.ts'
import { namespace } from '../world/manifests.ts'
import { exampleEnsemble, exampleHost, type Plane, sketch, startPlane } from './plane.ts'

let plane: Plane

beforeAll(async () => {
  plane = await startPlane()
  await plane.applyDefinitions()
  await plane.createNamespace()
})

afterAll(async () => {
  await plane.down()
})

// The table is needed before the lab stands, to name the tests; the same rows are made again of what the lab has.
const names = badInputs(sketch).map(({ name, answers }) => [name, answers === 'API server'] as const)

function row(name: string): BadInput {
  const found = badInputs(plane.site).find((input) => input.name === name)
  if (found === undefined) throw new Error(`no bad input is named "${name}"`)
  return found
}

/** As most people do it: client-side. */
const apply = ['apply', '--dry-run=server', '-f', '-']

describe('the API server alone', () => {
  const refused = names.filter(([, byServer]) => byServer).map(([name]) => name)

  it.each(refused)('refuses %s, and says where and what instead', async (name) => {
    const { manifest, says } = row(name)
    const { code, stderr } = await plane.tryKubectl(apply, JSON.stringify(manifest))
    expect(code, 'it was accepted').toBe(1)
    expect(stderr).toMatch(/spec[.:]/)
    expect(stderr).toMatch(says)
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
    const { stderr } = await plane.tryKubectl(apply, JSON.stringify(row(name).manifest))
    expect(stderr).toMatch(remedy)
  })

  it('lets through what only ironherd can see to be wrong', async () => {
    const others = names.filter(([, byServer]) => !byServer).map(([name]) => JSON.stringify(row(name).manifest))
    expect(others.length).toBeGreaterThan(10)
    const { code, stderr } = await plane.tryKubectl(apply, others.join('\n---\n'))
    expect([code, stderr]).toEqual([0, ''])
  })

  it('refuses an object without a spec, and one with a wrong type', async () => {
    const { spec: _, ...bare } = exampleEnsemble(plane)
    const missing = await plane.tryKubectl(apply, JSON.stringify(bare))
    expect(missing.stderr).toMatch(/spec: Required value/)
    const typed = { ...exampleHost(plane), spec: { ...exampleHost(plane).spec, address: 7 } }
    const wrong = await plane.tryKubectl(apply, JSON.stringify(typed))
    expect(wrong.stderr).toMatch(/spec\.address.*string/)
  })

  it('keeps a status out that ironherd did not write to the status subresource', async () => {
    const host = { ...exampleHost(plane), status: { machineId: 'f'.repeat(32) } }
    await plane.apply([host])
    const shown = await plane.get<{ readonly status?: unknown }>('ihost', host.metadata.name, namespace)
    expect(shown.status).toBeUndefined()
  })
})
