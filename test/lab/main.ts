// The lab's command line: `npm run lab -- COMMAND`.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Served } from './artifacts/server.ts'
import { buildEverything } from './cache/index.ts'
import { takeDown, takeDownAbandoned } from './down.ts'
import type { PartitionFrom } from './hosts/network.ts'
import { keep } from './keeper.ts'
import { attachLab, type Lab, leaveRunning, startLab } from './lab.ts'
import { requireRoot } from './machine/needs.ts'
import { isAlive } from './machine/processes.ts'
import { isAbandoned, labNames, readRecord } from './record.ts'

const HELP = `Real hosts and a real control plane on this machine, for tests and for trying things out.

  build                        fill the cache (about ten minutes, once)
  up [--hosts N] [--python]    start a lab that stays; default 6 hosts
  down [--all]                 take it down; all: but for those that a program still works with, which \`down --name NAME\` takes down
  status                       labs that run, and their hosts
  ssh m1 [COMMAND…]            log in as ironherd does
  exec m1 COMMAND…             run as root in the guest, past sshd
  power-off m1, power-on m1, reboot m1
  partition m1 [--from WHOM]   drop packets; WHOM: controller (default), all, or hosts as m2,m3
  heal m1
  kubectl ARGS…                kubectl as the lab's administrator
  env [--as IDENTITY]          shell lines that set KUBECONFIG and more; IDENTITY: admin (default), ironherd

Every command takes --name NAME; without it, \`up\` says "lab" and the others take the one lab that runs.
It needs root, and leaves nothing behind but the cache, ~/.cache/ironherd-lab.
`

const say = (line: string): void => {
  console.log(line)
}

function chosen(name: string | undefined): Lab {
  if (name !== undefined) return attachLab(name)
  const [only, ...others] = labNames()
  if (only === undefined) throw new Error('No lab runs. Start one: npm run lab -- up')
  if (others.length > 0) throw new Error(`Several labs run: say --name ${[only, ...others].join(' or --name ')}`)
  return attachLab(only)
}

async function up(name: string, hosts: number, withPython: boolean): Promise<void> {
  const started = Date.now()
  // Ctrl-C: the keeper sees that we are gone and takes down what there is so far.
  const lab = await startLab({ name, hosts, withPython, log: say })
  leaveRunning(lab.name)
  say(`lab: ${lab.name} is up with ${String(hosts)} hosts after ${((Date.now() - started) / 1000).toFixed(1)} s`)
  for (const host of lab.hosts) say(`  ${host.name}  ${host.address}`)
  say(`  gateway ${lab.gateway}, API server ${lab.kube.url}, user ${lab.ssh.user}, key ${lab.ssh.privateKeyFile}`)
  say('Try: npm run lab -- kubectl get namespaces; npm run lab -- ssh m1; eval "$(npm run --silent lab -- env)"')
}

/** Those that nobody works with: `up` left them running. A test that runs would lose its hosts under its feet. */
function idleLabs(): readonly string[] {
  return labNames().filter((name) => {
    const owner = readRecord(name)?.owner
    if (owner === undefined || owner === null || !isAlive(owner)) return true
    say(`lab: ${name} stays: process ${String(owner.pid)} works with it`)
    return false
  })
}

function status(): void {
  const names = labNames()
  if (names.length === 0) say('no lab runs')
  for (const name of names) {
    const record = readRecord(name)
    if (record === undefined) {
      say(`${name}: is being made or removed`)
      continue
    }
    const owner =
      record.owner === null
        ? 'by itself'
        : isAbandoned(record)
          ? 'abandoned'
          : `for process ${String(record.owner.pid)}`
    say(`${name}: since ${record.createdAt}, ${record.ready ? 'runs' : 'is starting'} ${owner}`)
    for (const host of attachedHosts(name)) say(`  ${host}`)
  }
}

function attachedHosts(name: string): readonly string[] {
  try {
    return attachLab(name).hosts.map((host) => `${host.name}  ${host.address}`)
  } catch {
    return []
  }
}

function ssh(lab: Lab, hostName: string, command: readonly string[]): number {
  const host = lab.host(hostName)
  const known = join(lab.dir, 'known_hosts')
  writeFileSync(known, lab.hosts.flatMap((each) => each.hostKeys.map((key) => `${each.address} ${key}\n`)).join(''))
  const options = ['-i', lab.ssh.privateKeyFile, '-o', `UserKnownHostsFile=${known}`, '-o', 'StrictHostKeyChecking=yes']
  const done = spawnSync('ssh', [...options, `${lab.ssh.user}@${host.address}`, ...command], { stdio: 'inherit' })
  return done.status ?? 1
}

