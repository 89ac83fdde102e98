import type { Sample } from './rounds.ts'
import { type Spread, spreadOf } from './statistics.ts'

export interface Row {
  readonly contender: string
  /** What stands behind the name, if anything. */
  readonly note?: string
  /** Commands, looks or scripts that one host is sent in one go. */
  readonly commands?: string
}

/** Markdown: median and quartiles of each contender, and how often the first one's time goes into it. */
export function tableOf(rows: readonly Row[], samples: readonly Sample[]): string {
  const measured = rows.map((row) => {
    const own = samples.filter(({ contender }) => contender === row.contender)
    const hosts = own.flatMap(({ hostsCpuMs }) => hostsCpuMs ?? [])
    return {
      ...row,
      wall: spreadOf(own.map(({ wallMs }) => wallMs)),
      cpu: spreadOf(own.map(({ cpuMs }) => cpuMs)),
      hosts: hosts.length === 0 ? undefined : spreadOf(hosts),
    }
  })
  const [first] = measured
  if (first === undefined) throw new Error('a table of nothing')
  const lines = measured.map((row) =>
    [
      '',
      row.contender,
      row.wall.count,
      show(row.wall),
      times(row.wall, first.wall),
      show(row.cpu),
      times(row.cpu, first.cpu),
      row.hosts === undefined ? 'not measured' : show(row.hosts),
      row.commands ?? '',
      '',
    ]
      .join(' | ')
      .trim(),
  )
  return [
    '| | runs | wall, ms | × | CPU of the controller, ms | × | CPU of the hosts, ms | commands per host |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

export function show(spread: Spread): string {
  return `${figure(spread.median)} (${figure(spread.lowerQuartile)}–${figure(spread.upperQuartile)})`
}

function times(theirs: Spread, ours: Spread): string {
  return figure(theirs.median / ours.median)
}

/** Three digits that mean something, at least to the unit. */
export function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US').replaceAll(',', ' ') : value.toPrecision(3)
}
