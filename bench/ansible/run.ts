import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Lab } from '../../test/lab/index.ts'
import { run } from '../../test/lab/machine/sh.ts'
import { cpuOfCommand, cpuOfProcess } from '../cpu.ts'
import type { HostChecks } from '../peers/checks.ts'
import type { Wanted } from '../peers/wanted.ts'
import { playbookOfModules, playbookOfOneTask, playbookOfState, scriptOf } from './playbook.ts'

/** `state` changes what is not as declared; the others only check. */
export type AnsiblePlaybook = 'modules' | 'one-task' | 'state'

export interface AnsiblePass {
  readonly wallMs: number
  /** Of ansible-playbook and everything it started, and of the SSH connections that it keeps open. */
  readonly cpuMs: number
}

export interface Ansible {
  /** One run of ansible-playbook. Throws when a check failed, with the end of what was said. */
  pass(playbook: AnsiblePlaybook): Promise<AnsiblePass>
  /** Commands sent to one host over SSH in one run; not counted for time, since saying so costs time. */
  commandsPerHost(playbook: AnsiblePlaybook): Promise<number>
  /** Ends the connections that are kept: the next run opens them anew. */
  disconnect(): Promise<void>
  close(): Promise<void>
}

/** Lays out inventory, settings and playbooks in a directory of the lab. Nothing is run yet. */
export function setUpAnsible(
  python: string,
  lab: Lab,
  wanted: Readonly<Record<string, Wanted>>,
  checks: Readonly<Record<string, HostChecks>>,
): Ansible {
  const dir = join(lab.dir, 'ansible')
  // A path of its own, and short: the name of a UNIX socket has at most 108 characters.
  const sockets = join('/tmp', `ironherd-bench-${lab.name}`)
  for (const each of [dir, sockets]) mkdirSync(each, { recursive: true, mode: 0o700 })
  const names = Object.keys(checks)
  const put = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const knownHosts = put(
    'known_hosts',
    lab.hosts.flatMap((host) => host.hostKeys.map((key) => `${host.address} ${key}\n`)).join(''),
  )
  const inventory = put('inventory.yml', stringify(inventoryOf(lab, wanted, checks), { lineWidth: 0 }))
  const playbooks: Record<AnsiblePlaybook, string> = {
    modules: put('modules.yml', playbookOfModules()),
    'one-task': put('one-task.yml', playbookOfOneTask()),
    state: put('state.yml', playbookOfState()),
  }
  const env = {
    HOME: dir,
    ANSIBLE_CONFIG: put('ansible.cfg', settings(names.length, knownHosts, sockets)),
    ANSIBLE_LOCAL_TEMP: join(dir, 'tmp'),
    LC_ALL: 'C.UTF-8',
  }
  const argv = (playbook: AnsiblePlaybook, ...options: string[]): string[] => {
    return [python, '-m', 'ansible', 'playbook', '-i', inventory, ...options, playbooks[playbook]]
  }
  const masters = async (): Promise<readonly number[]> => {
    const found = await run(['pgrep', '-f', `ControlPath=.*${sockets}|ssh: ${sockets}`])
    return found.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map(Number)
  }
  const disconnect = async (): Promise<void> => {
    for (const pid of await masters()) process.kill(pid, 'SIGTERM')
  }

  return {
    async pass(playbook) {
      const connections = await masters()
      const before = connections.reduce((sum, pid) => sum + cpuOfProcess(pid), 0)
      const ran = await cpuOfCommand(argv(playbook), env)
      const after = connections.reduce((sum, pid) => sum + cpuOfProcess(pid), 0)
      if (ran.code !== 0) throw new Error(`ansible-playbook ${playbook}: exit ${ran.code}\n${ran.output.slice(-3000)}`)
      return { wallMs: ran.wallMs, cpuMs: ran.cpuMs + Math.max(0, after - before) }
    },
    async commandsPerHost(playbook) {
      const ran = await run(argv(playbook, '-vvvv'), { env })
      if (ran.code !== 0) throw new Error(`ansible-playbook ${playbook}: exit ${ran.code}\n${ran.stdout.slice(-3000)}`)
      const address = lab.host(names[0] ?? '').address
      return ran.stdout.split('\n').filter((line) => line.startsWith(`<${address}> SSH: EXEC`)).length
    },
    disconnect,
    async close() {
      await disconnect()
      await run(['rm', '-rf', sockets])
    },
  }
}

function inventoryOf(
  lab: Lab,
  wanted: Readonly<Record<string, Wanted>>,
  checks: Readonly<Record<string, HostChecks>>,
): object {
  const hosts = Object.entries(checks).map(([name, own]) => [
    name,
    {
      ansible_host: lab.host(name).address,
      checks: own,
      wanted: wanted[name],
      listening: own.ports.map((port) => `:${port} `),
      script: scriptOf(own),
    },
  ])
  return {
    all: {
      vars: {
        ansible_user: lab.ssh.user,
        ansible_ssh_private_key_file: lab.ssh.privateKeyFile,
        ansible_python_interpreter: '/usr/bin/python3',
      },
      hosts: Object.fromEntries(hosts) as unknown,
    },
  }
}

/** As Ansible's own documents advise for speed: a fork for each host, pipelining, connections that are kept. */
function settings(forks: number, knownHosts: string, sockets: string): string {
  return `[defaults]
forks = ${forks}
gathering = explicit
host_key_checking = True
display_ok_hosts = False
display_skipped_hosts = False
retry_files_enabled = False

[ssh_connection]
pipelining = True
control_path_dir = ${sockets}
ssh_args = -o ControlMaster=auto -o ControlPersist=1800s -o PreferredAuthentications=publickey -o UserKnownHostsFile=${knownHosts}
`
}
