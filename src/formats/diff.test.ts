import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unifiedDiff } from './diff.ts'

test('equal texts have no difference', () => {
  expect(unifiedDiff('a\nb\n', 'a\nb\n')).toBe('')
  expect(unifiedDiff('', '')).toBe('')
})

test('a changed line is shown with three lines around it, and far ones are left out', () => {
  const before = ['1', '2', '3', '4', '5', '6', '7', '8', '9', ''].join('\n')
  const after = before.replace('5', 'five')
  expect(unifiedDiff(before, after)).toBe('@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8')
})

test('a new file is all plus, and one that goes all minus', () => {
  expect(unifiedDiff('', 'a\nb\n')).toBe('@@ -0,0 +1,2 @@\n+a\n+b')
  expect(unifiedDiff('a\n', '')).toBe('@@ -1,1 +0,0 @@\n-a')
})

test('a missing end of the last line is said', () => {
  expect(unifiedDiff('a\n', 'a')).toBe('@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file')
})

test('nothing in it reaches a terminal as a command', () => {
  expect(unifiedDiff('', '\u001b[2Jx\r\n')).toBe('@@ -0,0 +1,1 @@\n+\ufffd[2Jx\ufffd')
})

test('texts too large to be compared line by line are shown as replaced', () => {
  const many = (word: string): string => Array.from({ length: 2100 }, (_, index) => `${word}${index}\n`).join('')
  const shown = unifiedDiff(`x\n${many('a')}`, `x\n${many('b')}`).split('\n')
  expect(shown).toHaveLength(1 + 1 + 4200)
  expect(shown.slice(0, 3)).toEqual(['@@ -1,2101 +1,2101 @@', ' x', '-a0'])
})

const text = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd = 1', ''), { maxLength: 30 })
  .map((lines) => lines.map((line) => `${line}\n`).join(''))

test('git apply makes of the one text the other', () => {
  const folder = mkdtempSync(join(tmpdir(), 'diff-'))
  const file = join(folder, 'f')
  try {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = unifiedDiff(before, after)
        if (diff === '') {
          expect(before).toBe(after)
          return
        }
        writeFileSync(file, before)
        execFileSync('git', ['apply', '--unidiff-zero', '--whitespace=nowarn', '-'], {
          cwd: folder,
          env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() },
          input: `--- a/f\n+++ b/f\n${diff}\n`,
        })
        expect(readFileSync(file, 'utf8')).toBe(after)
      }),
      { numRuns: 40 },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
