import '../test/tools/node-version.ts'
import { parseArgs } from 'node:util'
import { type Part, parts, publish, type Section } from './page.ts'
import { delayPart } from './parts/delay.ts'
import { driftPart } from './parts/drift.ts'
import { firstPart } from './parts/first.ts'
import { hdfsPart } from './parts/hdfs.ts'
import { noopPart } from './parts/noop.ts'
import { scalePart } from './parts/scale.ts'
import type { Bounds } from './rounds.ts'
import { type Site, startSite } from './site.ts'

const started = Date.now()

function say(line: string): void {
  console.log(`${((Date.now() - started) / 1000).toFixed(0).padStart(5)} s  ${line}`)
}

let site: Site | undefined

/** Parts that run one after the other over as many hosts share them. */
async function siteOf(hosts: number): Promise<Site> {
  if (site?.lab.hosts.length === hosts) return site
  await leave()
  site = await startSite(hosts, say)
  return site
}

async function leave(): Promise<void> {
  const left = site
  site = undefined
  await left?.close()
}

const run: Readonly<Record<Part, (bounds: Bounds) => Promise<Section>>> = {
  delay: async (bounds) => delayPart(await siteOf(6), bounds, say),
  drift: async (bounds) => driftPart(await siteOf(6), bounds, say),
  'noop-6': async (bounds) => noopPart(await siteOf(6), bounds, 1, say),
  'noop-20': async (bounds) => noopPart(await siteOf(20), bounds, 2, say),
  hdfs: async (bounds) => {
    await leave()
    return hdfsPart(bounds, say)
  },
  first: async (bounds) => {
    await leave()
    return firstPart(bounds, say)
  },
  scale: async ({ rounds }) => {
    await leave()
    return scalePart(Math.min(rounds, 5), say)
  },
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '10' }, minutes: { type: 'string', default: '60' } },
  })
  const [rounds, minutes] = [Number(values.rounds), Number(values.minutes)]
  if (!(minutes > 0)) throw new Error('--minutes takes a number above 0: no round begins after so long in a part')
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1')
  const unknown = positionals.find((name) => !parts.some((part) => part === name))
  if (unknown !== undefined) throw new Error(`${unknown} is none of ${parts.join(', ')}`)
  const chosen = (Object.keys(run) as Part[]).filter((part) => positionals.length === 0 || positionals.includes(part))
  for (const part of chosen) {
    say(part)
    const section = await run[part]({ rounds, forMs: minutes * 60_000 })
    await publish(part, section)
    console.log(`\n${section.text}\n`)
  }
}

process.exitCode = await main()
  .finally(leave)
  .then(
    () => 0,
    (error: unknown) => {
      console.error(error)
      return 1
    },
  )
process.exit()
