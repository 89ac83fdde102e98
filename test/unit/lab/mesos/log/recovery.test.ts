import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { Coordinator } from '../../../../lab/mesos/log/coordinator.ts'
import { recover } from '../../../../lab/mesos/log/recover.ts'
import { within } from '../../../../lab/mesos/log/timeout.ts'
import type { Status } from '../../../../lab/mesos/log/wire.ts'
import { type Node, randomFrom, Simulation } from './simulation.ts'

let lines: string[] = []

beforeAll(() => {
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(String(text))
    return true
  })
})

beforeEach(() => {
  lines = []
})

afterAll(() => {
  vi.restoreAllMocks()
})

const addresses = ['1:1', '2:1', '3:1']

function statuses(simulation: Simulation): (Status | undefined)[] {
  return addresses.map((address) => simulation.disk(address)?.status)
}

/** Recovers as a master does at its start; gives what it throws. */
function recovering(node: Node, autoInitialize = true): Promise<unknown> {
  return recover(node.ensemble, autoInitialize, node.life.signal).catch((error: unknown) => error)
}

async function started(simulation: Simulation, autoInitialize = true): Promise<void> {
  for (const address of addresses) void recovering(simulation.start(address), autoInitialize)
  await simulation.run(15_000)
}

/** What one leader does without any trouble: it writes `values`, each followed by the truncation of all before. */
async function write(simulation: Simulation, address: string, values: readonly string[]): Promise<void> {
  const node = simulation.nodes.get(address)
  if (node === undefined) throw new Error(`${address} does not run`)
  const coordinator = new Coordinator(node.ensemble)
  let end: number | undefined
  while (end === undefined) end = await simulation.settle(coordinator.elect(node.life.signal))
  for (const value of values) {
    const position = await simulation.settle(coordinator.append(value, node.life.signal))
    if (position === undefined) throw new Error('Another leads')
    await simulation.settle(coordinator.truncate(position, node.life.signal))
  }
}

async function read(simulation: Simulation, address: string): Promise<string | undefined> {
  const node = simulation.nodes.get(address)
  if (node === undefined) throw new Error(`${address} does not run`)
  const coordinator = new Coordinator(node.ensemble)
  while ((await simulation.settle(coordinator.elect(node.life.signal))) === undefined);
  const texts = node.ensemble.replica
    .learned()
    .flatMap(({ content }) => (content.type === 'APPEND' ? [content.bytes] : []))
  return texts.at(-1)
}

describe('a new log', () => {
  test('begins when all three replicas are empty, in two steps', async () => {
    const simulation = new Simulation(2, randomFrom(1))
    await started(simulation)
    expect(statuses(simulation)).toEqual(['VOTING', 'VOTING', 'VOTING'])
    expect(lines.filter((line) => line.includes('Updating replica status to STARTING'))).toHaveLength(3)
  })

  test('does not begin with two of three, however long they wait', async () => {
    const simulation = new Simulation(2, randomFrom(1))
    for (const address of ['1:1', '2:1']) void recovering(simulation.start(address))
    await simulation.run(120_000)
    expect(statuses(simulation)).toEqual(['EMPTY', 'EMPTY', undefined])
    void recovering(simulation.start('3:1'))
    await simulation.run(15_000)
    expect(statuses(simulation)).toEqual(['VOTING', 'VOTING', 'VOTING'])
  })

  test('does not begin with three of them where the quorum is 3, which means five', async () => {
    const simulation = new Simulation(3, randomFrom(1))
    await started(simulation)
    simulation.kill('1:1')
    await simulation.run(25_000)
    expect(statuses(simulation)).toEqual(['EMPTY', 'EMPTY', 'EMPTY'])
    expect(lines.join('')).toContain('recover.cpp:110] Unable to finish the recover protocol in 10secs, retrying')
  })

  test('does not begin by itself where that is forbidden', async () => {
    const simulation = new Simulation(2, randomFrom(1))
    await started(simulation, false)
    expect(statuses(simulation)).toEqual(['EMPTY', 'EMPTY', 'EMPTY'])
  })

  test('of one replica has its first entry at position 1, after a filled position 0', async () => {
    const simulation = new Simulation(1, randomFrom(1))
    await simulation.settle(recovering(simulation.start('1:1')))
    await write(simulation, '1:1', ['one'])
    expect(lines.join('')).toMatch(
      /explicit promise request from __req_res__\(\d+\)@1:1 for position 0 with proposal 2\n/,
    )
    expect(lines.join('')).toContain('Coordinator attempting to write APPEND action at position 1\n')
    expect(lines.join('')).toContain('Coordinator attempting to write TRUNCATE action at position 2\n')
  })
})

