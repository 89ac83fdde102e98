import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const common = join(import.meta.dirname, '../../../../lab/mesos/common')

/** What a stand-in does before it is one: each needs a process of its own, since it ends it. */
const acts = {
  flags: `import { loadFlags } from '${common}/flags.ts'
    loadFlags(process.argv[1], process.argv.slice(2), {})`,
  exit: `import { exitWith } from '${common}/log.ts'
    exitWith('main.cpp:360', 'words')`,
  abort: `import { abort } from '${common}/log.ts'
    abort('limiter.hpp:69', 'words')`,
  terminate: `import { dieLoudly } from '${common}/log.ts'
    dieLoudly(); setInterval(() => undefined, 1000); process.kill(process.pid, 'SIGTERM')`,
  listen: `import { Libprocess } from '${common}/process.ts'
    await Libprocess.listen(process.argv[1], Number(process.argv[2]))`,
}

export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export async function outcome(act: keyof typeof acts, args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', acts[act], '--', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8')
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, stdout, stderr }
}
