import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Action } from '../../../src/model/step.ts'
import { type Box, makeBox, stepOf, whyNoBox } from './box.ts'

const why = whyNoBox()
const suffix = why === '' ? '' : ` (${why})`
const copy: Action = { verb: 'CopyImage', nameDir: '/mnt/dfs/nn', owner: 'daemon', group: 'daemon' }

let box: Box
beforeEach(async () => {
  if (why !== '') return
  box = makeBox()
  await box.ask(
    'd=/mnt/dfs/nn/current; mkdir -p $d; echo v >$d/VERSION; for n in 07 12; do i=fsimage_00000000000000000$n; echo "image $n" >$d/$i; (cd $d && md5sum -b $i >$i.md5); done; echo x >$d/fsimage_rollback_0000000000000000099; echo x >$d/edits_inprogress_0000000000000000013; chown -R daemon:daemon /mnt/dfs/nn; chmod 755 /mnt /mnt/dfs; chmod 700 /mnt/dfs/nn $d',
  )
})
afterEach(() => {
  if (why === '') box.remove()
})

async function run() {
  const { outcomes, stderr } = await box.wave([stepOf(copy)])
  expect(stderr).toBe('')
  return outcomes[0]
}

const names = () => box.ask('ls -A /mnt/dfs/nn.images')

describe.skipIf(why !== '')(`CopyImage${suffix}`, () => {
  test('copies the newest image, its sum and VERSION, for its owner alone', async () => {
    expect(await run()).toMatchObject({ result: 'done', detail: expect.stringMatching(/^copied to /) as string })
    const [name = '', ...others] = (await names()).split('\n')
    expect(name).toMatch(/^\d{8}T\d{6}Z-0*12$/)
    expect(others.filter((one) => one !== '')).toEqual([])
    expect((await box.ask(`ls /mnt/dfs/nn.images/${name}`)).split('\n').filter((one) => one !== '')).toEqual([
      'VERSION',
      'fsimage_0000000000000000012',
      'fsimage_0000000000000000012.md5',
    ])
    expect((await box.ask(`stat -c '%a %U' /mnt/dfs/nn.images /mnt/dfs/nn.images/${name}`)).trim()).toBe(
      '700 daemon\n700 daemon',
    )
  })

  test('the last three stay, and what is not a copy', async () => {
    await box.ask(
      'cd /mnt/dfs; mkdir nn.images; cd nn.images; mkdir notes .copy 20200101T000000Z-7 20210101T000000Z-7 20220101T000000Z-7; chown -R daemon:daemon ../nn.images',
    )
    expect(await run()).toMatchObject({ result: 'done' })
    expect(
      (await names())
        .replace(/20[3-9]\d+T\d+Z-0*12|202[3-9]\d+T\d+Z-0*12/, 'new')
        .trim()
        .split('\n'),
    ).toEqual(['20210101T000000Z-7', '20220101T000000Z-7', 'new', 'notes'])
  })

  test.each([
    ['an image that is not whole', 'echo y >>/mnt/dfs/nn/current/fsimage_0000000000000000012', 'another sum'],
    ['a directory without an image', 'rm /mnt/dfs/nn/current/fsimage_0*', 'there is no image'],
    ['a place that leads elsewhere', 'mkdir /mnt/other; ln -s /mnt/other /mnt/dfs/nn.images', 'symbolic link'],
  ])('%s is not copied', async (_name, given, words) => {
    await box.ask(given)
    expect(await run()).toMatchObject({ result: 'failed', detail: expect.stringContaining(words) as string })
    expect((await box.ask('ls /mnt/dfs/nn.images/ 2>/dev/null; ls /mnt/other 2>/dev/null; true')).trim()).toBe('')
  })

  test('not without room for it', async () => {
    await box.ask("printf '#!/bin/sh\\necho Avail; echo 1000000\\n' >/usr/local/sbin/df; chmod 755 /usr/local/sbin/df")
    expect(await run()).toMatchObject({ result: 'failed', detail: expect.stringContaining('has no room') as string })
    expect((await names()).trim()).toBe('')
  })
})
