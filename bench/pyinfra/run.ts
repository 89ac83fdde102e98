import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { quote } from '../../src/formats/shell.ts'
import type { Lab } from '../../test/lab/index.ts'
import { cpuOfCommand } from '../cpu.ts'
import type { HostChecks } from '../peers/checks.ts'
import type { Wanted } from '../peers/wanted.ts'
import type { Cost } from '../rounds.ts'

export interface Pyinfra {
  /** One run of pyinfra; `check`: nothing is to be changed and everything is checked. Throws when it does not succeed. */
  run(check: boolean): Promise<Cost>
}

/** Lays out inventories in a directory of the lab. Nothing is run yet. */
export function setUpPyinfra(
  python: string,
  lab: Lab,
  wanted: Readonly<Record<string, Wanted>>,
  checks: Readonly<Record<string, HostChecks>>,
): Pyinfra {
  const dir = join(lab.dir, 'pyinfra')
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const put = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const knownHosts = put(
    'known_hosts',
    lab.hosts.flatMap((host) => host.hostKeys.map((key) => `${host.address} ${key}\n`)).join(''),
  )
  const inventory = (check: boolean): string => {
    const hosts = Object.entries(wanted).map(([name, own]) => {
      const asked = checks[name]
      const data = {
        ssh_user: lab.ssh.user,
        ssh_key: lab.ssh.privateKeyFile,
        ssh_known_hosts_file: knownHosts,
        ssh_strict_host_key_checking: 'yes',
        _sudo: true,
        wanted: check ? { ...own, await: '' } : own,
        checks: check && asked !== undefined ? questionsOf(asked) : null,
      }
      return [lab.host(name).address, data]
    })
    return `import json\nhosts = [(address, data) for address, data in json.loads(${pythonText(JSON.stringify(hosts))})]\n`
  }
  const inventories = { check: put('check.py', inventory(true)), apply: put('apply.py', inventory(false)) }
  const deploy = join(import.meta.dirname, 'deploy.py')

  return {
    async run(check) {
      const argv = [python, '-m', 'pyinfra', '-y', check ? inventories.check : inventories.apply, deploy]
      const ran = await cpuOfCommand(argv, { HOME: dir, LC_ALL: 'C.UTF-8' })
      if (ran.code !== 0) throw new Error(`pyinfra: exit ${ran.code}\n${ran.output.slice(-3000)}`)
      // The sum over all operations: how many there are, and on how many hosts one has changed something.
      const changed = /Grand total\s+\d+\s+(\S+)/.exec(ran.output)?.[1]
      if (check && changed !== '-') throw new Error(`pyinfra has changed something:\n${ran.output.slice(-3000)}`)
      return { wallMs: ran.wallMs, cpuMs: ran.cpuMs }
    },
  }
}

function pythonText(text: string): string {
  return `r'''${text.replaceAll("'''", `''' "'''" r'''`)}'''`
}

/** What is not a file, directory or unit is asked by commands, as the facts of pyinfra have nothing for it. */
function questionsOf(checks: HostChecks): object {
  const bash = (script: string): string => `bash -c ${quote(script)}`
  const talk = (address: string, port: string, request: string): { command: string; said: string } => ({
    command: bash(
      `said=$(exec 3<>/dev/tcp/${address}/${port} && printf ${quote(request)} >&3 && cat <&3) && [[ -n "$said" ]] && echo answers`,
    ),
    said: 'answers',
  })
  const ports = checks.ports.map((port) => `[[ "$sockets" == *:${port}' '* ]]`)
  return {
    users: checks.users,
    javaHomes: checks.javaHomes,
    commands: [
      ...checks.software.map(({ command, listing }) => ({ command: bash(command), said: listing })),
      { command: bash(['sockets=$(ss -Hltnp)', ...ports, 'echo listens'].join(' && ')), said: 'listens' },
      ...checks.talks.map(({ address, port, send }) => talk(address, String(port), send)),
      ...checks.urls.map((url) => {
        const { hostname, port, pathname, search } = new URL(url)
        return talk(hostname, port, `GET ${pathname}${search} HTTP/1.0\\r\\n\\r\\n`)
      }),
    ],
  }
}
