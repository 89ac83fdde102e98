import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Action } from '../../../src/model/step.ts'
import { type Box, stepOf, whyNoBox } from './box.ts'
import { hadoopBox } from './hadoop-box.ts'

const why = whyNoBox()
const suffix = why === '' ? '' : ` (${why})`
const unit = 'ironherd-default-files-hdfs-balancer.service'
const balance: Action = {
  verb: 'Balance',
  tool: {
    home: '/opt/hadoop',
    config: '/etc/ironherd/nn 1',
    user: 'daemon',
    group: 'daemon',
    unit,
    timeoutSeconds: 600,
  },
  request: 'today',
  bandwidthMiB: 20,
  thresholdPercent: 5,
}

/** What it says in its second process stands in says-2, and so on. */
const fakeHdfs = `#!/bin/bash
printf '%s\\n' "$*" >>/mnt/hdfs
[ "$3" != dfsadmin ] || { cat /mnt/admin 2>/dev/null; exit "$(cat /mnt/admin-code 2>/dev/null || echo 0)"; }
n=$(grep -c ' balancer ' /mnt/hdfs)
if [ -e /mnt/says-$n ]; then cat /mnt/says-$n; exit "$(cat /mnt/code-$n 2>/dev/null || echo 255)"; fi
cat /mnt/says 2>/dev/null
exit "$(cat /mnt/code 2>/dev/null || echo 0)"
`

let box: Box
beforeEach(async () => {
  if (why !== '') return
  box = await hadoopBox('/opt/hadoop', fakeHdfs)
})
afterEach(() => {
  if (why === '') box.remove()
})

const line = (iteration: number, moved = '1.20 GB') =>
  `Nov 22, 2026, 9:50:00 AM          ${String(iteration)}        ${moved}      512.50 MB      10 MB  hdfs://files`

function saying(name: string, lines: readonly string[]): string {
  return `printf '%s\\n' ${lines.map((one) => `'${one}'`).join(' ')} >/mnt/${name}`
}

async function written(): Promise<readonly string[]> {
  const { outcomes, stderr } = await box.wave([stepOf(balance)])
  expect([stderr, outcomes[0]?.result]).toEqual(['', 'done'])
  return (await box.ask(`cat /var/lib/ironherd/tools/${unit}`)).split('\n').filter((one) => one !== '')
}

describe.skipIf(why !== '')(`the balancer${suffix}`, () => {
  test('is told its bandwidth first, in a unit that nobody waits for', async () => {
    expect(await written()).toEqual(['@request today', '@exit 0'])
    expect((await box.ask('cat /mnt/hdfs')).split('\n').filter((one) => one !== '')).toEqual([
      '--config /etc/ironherd/nn 1 dfsadmin -setBalancerBandwidth 20971520',
      '--config /etc/ironherd/nn 1 balancer -threshold 5',
    ])
    const options = (await box.ask('cat /mnt/run')).split('\n')
    expect(options).not.toContain('--wait')
    expect(options).toEqual(
      expect.arrayContaining([`--unit=${unit}`, '--uid=daemon', '--collect', '--property=KillMode=control-group']),
    )
    expect(options.join('\n')).not.toContain('RuntimeMaxSec')
  })

  test('writes the first and the last line of its progress, and its verdict', async () => {
    const says = [
      'INFO  balancer.NameNodeConnector: getBlocks calls for hdfs://files are bounded: 20 per B second hdfs://files',
      'Time Stamp   Iteration#',
      line(0),
      line(1),
      line(2),
      'The cluster is balanced. Exiting...',
    ]
    await box.ask(saying('says', says))
    expect(await written()).toEqual([
      '@request today',
      `@after 0 0 ${line(0)}`,
      `@after 0 0 ${line(2)}`,
      'The cluster is balanced. Exiting...',
      '@exit 0',
    ])
  })

  const broken = [
    'ERROR balancer.Balancer: Exiting balancer due an exception',
    'org.apache.hadoop.metrics2.MetricsException: Metrics source Balancer-BP-1 already exists!',
  ]

  test('begins again where a release cannot look twice in one process, and adds up what was moved', async () => {
    await box.ask(saying('says-1', [line(0, '2.67 GB'), ...broken]))
    await box.ask(saying('says-2', [line(0, '512 B'), ...broken]))
    await box.ask(saying('says', [line(0, '0 B'), 'The cluster is balanced. Exiting...']))
    const bytes = Math.floor(2.67 * 1024 ** 3)
    expect(await written()).toEqual([
      '@request today',
      `@after 0 0 ${line(0, '2.67 GB')}`,
      `@after 2 ${String(bytes + 512)} ${line(0, '0 B')}`,
      'The cluster is balanced. Exiting...',
      '@exit 0',
    ])
  })

  test('gives up when five times in turn nothing was moved', async () => {
    for (const n of [1, 2, 3, 4, 5, 6, 7]) await box.ask(saying(`says-${String(n)}`, [line(0, '0 B'), ...broken]))
    const lines = await written()
    expect(lines.slice(-2)).toEqual([broken[0], '@exit 255'])
    expect((await box.ask('grep -c balancer /mnt/hdfs')).trim()).toBe('6')
  })

  test('says how it ended', async () => {
    await box.ask('echo 253 >/mnt/code')
    expect(await written()).toEqual(['@request today', '@exit 253'])
  })

  test('does not begin when the bandwidth cannot be told', async () => {
    await box.ask('echo 255 >/mnt/admin-code; echo refused >/mnt/admin')
    expect(await written()).toEqual(['@request today', 'the bandwidth could not be told: refused', '@exit 255'])
    expect(await box.ask('cat /mnt/hdfs')).not.toContain('balancer -threshold')
  })

  test('writes no more than can be read in one answer', async () => {
    await box.ask(
      `long=$(printf 'x%.0s' $(seq 300)); for i in $(seq 2000); do echo "java.io.IOException: $long"; done >/mnt/says`,
    )
    const lines = await written()
    expect([lines.length, lines.at(-1)]).toEqual([3, '@exit 0'])
    expect(Math.max(...lines.map(({ length }) => length))).toBe(200)
  })
})
