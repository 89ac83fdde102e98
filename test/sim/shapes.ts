import type { Theme } from './faults.ts'
import { Random } from './random.ts'
import type { HdfsShape } from './specs.ts'
import type { Shape } from './world.ts'

/** In the first so many nobody is told a list while he runs. */
const plainSeeds = 1000

/**
 * From this seed to that one a quarter of the runs have an HDFS: those that see the planted bugs come before. The salt is one with which
 * none of `cases/seeds.json` has one, so that each is the run that found something.
 */
const files = { from: 422, to: 1500, salt: 1_501_663_005 } as const

/** From this seed to that one people change who is in the file systems, of which there are as many; the salt is of the same kind. */
const changing = { from: 1501, to: 2000, salt: 2_000_000_011 } as const

/** What stands in a run. What came later is drawn apart, so that every other seed is the run that it always was. */
export function shapeOf(seed: number, choice: Random, theme: Theme): Shape {
  return {
    voters: choice.pick([3, 3, 3, 3, 5, 1]),
    workers: choice.pick([0, 0, 3]),
    keepsHosts: choice.chance(0.1) || theme === 'members' || theme === 'deletion',
    spares: choice.pick([0, 1, 2]),
    policy: choice.pick(['Automatic', 'Automatic', 'Automatic', 'Automatic', 'ApproveDisruptive', 'ApproveAll']),
    ...(seed < files.from || seed > files.to ? {} : filesIn(new Random(seed + files.salt))),
    ...(seed < changing.from || seed > changing.to ? {} : changingIn(new Random(seed + changing.salt))),
    ...(seed <= plainSeeds ? {} : toldIn(new Random(seed + 1_000_000_007))),
  }
}

/** Three clusters at once are dear: Spark stands beside an HDFS in few runs. */
function filesIn(random: Random): Pick<Shape, 'hdfs'> & Partial<Pick<Shape, 'workers'>> {
  if (!random.chance(0.25)) return {}
  return {
    hdfs: { fencing: random.chance(0.3) ? 'Block' : 'QjmOnly' },
    ...(random.chance(0.75) ? { workers: 0 } : {}),
  }
}

/** On five machines, so that there are hosts to go to; few forms, since each begins from machines on which it stood before. */
function changingIn(random: Random): Partial<Shape> {
  if (!random.chance(0.25)) return {}
  const form = random.pick(['plain', 'plain', 'racks', 'simple'] as const)
  const fencing = random.chance(0.3) ? 'Block' : 'QjmOnly'
  const hdfs: HdfsShape = { fencing, changes: true, ...(form === 'plain' ? {} : { [form]: true }) }
  return { hdfs, voters: 3, workers: 0, spares: 2, keepsHosts: true }
}

function toldIn(random: Random): Pick<Shape, 'reconfig'> {
  if (!random.chance(0.5)) return {}
  return { reconfig: random.chance(0.7) ? 'at once' : 'later' }
}