function env(lab: Lab, identity: string): void {
  if (identity !== 'admin' && identity !== 'ironherd' && identity !== 'ironherd-2' && identity !== 'stranger') {
    throw new Error(`--as ${identity}: admin, ironherd, ironherd-2 or stranger`)
  }
  say(`export KUBECONFIG=${lab.kube.tokenKubeconfig(identity)}`)
  say(`export LAB_NAME=${lab.name}`)
  say(`export LAB_GATEWAY=${lab.gateway}`)
  say(`export LAB_SSH_KEY=${lab.ssh.privateKeyFile}`)
}

/** Not through the lab's own `kubectl`, which collects the output: here a person may watch, or type. */
function kubectl(lab: Lab, args: readonly string[]): number {
  const program = readRecord(lab.name)?.kube?.kubectl
  if (program === undefined) throw new Error(`The lab ${lab.name} has no control plane`)
  const env = { ...process.env, KUBECONFIG: lab.kube.tokenKubeconfig('admin') }
  return spawnSync(program, args, { stdio: 'inherit', env }).status ?? 1
}

async function exec(lab: Lab, host: string, command: string): Promise<number> {
  const outcome = await lab.host(host).exec(command)
  process.stdout.write(outcome.stdout)
  process.stderr.write(outcome.stderr)
  return outcome.code
}

function whom(from: string): PartitionFrom {
  return from === 'controller' || from === 'all' ? from : from.split(',')
}

/** What belongs to the lab stands before the first word that belongs to somebody else: `exec m1 ls --all` is of `ls`. */
function split(argv: readonly string[]): { own: readonly string[]; rest: readonly string[] } {
  const foreignFrom: Readonly<Record<string, number>> = { ssh: 2, exec: 2, kubectl: 1, keeper: 1 }
  let at = 0
  let words = 0
  let limit = Number.POSITIVE_INFINITY
  for (; at < argv.length && words < limit; at += 1) {
    const word = argv[at] ?? ''
    if (word === '--name') at += 1
    if (word.startsWith('-')) continue
    words += 1
    if (words === 1) limit = foreignFrom[word] ?? limit
  }
  return { own: argv.slice(0, at), rest: argv.slice(at) }
}

async function main(argv: readonly string[]): Promise<number> {
  const { own, rest } = split(argv)
  const { values, positionals } = parseArgs({
    args: [...own],
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      hosts: { type: 'string', default: '6' },
      python: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      from: { type: 'string', default: 'controller' },
      as: { type: 'string', default: 'admin' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const [command, hostName = ''] = positionals
  if (values.help || command === undefined || command === 'help') {
    process.stdout.write(HELP)
    return command === undefined && !values.help ? 2 : 0
  }
  requireRoot()
  const lab = (): Lab => chosen(values.name)
  switch (command) {
    case 'build':
      await buildEverything(say)
      return 0
    case 'up':
      await up(values.name ?? 'lab', Number(values.hosts), values.python)
      return 0
    case 'down': {
      await takeDownAbandoned(say)
      const names = values.all ? idleLabs() : labNames().length === 0 ? [] : [values.name ?? chosen(undefined).name]
      for (const name of names) await takeDown(name)
      say(names.length === 0 ? 'no lab runs' : `lab: ${names.join(', ')} is down`)
      return 0
    }
    // Not for people: what `startLab` leaves running beside the hosts.
    case 'keeper': {
      const [name = '', address = '', served = '{}'] = rest
      keep(name, address, JSON.parse(served) as Served)
      return 0
    }
    case 'status':
      status()
      return 0
    case 'ssh':
      return ssh(lab(), hostName, rest)
    case 'exec':
      return exec(lab(), hostName, rest.join(' '))
    case 'power-off':
      await lab().host(hostName).powerOff()
      return 0
    case 'power-on':
      await lab().host(hostName).powerOn()
      return 0
    case 'reboot':
      await lab().host(hostName).reboot()
      return 0
    case 'partition':
      await lab().host(hostName).partition(whom(values.from))
      return 0
    case 'heal':
      await lab().host(hostName).heal()
      return 0
    case 'kubectl':
      return kubectl(lab(), rest)
    case 'env':
      env(lab(), values.as)
      return 0
    default:
      throw new Error(`${command}: no such command. See: npm run lab -- --help`)
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
