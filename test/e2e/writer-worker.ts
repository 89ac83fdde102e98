// Writes through one server until it does not answer for a second, or says no; tells when each write was acknowledged.
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import zookeeper from 'node-zookeeper-client'

const client = zookeeper.createClient(String(workerData), { sessionTimeout: 20_000, spinDelay: 100 })

function call(run: (done: (error: Error | null) => void) => void): Promise<Error | null> {
  return Promise.race([
    new Promise<Error | null>((resolve) => {
      run(resolve)
    }),
    sleep(1000).then(() => new Error('no answer in a second')),
  ])
}

client.connect()
let failed = await call((done) => client.mkdirp('/writer', done))
for (let count = 0; failed === null; count++) {
  failed = await call((done) => client.setData('/writer', Buffer.from(String(count)), done))
  if (failed === null) parentPort?.postMessage(Date.now())
  await sleep(50)
}
client.close()
// What the library still holds would keep the thread alive.
process.exit(0)
