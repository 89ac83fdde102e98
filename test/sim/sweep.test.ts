import { expect, test } from 'vitest'
import { sweep } from './sweep.ts'

test.each([
  'first start',
  'first start of HDFS',
  'rolling change',
  'a server moves',
  'a server moves, and the others are told',
] as const)(
  '%s: with a crash before, during and after every step, every look told once more or lost, the end is the same',
  async (work) => {
    const { failed, plans } = await sweep(work)
    expect(failed.slice(0, 5)).toEqual([])
    expect(plans).toBeGreaterThan(50)
  },
)
