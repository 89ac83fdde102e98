import type { PermitRequest, Premise, ProvenVerb, Repair } from '../../src/model/kind.ts'
import type { Guard, Step } from '../../src/model/step.ts'
import type { HistoryVerb } from './hdfs-histories.ts'
import { deciding, mapSteps } from './planting.ts'
import type { Mutant } from './world.ts'

/** A bug that is planted in the rules of HDFS, and the history (verb and words) that is not played to its end with it. */
export interface HdfsMutant {
  readonly mutant: Mutant
  readonly seenBy: readonly [verb: HistoryVerb, what: string]
}

/** One claim is taken for proven, whatever was seen. */
function believing(verb: ProvenVerb, premise: Premise): Mutant {
  return deciding(`${verb} does not ask for ${premise}`, (input) => ({
    ...input,
    repairs: input.repairs.map((repair) => withPermit(repair, (permit) => believe(permit, verb, premise))),
  }))
}

function believe(permit: PermitRequest, verb: ProvenVerb, premise: Premise): PermitRequest {
  if (permit.rule !== 'Proven' || permit.verb !== verb) return permit
  const evidence = permit.evidence.map((piece) =>
    piece.premise === premise ? { ...piece, state: 'proven' as const } : piece,
  )
  return { ...permit, evidence }
}

function withPermit(repair: Repair, change: (permit: PermitRequest) => PermitRequest): Repair {
  return repair.permit === undefined ? repair : { ...repair, permit: change(repair.permit) }
}

/** Every place is taken for empty. */
const emptyPlaces: Mutant = deciding('a place that is not seen, or holds something, is taken for empty', (input) => ({
  ...input,
  repairs: input.repairs.map((repair) =>
    withPermit(repair, (permit) =>
      permit.rule === 'EveryPlaceEmpty' && repair.actions.length > 0
        ? { ...permit, places: permit.places.map((place) => ({ ...place, state: 'empty' as const })) }
        : permit,
    ),
  ),
}))

function unguarded(verb: string, kind: Guard['guard']): Mutant {
  const bare = (step: Step): Step =>
    step.action.verb === verb ? { ...step, guards: step.guards.filter(({ guard }) => guard !== kind) } : step
  return {
    name: `${verb} has no guard ${kind}`,
    engine: (engine) => ({
      ...engine,
      decide: (input) => mapSteps(engine.decide(input), bare),
      decideRelease: (input) => mapSteps(engine.decideRelease(input), bare),
    }),
  }
}

const neverHandedOver = deciding('who is active is restarted like any other', ({ assessment, ...input }) => {
  const { handovers: _, ...others } = assessment
  return { ...input, assessment: others }
})

const alwaysReleased = deciding('whoever leaves counts as released', ({ assessment, expansion, ...input }) => ({
  ...input,
  expansion,
  assessment: { ...assessment, otherwise: {}, released: expansion.leaving.map(({ member }) => member.id) },
}))

const purgedWhateverThePolicy: Mutant = {
  name: 'what is deleted is purged, whatever the policy',
  engine: (engine) => ({ ...engine, decideRelease: (input) => engine.decideRelease({ ...input, policy: 'Purge' }) }),
}

const obstaclesIgnored: Mutant = {
  name: 'what stands in the way of a deletion is not waited for',
  engine: (engine) => ({ ...engine, decideRelease: (input) => ({ ...engine.decideRelease(input), problems: [] }) }),
}

export const hdfsMutants: readonly HdfsMutant[] = [
  { mutant: emptyPlaces, seenBy: ['FormatNameNode', 'a name directory of the first NameNode is of another cluster'] },
  { mutant: believing('SeedJournal', 'OthersInStep'), seenBy: ['SeedJournal', 'another journal is down'] },
  {
    mutant: unguarded('FormatNameNode', 'DirectoryEmpty'),
    seenBy: ['FormatNameNode', 'somebody puts another cluster there right before the format'],
  },
  {
    mutant: unguarded('FormatNameNode', 'Mounted'),
    seenBy: ['FormatNameNode', 'a disk is gone right before the format'],
  },
  {
    mutant: unguarded('BootstrapStandby', 'DirectoryEmpty'),
    seenBy: ['BootstrapStandby', 'another cluster is put there right before the copy'],
  },
  {
    mutant: unguarded('BootstrapStandby', 'Mounted'),
    seenBy: ['BootstrapStandby', 'the disk is gone right before the copy'],
  },
  {
    mutant: unguarded('SeedJournal', 'DirectoryEmpty'),
    seenBy: ['SeedJournal', 'another cluster is put there right before'],
  },
  { mutant: unguarded('SeedJournal', 'Mounted'), seenBy: ['SeedJournal', 'the disk is gone right before'] },
  {
    mutant: unguarded('FormatFailover', 'ZnodeAbsent'),
    seenBy: ['FormatFailover', 'somebody makes the znode right before'],
  },
  {
    mutant: unguarded('SeedJournal', 'UnitNotRunning'),
    seenBy: ['SeedJournal', 'somebody starts the JournalNode right before'],
  },
  {
    mutant: unguarded('FormatFailover', 'UnitNotRunning'),
    seenBy: ['FormatFailover', 'somebody starts the controller right before'],
  },
  {
    mutant: believing('BootstrapStandby', 'JournalsInStep'),
    seenBy: ['BootstrapStandby', 'two of three journals are fenced'],
  },
  { mutant: unguarded('MoveAside', 'UnitNotRunning'), seenBy: ['Purge', 'somebody starts a daemon right before'] },
  {
    mutant: unguarded('MoveAside', 'Mounted'),
    seenBy: ['MoveAside', 'half a copy, and the disk is gone right before'],
  },
  { mutant: neverHandedOver, seenBy: ['FailOver', 'a setting of the NameNodes is changed'] },
  { mutant: alwaysReleased, seenBy: ['Departure', 'a DataNode leaves'] },
  { mutant: purgedWhateverThePolicy, seenBy: ['Purge', 'the policy is Stop'] },
  { mutant: obstaclesIgnored, seenBy: ['Purge', 'a disk is not mounted'] },
]
