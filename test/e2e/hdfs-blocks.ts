// What both NameNodes of the example say of the blocks, once a second, for as long as it is watched.
import type { World } from '../world/world.ts'

export interface BlockWatch {
  /** Looks at an active NameNode since the lap before, and the most that any of them said; -1: none was seen. */
  lap(): Promise<{ readonly looks: number; readonly missing: number; readonly corrupt: number; readonly low: number }>
  stop(): Promise<void>
}

const file = '/run/hdfs-blocks'

/** On `host`, from which the NameNodes at `addresses` are asked; those that do not answer, or are standby, say nothing. */
export async function watchBlocks(world: World, host: string, addresses: readonly string[]): Promise<BlockWatch> {
  const guest = world.lab.host(host)
  const urls = addresses.map((at) => `http://${at}:9870/jmx?qry=Hadoop:service=NameNode,name=FSNamesystem`)
  const loop = `while sleep 1; do for u in ${urls.map((url) => `'${url}'`).join(' ')}; do curl -s -m 2 "$u" | tr -d ' \\n"' | grep 'HAState:active' | grep -oE '(MissingBlocks|CorruptBlocks|LowRedundancyBlocks):[0-9]+' | tr '\\n' ' '; echo; done; done >>${file}`
  const encoded = Buffer.from(loop).toString('base64')
  const { code, stderr } = await guest.exec(
    `rm -f ${file}; systemd-run --quiet --unit=hdfs-blocks -- /bin/bash -c "$(base64 -d <<<${encoded} | sed 's/[$]/$$/g')"`,
  )
  if (code !== 0) throw new Error(`the blocks cannot be watched: ${stderr}`)
  let seen = 0
  return {
    async lap() {
      const { stdout } = await guest.exec(`grep Missing ${file}; true`)
      const lines = stdout.split('\n').filter((line) => line !== '')
      const fresh = lines.slice(seen)
      seen = lines.length
      const most = (key: string): number =>
        Math.max(-1, ...fresh.map((line) => Number(new RegExp(`\\b${key}:(\\d+)`).exec(line)?.[1] ?? -1)))
      return {
        looks: fresh.length,
        missing: most('MissingBlocks'),
        corrupt: most('CorruptBlocks'),
        low: most('LowRedundancyBlocks'),
      }
    },
    stop: async () => void (await guest.exec('systemctl stop hdfs-blocks')),
  }
}
