import { expect, test } from 'vitest'
import { TimedOut, within } from '../../../../lab/mesos/log/abortable.ts'
import { realClock } from '../../../../lab/mesos/log/clock.ts'

const never = new AbortController().signal

test('what sleeps when its time is over ends as timed out, as does what waits for an answer', async () => {
  const sleeping = within(10, realClock.sleep, never, (signal) => realClock.sleep(60_000, signal))
  await expect(sleeping).rejects.toBeInstanceOf(TimedOut)
})

test('what ends in time gives what it has, and an inner timeout is not the outer one', async () => {
  const inner = within(60_000, realClock.sleep, never, () => Promise.resolve(7))
  expect(await inner).toBe(7)
  const outer = within(10, realClock.sleep, never, (signal) =>
    within(60_000, realClock.sleep, signal, (shorter) => realClock.sleep(60_000, shorter)),
  )
  await expect(outer).rejects.toThrow('10 ms are over')
})
