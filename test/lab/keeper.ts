// The lab's own background program: serves the artifacts, and takes the lab down when the program that started it has died
// without doing so, however it died. `main.ts keeper` runs it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { artifactServer, type Served } from './artifacts/server.ts'
import { takeDown } from './down.ts'
import { labDir } from './machine/places.ts'
import { isAbandoned, readRecord } from './record.ts'

const LOOK_EVERY_MS = 500

/** Does not return: ends the process when the lab is gone. Writes the server's port into the lab's directory. */
export function keep(name: string, address: string, served: Served): void {
  const server = artifactServer(served)
  server.listen(0, address, () => {
    const bound = server.address()
    if (bound !== null && typeof bound === 'object') writeFileSync(portFile(name), `${bound.port}`)
  })
  const timer = setInterval(() => {
    const record = readRecord(name)
    if (record !== undefined && !isAbandoned(record)) return
    clearInterval(timer)
    server.close()
    // No record: somebody else took the lab down, and us nearly with it.
    if (record === undefined) process.exit(0)
    takeDown(name, { keep: process.pid }).then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  }, LOOK_EVERY_MS)
}

export function portFile(lab: string): string {
  return join(labDir(lab), 'artifacts.port')
}
