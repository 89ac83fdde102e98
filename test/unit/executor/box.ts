import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outcomesOf } from '../../../src/executor/reply.ts'
import { waveScript } from '../../../src/executor/script.ts'
import { quote } from '../../../src/formats/shell.ts'
import { bootstrap, encodeRun, FrameDecoder } from '../../../src/hosts/session-protocol.ts'
import type { ExecutionContext } from '../../../src/model/engine.ts'
import type { Action, Guard, Step, StepOutcome } from '../../../src/model/step.ts'
import { makeStep } from '../../../src/planner/steps.ts'

/**
 * A machine to break: the file system of this one, seen through a private mount namespace in which all that the scripts
 * write to is an overlay of the box's own. Scripts are run by the same session protocol as on a host. `systemctl` is a small
 * fake that keeps a state per unit; real units are for the lab.
 */
export interface Box {
  run(script: string): Promise<BoxResult>
  /** Runs steps as a wave, and returns their outcomes with the rest of the answer. */
  wave(
    steps: readonly Step[],
    more?: Partial<ExecutionContext>,
  ): Promise<BoxResult & { readonly outcomes: readonly StepOutcome[] }>
  /** What a shell script prints; throws when it fails. */
  ask(script: string): Promise<string>
  remove(): void
}

export interface BoxResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Why there can be no box here; '' when there can. */
export function whyNoBox(): string {
  if (process.platform !== 'linux') return 'needs Linux'
  if (process.getuid?.() !== 0) return 'needs root'
  const tried = spawnSync('unshare', ['-m', 'true'])
  return tried.status === 0 ? '' : 'needs `unshare -m`'
}

const overlaid = ['/etc', '/opt', '/usr/local', '/var/cache', '/var/lib']

const fakeSystemctl = `#!/bin/bash
verb=$1; shift; unit=; runtime=
for a; do case $a in --runtime) runtime=1;; -*) ;; ActiveState) ;; *) unit=$a;; esac; done
mkdir -p /mnt/fake; echo "$verb\${runtime:+ --runtime} $unit" >>/mnt/fake/log
[ ! -e "/mnt/fake/fail-$verb" ] || { echo "$verb of $unit failed" >&2; exit 1; }
case $verb in
  show) [ ! -e /mnt/fake/mute ] || exit 1; cat "/mnt/fake/$unit" 2>/dev/null || echo inactive;;
  start|restart) echo active >"/mnt/fake/$unit";;
  stop) echo inactive >"/mnt/fake/$unit";;
  is-active) [ "$(cat "/mnt/fake/$unit" 2>/dev/null)" = active ];;
esac
`

/** The real one would speak to this machine. */
const fakeHostnamectl = `#!/bin/bash
mkdir -p /mnt/fake; echo "hostnamectl $*" >>/mnt/fake/log
`

/** With `network` it is alone in a network of its own, which stays from one script to the next. */
export function makeBox(network = false): Box {
  const holder = network ? holdNetwork() : undefined
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'ironherd-box-'))
  const mounts: string[] = []
  for (const path of overlaid) {
    const own = join(root, path.replaceAll('/', '_'))
    mkdirSync(join(own, 'upper'), { recursive: true })
    mkdirSync(join(own, 'work'))
    mounts.push(`mount -t overlay -o lowerdir=${path},upperdir=${own}/upper,workdir=${own}/work overlay ${path}`)
  }
  const data = join(root, 'data')
  mkdirSync(data)
  mounts.push(`mount --bind ${data} /mnt`)
  const setUp = `set -e; mount --make-rprivate /; ${mounts.join('; ')}
mkdir -p /usr/local/sbin; printf %s ${quoteBytes(fakeSystemctl)} | base64 -d >/usr/local/sbin/systemctl; printf %s ${quoteBytes(fakeHostnamectl)} | base64 -d >/usr/local/sbin/hostnamectl; chmod 755 /usr/local/sbin/systemctl /usr/local/sbin/hostnamectl
exec /bin/bash --noprofile --norc`
  const run = async (script: string) => runIn(setUp, script, await holder?.entered)
  return {
    run,
    async wave(steps, more = {}) {
      const result = await run(waveScript(steps, { ...context, ...more }))
      return { ...result, outcomes: outcomesOf(steps, result.stdout) }
    },
    async ask(script) {
      const { code, stdout, stderr } = await run(script)
      if (code !== 0) throw new Error(`exit ${code}: ${stderr}`)
      return stdout.trimEnd()
    },
    remove: () => {
      holder?.end()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function quoteBytes(text: string): string {
  return quote(Buffer.from(text).toString('base64'))
}

/** A process that does nothing but keep a network alive; `entered`: the words that run a command in it. */
function holdNetwork(): { readonly entered: Promise<readonly string[]>; readonly end: () => void } {
  const child = spawn('unshare', ['-n', '/bin/bash', '-c', 'echo there; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const entered = new Promise<readonly string[]>((resolve, reject) => {
    child.once('error', reject)
    child.stdout.once('data', () => resolve(['nsenter', `--net=/proc/${String(child.pid)}/ns/net`]))
  })
  return { entered, end: () => void child.kill('SIGKILL') }
}

async function runIn(setUp: string, script: string, enter: readonly string[] = []): Promise<BoxResult> {
  const nonce = 'b0b0b0b0'
  const [program = '', ...args] = [...enter, 'unshare', '-m', '/bin/bash', '-c', setUp]
  const child = spawn(program, args, { stdio: 'pipe' })
  const out = new FrameDecoder(nonce, 1 << 20)
  const err = new FrameDecoder(nonce, 1 << 20)
  const noise: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => {
    noise.push(chunk)
    err.push(chunk)
  })
  child.stdin.on('error', () => undefined)
  child.stdin.write(bootstrap(nonce))
  child.stdin.end(encodeRun(nonce, script, 60_000, false))
  await new Promise((resolve) => child.once('close', resolve))
  if (out.done === undefined) throw new Error(`the box did not answer: ${Buffer.concat(noise).toString()}`)
  return { code: Number(out.done.tail), stdout: out.done.output.toString(), stderr: err.done?.output.toString() ?? '' }
}

export const context: ExecutionContext = {
  object: { kind: 'ZookeeperCluster', namespace: 'default', name: 'zk' },
  reconcileId: 'r1',
  authority: { installation: 'one', epoch: 3 },
  targets: {},
}

export function stepOf(action: Action, guards: readonly Guard[] = [], risk: Step['risk'] = 'none'): Step {
  return makeStep('m1', 'zookeeper-1', action, 'for a test', { guards, risk })
}
