import ssh2 from 'ssh2'
import { quote } from '../src/formats/shell.ts'
import type { Lab } from '../test/lab/index.ts'
import type { HostChecks } from './peers/checks.ts'
import type { Cost } from './rounds.ts'

/** A script per host that runs in a root shell which stays open. */
export interface Floor {
  /** Runs it on all hosts at once. Throws when a host says something else than the first time. */
  once(): Promise<Cost>
  close(): void
}

/**
 * The least that a look can be, as somebody would write it by hand: one process that hashes all files, and each daemon asked
 * in turn. Of what a daemon says the first line is kept: the rest changes from one moment to the next.
 */
export function floorScript(checks: HostChecks): string {
  const ask = (address: string, port: number, request: string): string =>
    `exec 3<>/dev/tcp/${address}/${port}; printf ${quote(request)} >&3; mapfile -t said <&3; exec 3<&-; printf '%s\\n' "\${said[0]}"`
  return [
    `sha256sum ${checks.files.map(({ path }) => quote(path)).join(' ')}`,
    ...checks.talks.map(({ address, port, send }) => ask(address, port, send)),
    ...checks.urls.map((url) => {
      const { hostname, port, pathname, search } = new URL(url)
      return ask(hostname, Number(port), `GET ${pathname}${search} HTTP/1.0\\r\\n\\r\\n`)
    }),
  ].join('\n')
}

/** Opens the shells. The scripts are handed over once, so that a pass sends one line and gets the answer. */
export async function openFloor(lab: Lab, scripts: Readonly<Record<string, string>>): Promise<Floor> {
  const shells = await Promise.all(Object.entries(scripts).map(([host, script]) => openShell(lab, host, script)))
  return {
    async once() {
      const cpu = process.cpuUsage()
      const began = performance.now()
      const said = await Promise.all(shells.map((shell) => shell.pass()))
      const wallMs = performance.now() - began
      const used = process.cpuUsage(cpu)
      for (const [at, text] of said.entries()) {
        const shell = shells[at]
        if (shell === undefined) continue
        shell.first ??= text
        if (text !== shell.first) throw new Error(`${shell.host} said ${text}\nand before ${shell.first}`)
      }
      return { wallMs, cpuMs: (used.user + used.system) / 1000 }
    },
    close() {
      for (const shell of shells) shell.end()
    },
  }
}

interface Shell {
  readonly host: string
  first?: string
  pass(): Promise<string>
  end(): void
}

async function openShell(lab: Lab, host: string, script: string): Promise<Shell> {
  const client = new ssh2.Client()
  const { privateKey, user: username } = lab.ssh
  await new Promise<void>((resolve, reject) => {
    client.once('ready', resolve).once('error', reject)
    client.connect({ host: lab.host(host).address, username, privateKey })
  })
  client.setNoDelay(true)
  const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
    client.exec('sudo -n /bin/bash --noprofile --norc', (error, opened) => (error ? reject(error) : resolve(opened)))
  })
  let heard = ''
  let answer: ((text: string) => void) | undefined
  channel.on('data', (data: Buffer) => {
    heard += data.toString()
    if (!heard.endsWith('\nend-of-pass\n')) return
    const text = heard
    heard = ''
    answer?.(text)
  })
  channel.write(`export LC_ALL=C; cd /; pass() {\n${script}\nprintf '\\nend-of-pass\\n'\n}\n`)
  return {
    host,
    pass: () =>
      new Promise((resolve) => {
        answer = resolve
        channel.write('pass 2>&1\n')
      }),
    end: () => client.end(),
  }
}
