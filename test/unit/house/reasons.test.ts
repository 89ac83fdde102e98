import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reasons } from '../../../src/model/reasons.ts'

const root = join(import.meta.dirname, '..', '..', '..', 'src')

const code = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !/^model\/[a-z-]*reasons\.ts$/.test(path))
  .map((path) => readFileSync(join(root, path), 'utf8'))
  .join('\n')

test('every reason is given by some code: alone, or at the beginning of what is held back', () => {
  const silent = Object.keys(reasons).filter((name) => !new RegExp(`['"]${name}['"]|\`${name}: `).test(code))
  expect(silent).toEqual([])
})

test('every reason that is more than news says what to do', () => {
  const speechless = Object.entries(reasons).filter(([, { kind, remedy }]) => kind !== 'Info' && remedy === '')
  expect(speechless.map(([name]) => name)).toEqual([])
})
