// A client of HDFS on a lab host that writes and reads all the time, and knows what every file must hold: hdfs-client/HdfsClient.java.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run as runHere } from '../lab/machine/sh.ts'
import { namespace } from '../world/manifests.ts'
import type { World } from '../world/world.ts'

/** What the client met since the lap before. */
export interface Lap {
  /** Acknowledged. */
  readonly writes: number
  readonly reads: number
  /** A sentence each: operations that ended with an error, after all that Hadoop's client tries by itself. */
  readonly failed: readonly string[]
  /** A sentence each: files that did not hold, or had lost, what was acknowledged. */
  readonly wrong: readonly string[]
  /** Longest time from one acknowledged operation to the next, or until now, ms. */
  readonly longestWriteMs: number
  readonly longestReadMs: number
}

/** All canary files (200) and all others that were acknowledged and not deleted, read and compared. */
export interface Check {
  readonly good: number
  readonly wrong: number
  readonly failed: number
}

export interface HdfsClient {
  lap(): Promise<Lap>
  check(limitMs: number): Promise<Check>
  stop(): Promise<void>
}

const home = '/var/lib/hdfs-client'

/** As a user's own service: it outlives a reboot of its host, and remembers what was acknowledged. */
const unit = `[Unit]
Description=A client of HDFS
[Service]
User=hdfs
WorkingDirectory=${home}
ExecStart=/bin/bash -c 'h=$(ls -d /opt/ironherd/hadoop-* | sort -V | tail -n 1)/share/hadoop; exec java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "${home}:$h/common/*:$h/common/lib/*:$h/hdfs/*:$h/hdfs/lib/*" HdfsClient ${home}'
Restart=always
RestartSec=1
StandardOutput=append:${home}/log
StandardError=append:${home}/log
[Install]
WantedBy=multi-user.target
`

/** Without a file of its own log4j says nothing but a complaint. */
const log4j = `log4j.rootLogger=WARN,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d %p %c: %m%n
`

/** Where the host has client files of the cluster (spec.clients.hosts), the client goes by these, and reads them anew when they change. */
const ownFiles = `d=$(ls -d /etc/ironherd/ironherd-*-client* 2>/dev/null | head -n 1)
for f in core-site.xml hdfs-site.xml; do [ -z "$d" ] || ln -sf "$d/$f" ${home}/$f; done`

/**
 * Starts it on a host that has Hadoop, with the configuration that the cluster publishes for clients in the ConfigMap `<name>-client`.
 * Resolves when the 200 canary files are written and the loop runs.
 */
export async function startHdfsClient(world: World, host: string, cluster: string): Promise<HdfsClient> {
  const guest = world.lab.host(host)
  const must = async (command: string, stdin?: string): Promise<string> => {
    const outcome = await guest.exec(command, { timeoutMs: 60_000, ...(stdin === undefined ? {} : { stdin }) })
    if (outcome.code !== 0) throw new Error(`${host}: ${command}: exit ${String(outcome.code)} ${outcome.stderr}`)
    return outcome.stdout
  }
  await must(`mkdir -p ${home} && chown hdfs ${home}`)
  const files = { ...(await compiled(world, host)), ...(await configured(world, cluster)) }
  for (const [name, base64] of Object.entries(files)) await must(`base64 -d >${home}/${name}`, base64)
  await must(ownFiles)
  await must(`cat >/etc/systemd/system/hdfs-client.service`, unit)
  await must('systemctl daemon-reload && systemctl enable --now hdfs-client')
  let offset = 0
  const last = { write: Date.now(), read: Date.now() }

  async function lap(): Promise<Lap> {
    const text = await must(`tail -c +${String(offset + 1)} ${home}/events 2>/dev/null; true`)
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    offset += Buffer.byteLength(whole)
    return lapOf(whole, last, Date.now())
  }

  async function check(limitMs: number): Promise<Check> {
    const word = String(Date.now())
    await must(`echo ${word} >${home}/request.new && mv ${home}/request.new ${home}/request`)
    const end = Date.now() + limitMs
    for (;;) {
      const [said, good, wrong, failed] = (await must(`cat ${home}/answer 2>/dev/null; true`)).trim().split(' ')
      if (said === word) return { good: Number(good), wrong: Number(wrong), failed: Number(failed) }
      if (Date.now() > end) throw new Error(`the client has not read all its files in ${String(limitMs / 1000)} s`)
      await sleep(250)
    }
  }

  const limit = Date.now() + 180_000
  while ((await guest.exec(`test -e ${home}/planted && grep -q ' read ok ' ${home}/events`)).code !== 0) {
    if (Date.now() > limit) throw new Error(`the client does not work: ${await must(`tail -n 20 ${home}/log`)}`)
    await sleep(500)
  }
  await lap()
  return { lap, check, stop: async () => void (await must('systemctl disable --now hdfs-client')) }
}

