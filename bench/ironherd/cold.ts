// `node cold.ts SNAPSHOT`: a process that knows nothing and has no connections makes its first pass over what stands.
import { readFileSync } from 'node:fs'
import { createPasses } from './passes.ts'
import { type Snapshot, SnapshotStore } from './snapshot-store.ts'

const snapshot = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Snapshot
const passes = createPasses(new SnapshotStore(snapshot), () => Promise.reject(new Error('nothing is to be installed')))
await passes.first()
process.exit()
