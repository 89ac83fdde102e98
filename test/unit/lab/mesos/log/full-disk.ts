import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DiskStorage } from '../../../../lab/mesos/log/storage.ts'
import type { Action } from '../../../../lab/mesos/log/wire.ts'

/** Runs on a small file system of its own, given as its argument, and says what becomes of writes while it is full. */
const [folder = ''] = process.argv.slice(2)
const log = join(folder, 'replicated_log')
const filler = join(folder, 'filler')

const value: Action = { position: 0, promised: 1, performed: 1, content: { type: 'APPEND', bytes: 'x' }, learned: true }
const truncation: Action = {
  position: 1,
  promised: 1,
  performed: 1,
  content: { type: 'TRUNCATE', to: 1 },
  learned: true,
}

function told(act: () => string): void {
  try {
    process.stdout.write(`${act()}\n`)
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`)
  }
}

function fillUp(): void {
  const file = openSync(filler, 'w')
  try {
    for (;;) writeSync(file, Buffer.alloc(4096))
  } catch {
    closeSync(file)
  }
}

const storage = new DiskStorage(log)
storage.persist({ action: value })
fillUp()
// The page of the log has room for this one; the table that it makes necessary has none.
for (const action of [truncation, value, value]) {
  told(() => {
    storage.persist({ action })
    return 'written'
  })
}
storage.close()
told(() => `opened, at ${new DiskStorage(log).contents.begin}`)
rmSync(filler)
told(() => `opened, at ${new DiskStorage(log).contents.begin}`)
