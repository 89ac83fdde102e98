import { expect, test } from 'vitest'
import { realClock } from '../../../../lab/mesos/log/clock.ts'
import { TimedOut, within } from '../../../../lab/mesos/log/timeout.ts'

const never = new AbortController().signal

test('what sleeps when its time is over ends as timed out, as does what waits for an answer', async () => {
  const sleeping = within(realClock, 10, never, (signal) => realClock.sleep(60_000, signal))
  await expect(sleeping).rejects.toBeInstanceOf(TimedOut)
})

test('what ends in time gives what it has, and an inner timeout is not the outer one', async () => {
  const inner = within(realClock, 60_000, never, () => Promise.resolve(7))
  expect(await inner).toBe(7)
  const outer = within(realClock, 10, never, (signal) =>
    within(realClock, 60_000, signal, (shorter) => realClock.sleep(60_000, shorter)),
  )
  await expect(outer).rejects.toThrow('10 ms are over')
})
