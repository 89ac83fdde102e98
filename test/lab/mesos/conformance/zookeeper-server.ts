import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

/** The recorded server: alone, two seconds a tick, on port 2181 of an address of its own. */
export class ZooKeeperServer {
  readonly #home: string
  readonly #folder: string
  readonly #ip: string
  #child: ChildProcess | undefined

  /** `home` holds lib/ of an unpacked archive. */
  constructor(home: string, folder: string, ip: string) {
    this.#home = home
    this.#folder = folder
    this.#ip = ip
    mkdirSync(join(folder, 'data'), { recursive: true })
    const lines = [
      'tickTime=2000',
      `dataDir=${join(folder, 'data')}`,
      'clientPort=2181',
      `clientPortAddress=${ip}`,
      'admin.enableServer=false',
      '4lw.commands.whitelist=*',
      'maxClientCnxns=0',
    ]
    writeFileSync(join(folder, 'zoo.cfg'), `${lines.join('\n')}\n`)
  }

  /** Settles when it answers `ruok`. */
  async start(): Promise<void> {
    const log = openSync(join(this.#folder, 'zookeeper.out'), 'a')
    const jars = readdirSync(join(this.#home, 'lib')).map((name) => join(this.#home, 'lib', name))
    const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
    const args = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', jars.join(':'), main, join(this.#folder, 'zoo.cfg')]
    this.#child = spawn('java', args, { stdio: ['ignore', log, log] })
    while (!(await this.#isOk())) await new Promise((resolve) => setTimeout(resolve, 100))
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async #isOk(): Promise<boolean> {
    const socket = connect(2181, this.#ip)
    let text = ''
    socket.on('data', (data: Buffer) => {
      text += data.toString('utf8')
    })
    socket.on('error', () => undefined)
    // While it starts it may take a connection and forget it.
    socket.setTimeout(1000, () => socket.destroy())
    socket.on('connect', () => socket.write('ruok'))
    await once(socket, 'close').catch(() => undefined)
    return text === 'imok'
  }
}
