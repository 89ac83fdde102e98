import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { architecture, pureRooms, rooms } from '../../../eslint.architecture.js'

/** A house of paper: one file in each room, linted with the rules of the real one. */
let house: string
let eslint: ESLint

const everyRoom = Object.keys(rooms)

beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), 'ironherd-house-'))
  for (const room of [...everyRoom, 'cli', 'attic']) put(`src/${room}/thing.ts`, 'export const thing = 1\n')
  put('src/main.ts', 'export const main = 1\n')
  put('src/model/thing.test.ts', 'export const probe = 1\n')
  eslint = new ESLint({
    cwd: house,
    overrideConfigFile: true,
    overrideConfig: [
      { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } },
      ...architecture(house),
    ] as ESLint.Options['overrideConfig'] & object,
  })
})

afterAll(() => rmSync(house, { recursive: true, force: true }))

function put(path: string, text: string): void {
  mkdirSync(dirname(join(house, path)), { recursive: true })
  writeFileSync(join(house, path), text)
}

/** The rules that refuse `text` when it stands at `path`. */
async function refusals(path: string, text: string): Promise<string[]> {
  const results = await eslint.lintText(text, { filePath: join(house, path) })
  const messages = results.flatMap((result) => result.messages)
  const broken = messages.filter((message) => message.fatal)
  if (broken.length > 0) throw new Error(`the snippet does not parse: ${broken[0]?.message}`)
  return [...new Set(messages.map((message) => message.ruleId ?? 'no rule'))]
}

/** Written out by hand from the table in docs/architecture.md, so that a slip in the rules does not pass its own test. */
const mayImport: Record<string, string[]> = {
  api: ['model'],
  model: [],
  formats: ['model'],
  services: ['api', 'formats', 'model'],
  clusters: ['api', 'formats', 'model', 'services'],
  planner: ['api', 'model'],
  telemetry: ['model'],
  hosts: ['formats', 'model', 'telemetry'],
  executor: ['formats', 'hosts', 'model', 'telemetry'],
  control: ['api', 'model', 'telemetry'],
  web: ['model', 'telemetry'],
}

describe('who may import whom', () => {
  it('knows every room', () => {
    expect(everyRoom.sort()).toEqual(Object.keys(mayImport).sort())
  })

  it.each(Object.keys(mayImport))('lets %s import what the table says, and refuses every other room', async (room) => {
    const allowed: string[] = []
    for (const other of everyRoom.filter((name) => name !== room)) {
      const found = await refusals(`src/${room}/thing.ts`, `export { thing } from '../${other}/thing.ts'\n`)
      if (found.length === 0) allowed.push(other)
      else expect(found).toEqual(['boundaries/dependencies'])
    }
    expect(allowed.sort()).toEqual(mayImport[room])
  })

  it.each(['value', 'type'])('refuses the import of a %s alike', async (kind) => {
    const text = kind === 'type' ? 'import type { thing } from' : 'import { thing } from'
    expect(await refusals('src/planner/thing.ts', `${text} '../hosts/thing.ts'\n`)).toContain('boundaries/dependencies')
  })

  it('lets main and cli import every room', async () => {
    for (const room of everyRoom) {
      expect(await refusals('src/main.ts', `export { thing } from './${room}/thing.ts'\n`)).toEqual([])
      expect(await refusals('src/cli/thing.ts', `export { thing } from '../${room}/thing.ts'\n`)).toEqual([])
    }
  })

  it('lets nobody import main, cli or a test', async () => {
    for (const room of everyRoom) {
      for (const target of ['../main.ts', '../cli/thing.ts', '../model/thing.test.ts']) {
        expect(await refusals(`src/${room}/thing.ts`, `import '${target}'\n`), `${room} ${target}`).not.toEqual([])
      }
    }
  })

  it('refuses a room that is not in the plan of the house', async () => {
    expect(await refusals('src/attic/thing.ts', 'export const thing = 2\n')).toContain('boundaries/no-unknown-files')
    expect(await refusals('src/control/thing.ts', `import '../attic/thing.ts'\n`)).not.toEqual([])
  })
})

const impure: Record<string, string> = {
  'a node module': `import { readFileSync } from 'node:fs'\nexport const x = readFileSync\n`,
  'randomness from node:crypto': `import { randomBytes } from 'node:crypto'\nexport const x = randomBytes\n`,
  'all of node:crypto': `import * as crypto from 'node:crypto'\nexport const x = crypto\n`,
  'a node module without its prefix': `import { readFileSync } from 'fs'\nexport const x = readFileSync\n`,
  'a package that does I/O': `import { request } from 'undici'\nexport const x = request\n`,
  'Date.now': 'export const x = Date.now()\n',
  'new Date()': 'export const x = new Date()\n',
  'Date()': 'export const x = Date()\n',
  'Math.random': 'export const x = Math.random()\n',
  'the environment': 'export const x = process.env\n',
  'a timer': 'setTimeout(() => undefined, 1)\n',
  fetch: `export const x = fetch('x')\n`,
  'web crypto': 'export const x = crypto.randomUUID()\n',
  'the way round by globalThis': 'export const x = globalThis.Date.now()\n',
  'a dynamic import': `export const x = import('node:fs')\n`,
}

describe('the pure rooms', () => {
  it.each(Object.keys(impure))('refuse %s', async (what) => {
    for (const room of pureRooms) {
      expect(await refusals(`src/${room}/thing.ts`, impure[what] ?? ''), room).not.toEqual([])
    }
  })

  it('are those of the plan', () => {
    expect([...pureRooms].sort()).toEqual(['api', 'clusters', 'formats', 'model', 'planner', 'services'])
  })

  it('may hash, may use zod, and may turn a given time into text', async () => {
    const text = [
      `import { createHash } from 'node:crypto'`,
      `import { z } from 'zod'`,
      `export const x = [createHash('sha256'), z.string(), new Date(5).toISOString()]`,
    ].join('\n')
    for (const room of pureRooms) expect(await refusals(`src/${room}/thing.ts`, text)).toEqual([])
  })

  it('leave the other rooms and the tests free to touch the world', async () => {
    for (const text of Object.values(impure)) {
      expect(await refusals('src/hosts/thing.ts', text)).toEqual([])
      expect(await refusals('src/model/thing.test.ts', text)).toEqual([])
    }
  })
})
