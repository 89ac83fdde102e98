/** One server of an ensemble. */
export interface Place {
  readonly id: number
  readonly host: string
}

export type Ensemble = readonly Place[]

/** As it stands in a server's record: `1=m1,2=m2,3=m3`, by id, so that one set always has one text. */
export function ensembleText(ensemble: Ensemble): string {
  return [...ensemble]
    .sort((a, b) => a.id - b.id)
    .map(({ id, host }) => `${id}=${host}`)
    .join(',')
}

/** Parts of another form are left out. */
export function parseEnsemble(text: string): Ensemble {
  return text.split(',').flatMap((part) => {
    const [, id, host] = /^(\d+)=(.+)$/.exec(part) ?? []
    return id === undefined || host === undefined ? [] : [{ id: Number(id), host }]
  })
}
