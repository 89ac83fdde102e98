// Free loopback ports for servers that must come back at the same place: outside of the range from which the kernel gives
// ports to outgoing connections, or one of these takes the place of a server that is down for a minute.
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

const FIRST = 20_000
const LAST = 30_000

export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>()
  for (let tried = 0; ports.size < count; tried += 1) {
    if (tried > 1000) throw new Error(`No free port between ${FIRST} and ${LAST}`)
    const port = randomInt(FIRST, LAST)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => {
      resolve(false)
    })
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true)
      })
    })
  })
}