describe('a replica that lost its disk', () => {
  test('catches up while the two others vote, and carries the quorum from then on', async () => {
    const simulation = new Simulation(2, randomFrom(2))
    await started(simulation)
    await write(simulation, '2:1', ['one', 'two'])
    simulation.wipe('1:1')
    const back = recovering(simulation.start('1:1'))
    await simulation.settle(back)
    expect(lines.join('')).toMatch(/recover.cpp:543] Starting catch-up from position [13] to 4\n/)
    expect(lines.join('')).toContain('recover.cpp:578] Successfully joined the Paxos group\n')
    simulation.kill('2:1')
    expect(await read(simulation, '1:1')).toBe('two')
  })

  test('stays empty while only one other votes, for ever', async () => {
    const simulation = new Simulation(2, randomFrom(3))
    await started(simulation)
    await write(simulation, '3:1', ['one'])
    for (const address of ['1:1', '2:1']) {
      simulation.wipe(address)
      void recovering(simulation.start(address))
    }
    await simulation.run(120_000)
    expect(statuses(simulation)).toEqual(['EMPTY', 'EMPTY', 'VOTING'])
    const survivor = simulation.nodes.get('3:1')
    const coordinator = survivor && new Coordinator(survivor.ensemble)
    const elected = await simulation.settle(coordinator?.elect(new AbortController().signal) ?? Promise.resolve(0))
    expect(elected).toBeUndefined()
    expect(lines.join('')).toContain(
      'consensus.cpp:363] Aborting implicit promise request because 2 ignores received\n',
    )
  })

  test('begins a new log with the others where all three lost theirs', async () => {
    const simulation = new Simulation(2, randomFrom(4))
    await started(simulation)
    await write(simulation, '3:1', ['one'])
    for (const address of addresses) simulation.wipe(address)
    await started(simulation)
    expect(statuses(simulation)).toEqual(['VOTING', 'VOTING', 'VOTING'])
    expect(await read(simulation, '1:1')).toBeUndefined()
  })

  test('is made to vote by hand: with the intact one, the third catches up', async () => {
    const simulation = new Simulation(2, randomFrom(5))
    await started(simulation)
    await write(simulation, '3:1', ['one', 'two'])
    simulation.wipe('1:1')
    simulation.wipe('2:1')
    simulation.start('1:1', 'VOTING')
    await simulation.settle(recovering(simulation.start('2:1')))
    expect(await read(simulation, '1:1')).toBe('two')
  })

  test('goes on with catching up when it was killed meanwhile', async () => {
    const simulation = new Simulation(2, randomFrom(6))
    await started(simulation)
    await write(simulation, '2:1', ['one', 'two'])
    simulation.wipe('1:1')
    void recovering(simulation.start('1:1'))
    await simulation.run(10_000, () => simulation.disk('1:1')?.status === 'RECOVERING')
    simulation.kill('1:1')
    expect(simulation.disk('1:1')?.status).toBe('RECOVERING')
    await simulation.settle(recovering(simulation.start('1:1')))
    expect(await read(simulation, '1:1')).toBe('two')
  })
})

describe('a quorum of 1', () => {
  test('makes a new log of an empty replica at once, whatever the others have', async () => {
    const simulation = new Simulation(1, randomFrom(7))
    simulation.start('1:1', 'VOTING')
    await write(simulation, '1:1', ['one'])
    const newcomer = simulation.start('2:1')
    // At its start a master knows only itself: ZooKeeper answers later.
    newcomer.ensemble.network.become([])
    await simulation.settle(recovering(newcomer))
    expect(await read(simulation, '2:1')).toBeUndefined()
  })

  test('kills a newcomer that may not do that, for its own replica alone refuses it', async () => {
    const simulation = new Simulation(1, randomFrom(8))
    simulation.start('1:1', 'VOTING')
    await write(simulation, '1:1', ['one'])
    simulation.faults = { lost: 0, repeated: 0, ownFirst: true }
    const end = await simulation.settle(recovering(simulation.start('2:1'), false))
    expect(end).toMatchObject({ place: 'consensus.cpp', message: 'Check failed: highestNackProposal >= proposal ' })
    expect(simulation.disk('2:1')?.status).toBe('RECOVERING')
  })
})

test('what was acknowledged outlives one disk after another, if each replica catches up before the next is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.constantFrom(0, 0.02, 0.1), fc.constantFrom(0, 0.2), async (seed, lost, repeated) => {
      const random = randomFrom(seed)
      const simulation = new Simulation(2, random)
      await started(simulation)
      for (let round = 0; round < 4; round += 1) {
        const leader = addresses[Math.floor(random() * 3)] ?? '1:1'
        await write(simulation, leader, [`${round}.0`, `${round}.1`])
        const victim = addresses[Math.floor(random() * 3)] ?? '1:1'
        simulation.wipe(victim)
        simulation.faults = { lost, repeated }
        await simulation.settle(recovering(simulation.start(victim)))
        simulation.faults = { lost: 0, repeated: 0 }
        const gone = addresses[Math.floor(random() * 3)] ?? '1:1'
        simulation.kill(gone)
        expect(await read(simulation, addresses.find((address) => address !== gone) ?? '')).toBe(`${round}.1`)
        simulation.start(gone)
      }
    }),
    { numRuns: 60 },
  )
})

test('who leads while positions are missing that nobody answers for gives up in the time that it was given', async () => {
  const simulation = new Simulation(2, randomFrom(9))
  for (const address of addresses) simulation.start(address, 'VOTING')
  await write(simulation, '2:1', ['one'])
  simulation.wipe('1:1')
  const { ensemble, life } = simulation.start('1:1', 'VOTING')
  const coordinator = new Coordinator(ensemble)
  // Its proposal is 1, as that of the other was.
  expect(await simulation.settle(coordinator.elect(life.signal))).toBeUndefined()
  lines = []
  const electing = within(ensemble.clock, 5000, life.signal, (signal) => coordinator.elect(signal))
  electing.catch(() => undefined)
  await simulation.run(1000, () => lines.some((line) => line.includes('attempting to fill missing positions')))
  simulation.kill('2:1')
  simulation.kill('3:1')
  await expect(simulation.settle(electing)).rejects.toThrow('5000 ms are over')
})
