/** `512m`, `512Mi`, `8g`, `8Gi` (the shape of `memory` in common.ts) → MiB. Throws on anything else: validate first. */
export function memoryMiB(quantity: string): number {
  const match = /^([1-9][0-9]{0,6})(m|g|Mi|Gi)$/.exec(quantity)
  if (match === null) throw new RangeError(`not an amount of memory: ${quantity}`)
  const amount = Number(match[1])
  return match[2] === 'g' || match[2] === 'Gi' ? amount * 1024 : amount
}

/** As Java and Spark write it: 512m. */
export function javaMemory(quantity: string): string {
  return `${memoryMiB(quantity)}m`
}
