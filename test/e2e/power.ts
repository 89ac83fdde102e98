// The power of the hosts, as a controller on their boards gives it: asked over HTTP, with a password, by a command on another host.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { World } from '../world/world.ts'

export interface Power {
  /** What a Host declares: the command is on `runner`, the password in a Secret that is applied. */
  fence(runner: string, target: string, more?: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>
  /** Hosts that were turned off, in their order; with each how long that took, ms. */
  readonly turnedOff: readonly { readonly host: string; readonly at: number }[]
  close(): Promise<void>
}

export const password = 'correct-horse-battery-staple'

const command = '/usr/local/sbin/power-off'

/** Reads the password where nobody else sees it; says 0 only when the controller has said that the host is off. */
const script = `#!/bin/bash
read -r password
exec 3<>"/dev/tcp/\${1%:*}/\${1#*:}" || exit 2
printf 'POST /%s HTTP/1.0\\r\\nauthorization: %s\\r\\n\\r\\n' "$2" "$password" >&3
read -r status <&3
echo "the controller said: $status, to $password"
[[ $status == *' 200 '* ]]
`

export async function startPower(world: World): Promise<Power> {
  const turnedOff: { host: string; at: number }[] = []
  const server = createServer((request, response) => {
    const name = request.url?.slice(1) ?? ''
    const answer = (code: number): void => void response.writeHead(code).end()
    const host = world.lab.hosts.find((one) => one.name === name)
    if (request.headers.authorization !== password) answer(401)
    else if (host === undefined) answer(404)
    else {
      turnOff(host).then(
        () => {
          turnedOff.push({ host: name, at: Date.now() })
          answer(200)
        },
        () => answer(500),
      )
    }
  })
  await new Promise<void>((resolve) => server.listen(0, world.lab.gateway, resolve))
  const { port } = server.address() as AddressInfo
  return {
    turnedOff,
    async fence(runner, target, more = {}) {
      const put = `cat > ${command} && chmod 755 ${command}`
      const { code, stderr } = await world.lab.host(runner).exec(put, { stdin: script })
      if (code !== 0) throw new Error(stderr)
      const secret = { name: 'power', key: 'password' }
      await world.apply([secretOf(secret.name, secret.key)])
      const words = [command, `${world.lab.gateway}:${String(port)}`, target]
      return { host: runner, command: words, stdinSecretRef: secret, afterSeconds: 5, ...more }
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function turnOff(host: World['lab']['hosts'][number]): Promise<void> {
  if (await host.isRunning()) await host.powerOff()
  if (await host.isRunning()) throw new Error(`${host.name} is still on`)
}

function secretOf(name: string, key: string) {
  const metadata = { name, namespace: 'big-data' }
  return { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { [key]: `${password}\n` } }
}
