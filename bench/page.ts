import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { run } from '../test/lab/machine/sh.ts'
import { toolVersions } from './python-tool.ts'

const root = join(import.meta.dirname, '..')
const results = join(import.meta.dirname, 'results')

/** In the order of the page. Each can be run alone; the others' last results stay. */
export const parts = ['noop-6', 'noop-20', 'hdfs', 'drift', 'first', 'delay', 'scale'] as const
export type Part = (typeof parts)[number]

export interface Section {
  readonly title: string
  /** Markdown below the title. */
  readonly text: string
  /** Every figure. */
  readonly csv: string
  /** Load average over a minute before the first round. */
  readonly load: number
}

export function loadNow(): number {
  return loadavg()[0] ?? Number.NaN
}

/** Keeps what a part gave, and writes docs/benchmarks.md anew from what is kept of all parts. */
export async function publish(part: Part, section: Section): Promise<void> {
  const day = new Date().toISOString().slice(0, 10)
  const where = `${day}, load before the first round ${section.load.toFixed(1)}. Every figure: [${part}.csv](../bench/results/${part}.csv). Again: \`npm run bench -- ${part}\``
  writeFileSync(join(results, `${part}.csv`), section.csv)
  writeFileSync(join(results, `${part}.txt`), `## ${section.title}\n\n${section.text.trim()}\n\n${where}\n`)
  await writePage()
}

/** docs/benchmarks.md, from what is kept of all parts. */
export async function writePage(): Promise<void> {
  writeFileSync(join(root, 'docs', 'benchmarks.md'), await page())
}

async function page(): Promise<string> {
  const fileOf = (part: Part): string => join(results, `${part}.txt`)
  const sections = parts.map(fileOf).filter((file) => existsSync(file))
  const missing = parts.filter((part) => !existsSync(fileOf(part)))
  const unmeasured =
    missing.length === 0 ? '' : `\nNot measured yet: ${missing.map((part) => `\`${part}\``).join(', ')}.\n`
  const ssh = (await run(['ssh', '-V'])).stderr.split(',')[0]?.replace('_', ' ') ?? 'OpenSSH'
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }
  return `<!-- Written by npm run bench from bench/results/; changes by hand are lost. -->
# Benchmarks

What it costs to look, to mend and to begin, beside other tools that do the same on the same hosts in the same run. Medians,
quartiles in brackets. In each round every contender runs once, in turn first and last. × is the median as a multiple of
that of the first row. [What is compared](#what-is-compared) is below the tables.

${sections.map((file) => readFileSync(file, 'utf8')).join('\n')}${unmeasured}
${readFileSync(join(import.meta.dirname, 'compared.md'), 'utf8').trim()}

## Where

${cpus().length} CPUs (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}; hosts and controller share them. ironherd ${version} on Node
${process.versions.node}; ansible-core ${toolVersions['ansible-core']} and pyinfra ${toolVersions.pyinfra} on Debian's Python 3.11; ${ssh}.

## Again

    npm ci && npm run bench -- [PART…] [--rounds N] [--minutes N]

as root on Linux. Parts are ${parts.map((part) => `\`${part}\``).join(', ')}; without one all are run, which takes about two hours. Each rewrites
its part of this page; no round of a part begins after \`--minutes\`. Nothing else should run meanwhile.
`
}