/** `last`: end of the last acknowledged write and read, ms; it is carried on. */
export function lapOf(events: string, last: { write: number; read: number }, now: number): Lap {
  const count = { write: 0, read: 0 }
  const longest = { write: 0, read: 0 }
  const failed: string[] = []
  const wrong: string[] = []
  for (const line of events.split('\n').filter((one) => one !== '')) {
    const [at = '', , operation, outcome, ...rest] = line.split(' ')
    const words = `${operation ?? ''} ${rest.join(' ')}`
    if (outcome === 'failed') failed.push(words)
    if (outcome === 'wrong') wrong.push(words)
    if (outcome !== 'ok' || (operation !== 'write' && operation !== 'read')) continue
    count[operation]++
    longest[operation] = Math.max(longest[operation], Number(at) - last[operation])
    last[operation] = Number(at)
  }
  return {
    writes: count.write,
    reads: count.read,
    failed,
    wrong,
    longestWriteMs: Math.max(longest.write, now - last.write),
    longestReadMs: Math.max(longest.read, now - last.read),
  }
}

/** By this machine's compiler, against the jars that the host has from the lab's archive. File name → base64. */
async function compiled(world: World, host: string): Promise<Readonly<Record<string, string>>> {
  const scratch = await mkdtemp(join(tmpdir(), 'hdfs-client-'))
  try {
    const { stdout } = await world.lab.host(host).exec('ls -d /opt/ironherd/hadoop-* | sort -V | tail -n 1')
    const jars = join(world.lab.dir, 'hosts', host, 'root', stdout.trim(), 'share/hadoop')
    const source = join(import.meta.dirname, 'hdfs-client/HdfsClient.java')
    const path = `${jars}/common/*:${jars}/common/lib/*`
    await mkdir(join(scratch, 'out'))
    const words = ['javac', '--release', '17', '-d', join(scratch, 'out'), '-cp', path, source]
    const outcome = await runHere(words, { timeoutMs: 120_000 })
    if (outcome.code !== 0) throw new Error(`javac: ${outcome.stderr}`)
    const { stdout: list } = await runHere(['ls', join(scratch, 'out')])
    const names = list.trim().split('\n')
    const contents = await Promise.all(names.map((name) => readFile(join(scratch, 'out', name), 'base64')))
    return Object.fromEntries(names.map((name, index) => [`'${name}'`, contents[index] ?? '']))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function configured(world: World, cluster: string): Promise<Readonly<Record<string, string>>> {
  const words = ['get', 'configmap', `${cluster}-client`, '-n', namespace, '-o', 'json']
  const { code, stderr, stdout } = await world.lab.kube.kubectl(words)
  if (code !== 0) throw new Error(`kubectl ${words.join(' ')}: ${stderr}`)
  const { data } = JSON.parse(stdout) as { readonly data: Readonly<Record<string, string>> }
  const files = { ...data, 'log4j.properties': log4j }
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString('base64')]))
}
