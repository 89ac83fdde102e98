/** Cuts a stream of records (`length`, line feed, so many bytes) into JSON values. Throws where it is no such stream. */
export class Records {
  #rest: Buffer = Buffer.alloc(0)

  take(data: Buffer): unknown[] {
    this.#rest = Buffer.concat([this.#rest, data])
    const records: unknown[] = []
    for (;;) {
      const feed = this.#rest.indexOf('\n')
      if (feed < 0) return records
      const length = this.#rest.subarray(0, feed).toString('utf8')
      if (!/^\d+$/.test(length)) throw new Error(`"${length}" is not the length of a record`)
      const end = feed + 1 + Number(length)
      if (this.#rest.length < end) return records
      records.push(JSON.parse(this.#rest.subarray(feed + 1, end).toString('utf8')))
      this.#rest = this.#rest.subarray(end)
    }
  }
}

export interface TaskStatus {
  readonly task_id: { readonly value: string }
  readonly agent_id?: { readonly value: string }
  readonly state: string
  readonly message?: string
  readonly reason?: string
  readonly source?: string
  readonly uuid?: string
}

/** What a master tells of a framework's fate, as far as this program minds. */
export type Event =
  | { readonly type: 'SUBSCRIBED'; readonly subscribed: { readonly framework_id: { readonly value: string } } }
  | { readonly type: 'OFFERS'; readonly offers: { readonly offers: readonly Offer[] } }
  | { readonly type: 'UPDATE'; readonly update: { readonly status: TaskStatus } }
  | { readonly type: 'ERROR'; readonly error: { readonly message: string } }
  | { readonly type: 'RESCIND' | 'FAILURE' | 'HEARTBEAT' | 'MESSAGE' }

export interface Offer {
  readonly id: { readonly value: string }
  readonly agent_id: { readonly value: string }
  readonly resources: readonly { readonly name: string; readonly scalar?: { readonly value: number } }[]
}
