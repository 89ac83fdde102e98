import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..', '..')

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

const pages = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md'))
  .filter((path) => !/^(?:node_modules|dist|coverage|\.git)\//.test(path) && !path.startsWith('test/cases/'))

describe('the pages for people', () => {
  it('name only commands that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/npm run ([a-z][a-z:-]*)/g)].map(([, script = '']) => ({ page, script })),
    )
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter(({ script }) => scripts[script] === undefined)).toEqual([])
  })

  it('link only to files that are there', () => {
    const links = pages.flatMap((page) =>
      [...read(page).matchAll(/(?<!\\)\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => ({
        page,
        target,
      })),
    )
    expect(links.length).toBeGreaterThan(10)
    expect(links.filter(({ page, target }) => !existsSync(join(root, dirname(page), target)))).toEqual([])
  })

  it('name as test command what the continuous integration runs', () => {
    const commands = read('.ci/run')
      .split('\n')
      .filter((line) => line.startsWith('npm '))
    expect(read('README.md')).toContain(`\n    ${commands.join(' && ')}\n`)
  })
})
