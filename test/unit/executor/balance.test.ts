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

const fakeHdfs = `#!/bin/bash
printf '%s\\n' "$*" >>/mnt/hdfs
[ "$3" != dfsadmin ] || { cat /mnt/admin 2>/dev/null; exit "$(cat /mnt/admin-code 2>/dev/null || echo 0)"; }
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

const line = (iteration: number) =>
  `Nov 22, 2026, 9:50:00 AM          ${String(iteration)}        1.20 GB      512.50 MB      10 MB  hdfs://files`

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
    await box.ask(`printf '%s\\n' ${says.map((one) => `'${one}'`).join(' ')} >/mnt/says`)
    expect(await written()).toEqual([
      '@request today',
      line(0),
      'The cluster is balanced. Exiting...',
      line(2),
      '@exit 0',
    ])
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
    await box.ask(`for i in $(seq 2000); do echo "java.io.IOException: $(printf 'x%.0s' $(seq 300))"; done >/mnt/says`)
    const lines = await written()
    expect([lines.length, lines.at(-1)]).toEqual([302, '@exit 0'])
    expect(Math.max(...lines.map(({ length }) => length))).toBe(200)
  })
})
