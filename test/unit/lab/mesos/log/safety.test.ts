import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Coordinator } from '../../../../lab/mesos/log/coordinator.ts'
import { recover } from '../../../../lab/mesos/log/recover.ts'
import { type Node, randomFrom, Simulation } from './simulation.ts'

beforeAll(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})

afterAll(() => {
  vi.restoreAllMocks()
})

const addresses = ['1:1', '2:1', '3:1', '4:1', '5:1']

/** Every value whose write succeeded, by position: two of them at one position are what must never be. */
class Acknowledged {
  readonly values = new Map<number, string>()

  add(position: number, value: string): void {
    const other = this.values.get(position)
    if (other !== undefined) throw new Error(`Both ${other} and ${value} succeeded at position ${position}`)
    this.values.set(position, value)
  }
}

/** Leads as often as it can and writes `count` values each time, until it is killed. */
async function lead(node: Node, acknowledged: Acknowledged, name: string, truncates: boolean): Promise<void> {
  const coordinator = new Coordinator(node.ensemble)
  const { signal } = node.life
  for (let turn = 0; turn < 4; turn += 1) {
    if ((await coordinator.elect(signal)) === undefined) {
      await node.ensemble.clock.sleep(5 + 10 * node.ensemble.clock.random(), signal)
      continue
    }
    for (let count = 0; count < 3; count += 1) {
      const value = `${name}.${turn}.${count}`
      const position = await coordinator.append(value, signal)
      if (position === undefined) break
      acknowledged.add(position, value)
      if (truncates) await coordinator.truncate(position, signal)
    }
  }
}

/** What a new coordinator on one of `alive`, the only ones left, finds by a network without faults. */
async function readBack(simulation: Simulation, alive: readonly string[]): Promise<Map<number, string>> {
  for (const address of addresses) if (!alive.includes(address)) simulation.kill(address)
  simulation.faults = { lost: 0, repeated: 0 }
  const reader = simulation.nodes.get(alive[0] ?? '')
  if (reader === undefined) throw new Error('Nobody is left to read')
  const coordinator = new Coordinator(reader.ensemble)
  for (let turn = 0; turn < 50; turn += 1) {
    let settled = false
    let end: number | undefined
    const electing = coordinator.elect(reader.life.signal).then((position) => {
      end = position
      settled = true
    })
    await simulation.run(60_000, () => settled)
    if (!settled) throw new Error('A voting quorum does not elect')
    await electing
    if (end === undefined) continue
    const learned = reader.ensemble.replica.learned()
    return new Map(learned.map(({ position, content }) => [position, content.type === 'APPEND' ? content.bytes : '']))
  }
  throw new Error('A voting quorum elects nobody')
}

function failures(error: unknown): void {
  // What a killed node was doing ends with it; anything else is a find.
  if (!(error instanceof Error && error.message.endsWith('was killed'))) throw error
}

interface Run {
  readonly seed: number
  readonly quorum: 2 | 3
  readonly lost: number
  readonly repeated: number
  readonly truncates: boolean
}

const runs: fc.Arbitrary<Run> = fc.record({
  seed: fc.nat(),
  quorum: fc.constantFrom(2, 3),
  lost: fc.constantFrom(0, 0.02, 0.1),
  repeated: fc.constantFrom(0, 0.1, 0.3),
  truncates: fc.boolean(),
})

test('with crashes and any network, what was acknowledged is read back from any quorum, and no position succeeds twice', async () => {
  let written = 0
  await fc.assert(
    fc.asyncProperty(runs, async ({ seed, quorum, lost, repeated, truncates }) => {
      const random = randomFrom(seed)
      const simulation = new Simulation(quorum, random)
      const members = addresses.slice(0, 2 * quorum - 1)
      const acknowledged = new Acknowledged()
      for (const address of members) simulation.start(address, 'VOTING')
      simulation.faults = { lost, repeated }
      const leaders: Promise<void>[] = []
      for (let round = 0; round < 6; round += 1) {
        for (const node of simulation.nodes.values()) {
          if (random() < 0.6)
            leaders.push(lead(node, acknowledged, `${round}${node.address}`, truncates).catch(failures))
        }
        const events = Math.floor(random() * 300)
        let seen = 0
        await simulation.run(1000, () => ++seen > events)
        for (const address of members) {
          if (random() > 0.3) continue
          simulation.kill(address)
          if (random() < 0.9) simulation.start(address)
        }
        for (const address of members) if (!simulation.nodes.has(address)) simulation.start(address)
      }
      // Leaders that still run may write on while the new one reads.
      const before = new Map(acknowledged.values)
      written += before.size
      const alive = members.toSorted(() => random() - 0.5).slice(0, quorum)
      const found = await readBack(simulation, alive)
      for (const address of members) simulation.kill(address)
      await Promise.all(leaders)
      const begin = Math.min(...found.keys())
      for (const [position, value] of before) {
        if (position >= begin) expect(found.get(position)).toBe(value)
        else expect(truncates).toBe(true)
      }
    }),
    { numRuns: 100 },
  )
  expect(written).toBeGreaterThan(300)
})

test('a promise outlives the disk that it was written to: who was elected before cannot write with the one that lost it', async () => {
  const simulation = new Simulation(2, randomFrom(1))
  const [first, second, third] = ['1:1', '2:1', '3:1'].map((address) => simulation.start(address, 'VOTING'))
  if (first === undefined || second === undefined || third === undefined) throw new Error('Three nodes were started')
  const older = new Coordinator(third.ensemble)
  expect(await simulation.settle(older.elect(third.life.signal))).toBe(0)
  simulation.faults = { lost: 0, repeated: 0, cut: '3:1' }
  const newer = new Coordinator(first.ensemble)
  // Its first number may be that of the older one.
  while ((await simulation.settle(newer.elect(first.life.signal))) === undefined);
  simulation.wipe('2:1')
  simulation.faults = { lost: 0, repeated: 0 }
  const again = simulation.start('2:1')
  await simulation.settle(recover(again.ensemble, true, again.life.signal))
  simulation.faults = { lost: 0, repeated: 0, cut: '1:1' }
  expect(await simulation.settle(older.append('older', third.life.signal))).toBeUndefined()
  simulation.faults = { lost: 0, repeated: 0, cut: '3:1' }
  expect(await simulation.settle(newer.append('newer', first.life.signal))).toBe(1)
})
