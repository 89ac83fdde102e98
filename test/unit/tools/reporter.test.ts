import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { progressVariable, summaryVariable } from '../../tools/reporter.ts'

const root = join(import.meta.dirname, '../../..')

const files = {
  'good.test.js': `test('passes', () => {}); test('waits', (context) => context.skip('not root'))`,
  'bad.test.js': `test('passes too', () => {}); test('fails', () => { throw new Error('no') })`,
  'broken.test.js': `import './nothing.js'; test('is never seen', () => {})`,
  'hook.test.js': `beforeAll(() => { throw new Error('no lab') }); test('is never run', () => {})`,
  'stray.test.js': `test('passes and leaves a mess', () => { Promise.reject(new Error('unhandled')) })`,
}

describe('the summary of a test run', () => {
  let directory: string
  let output: string
  let code: number | null
  let summary: unknown

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'ironherd-reporter-'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
    writeFileSync(join(directory, 'vitest.config.js'), 'export default { test: { globals: true } }')
    const target = join(directory, 'summary.json')
    const reporter = join(root, 'test/tools/reporter.ts')
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const run = spawnSync(process.execPath, [vitest, 'run', '--root', directory, `--reporter=${reporter}`], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], [summaryVariable]: target, [progressVariable]: '1' },
    })
    output = run.stdout
    code = run.status
    summary = JSON.parse(readFileSync(target, 'utf8'))
  })

  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('counts a file that does not load, a hook that fails and a stray error as failures', () => {
    expect(code).toBe(1)
    expect(summary).toMatchObject({ passed: 3, failed: 4 })
  })

  it('says of every skipped test why', () => {
    expect(summary).toMatchObject({
      skipped: [{ name: expect.stringContaining('› waits') as string, why: 'not root' }],
    })
  })

  it('has a line for each test as it ends', () => {
    const lines = output.split('\n')
    expect(lines.filter((line) => line.includes('› passes too')).join()).toMatch(/ok {4}.*bad\.test\.js › passes too/)
    expect(lines.filter((line) => line.includes('› fails')).join()).toMatch(/FAIL/)
    expect(lines.filter((line) => line.includes('› waits')).join()).toMatch(/skip/)
  })
})
