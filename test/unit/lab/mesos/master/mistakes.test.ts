import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('../../../../lab/mesos/master.ts', import.meta.url))

async function end(
  ...argv: readonly string[]
): Promise<{ readonly how: number | string | null; readonly log: string }> {
  const child = spawn(process.execPath, [program, '--ip=127.0.215.2', '--port=5050', ...argv])
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString('utf8')
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { how: code ?? signal, log }
}

const zk = '--zk=zk://127.0.215.1:2181/mesos'

// The words and ends of c-failures/10 and 56, e-flags/environment-and-errors.txt.
test.each([
  [[], 1, 'main.cpp:360] EXIT with status 1: --work_dir needed for replicated log based registry'],
  [['--work_dir=/proc/nope'], 1, "main.cpp:366] EXIT with status 1: Failed to create work directory '/proc/nope': "],
  [[zk, '--work_dir=.'], 1, 'main.cpp:374] EXIT with status 1: Need to specify --quorum for replicated log based'],
  [
    ['--zk=nonsense', '--work_dir=.', '--quorum=1'],
    1,
    'main.cpp:381] EXIT with status 1: Error parsing ZooKeeper URL: ',
  ],
  [
    ['--registry=in_memory', '--agent_removal_rate_limit=garbage'],
    1,
    'main.cpp:498] EXIT with status 1: Invalid agent',
  ],
  [['--registry=in_memory', '--agent_removal_rate_limit=1/0secs'], 'SIGABRT', 'limiter.hpp:69] Check failed: duration'],
  [['--registry=in_memory', '--agent_removal_rate_limit=0/1mins'], 'SIGABRT', 'limiter.hpp:68] Check failed: permits'],
  [['--registry=in_memory', '--agent_reregister_timeout=1mins'], 1, 'Must be at least 10mins'],
  [['--registry=in_memory', '--acls=nonsense'], 1, "Failed to load flag 'acls'"],
  [['--registry=in_memory', '--authenticate_http_readonly'], 1, 'No credentials provided for the default'],
] as const)('a master with %j ends by %s', async (argv, how, words) => {
  const ended = await end(...argv)
  expect(ended.log).toContain(words)
  expect(ended.how).toBe(how)
})
