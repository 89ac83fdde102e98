// A secret that stands nowhere but in its Secret.
import { readFileSync } from 'node:fs'
import type { World } from '../world/world.ts'

/** In no object but the Secret, no Event, no log, and in no file, journal, argument or environment on these hosts. */
export async function standsNowhere(world: World, secret: string, hosts: readonly string[]): Promise<void> {
  const kinds = 'hosts,zookeeperclusters,sparkclusters,clusterplans,events'
  const shown = (await world.lab.kube.kubectl(['get', kinds, '-A', '-o', 'json'])).stdout
  if (shown.includes(secret)) throw new Error('the secret stands in an object')
  if (readFileSync(world.operator.logFile, 'utf8').includes(secret)) throw new Error('the secret stands in the log')
  for (const name of hosts) {
    const { stdout } = await world.lab.host(name).exec(
      // Neither grep is to find itself.
      `p='${secret.replace('-', '[-]')}'; grep -rl "$p" /var/lib/ironherd /etc/ironherd /run/ironherd /var/log/ironherd /tmp; grep -al "$p" /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; journalctl --no-pager 2>/dev/null | grep -c "$p" | grep -v '^0$'; true`,
    )
    if (stdout.trim() !== '') throw new Error(`the secret stands on ${name}: ${stdout}`)
  }
}
