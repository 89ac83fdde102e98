import { mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { followMaster } from './agent/detection.ts'
import { authenticateEndpoints, readonlyRealm, serveEndpoints } from './agent/endpoints.ts'
import { createContainerizers, initializeSystemd, refuseHybridCgroups } from './agent/machine.ts'
import { describeAgent } from './agent/settings.ts'
import { checkChoices, Slave } from './agent/slave.ts'
import { addressesOf } from './common/address.ts'
import { type Flags, loadFlags } from './common/flags.ts'
import { dieLoudly, exitWith, info } from './common/log.ts'
import { Metrics } from './common/metrics.ts'
import { Libprocess } from './common/process.ts'
import { serveSystem } from './common/system.ts'
import { logBuild, version } from './common/version.ts'

const lastWordsMs = 100

/** The program `mesos-agent`. */
async function main(): Promise<void> {
  process.title = 'mesos-agent'
  const flags = loadFlags('mesos-agent', process.argv.slice(2), process.env)
  refuseHybridCgroups(version, process.env)
  if (flags.text('master') === undefined && flags.text('master_detector') === undefined) {
    exitWith('main.cpp:473', 'Missing required option `--master` or `--master_detector`')
  }
  dieLoudly()
  const { ip, port, advertised } = await addressesOf(flags, process.env)
  const libprocess = await Libprocess.listen(ip, port, advertised)
  logBuild(['main.cpp:545', 'main.cpp:546', 'main.cpp:553'])
  initializeSystemd(flags)
  createContainerizers(flags)
  await serve(flags, libprocess)
}

async function serve(flags: Flags, libprocess: Libprocess): Promise<void> {
  info('slave.cpp:283', `Mesos agent started on (1)@${libprocess.ip}:${libprocess.port}`)
  const shown = Object.entries(flags.all()).map(([name, value]) => `--${name}="${value}"`)
  info('slave.cpp:284', `Flags at startup: ${shown.join(' ')}`)
  checkChoices(flags)
  mkdirSync(resolve(flags.text('work_dir') ?? ''), { recursive: true })
  const description = await describeAgent(flags, libprocess.ip, libprocess.port)
  authenticateEndpoints(libprocess, flags)
  const metrics = new Metrics(libprocess, readonlyRealm)
  serveSystem(libprocess, readonlyRealm)
  const slave = new Slave(flags, libprocess, metrics, description, () => {
    void detection.then((detecting) => detecting.close())
    // What was said last has to get out.
    setTimeout(() => void libprocess.close().then(() => process.exit(0)), lastWordsMs)
  })
  serveEndpoints(libprocess, slave.view)
  process.on('SIGUSR1', () => slave.leave(userInfo().username))
  const detection = followMaster(flags, (leader) => slave.registration.detected(leader))
  await slave.recover(process.env)
}

await main()
