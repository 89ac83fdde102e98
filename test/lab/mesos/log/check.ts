/** A failed check of Mesos: whoever runs a process of its own ends it by `abort(place, message)`. */
export class CheckFailed extends Error {
  readonly place: string

  constructor(place: string, message: string) {
    super(message)
    this.place = place
  }
}
