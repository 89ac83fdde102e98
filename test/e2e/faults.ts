// The faults of issue "a self-healing Spark cluster", each on real hosts.
import type { World } from '../world/world.ts'
import { type Daemon, type Pick, zookeeper } from './daemons.ts'
import type { Fault, Harm } from './fault.ts'
import { unitOn } from './records.ts'

export * from './daemons.ts'

async function run(world: World, host: string, command: string): Promise<string> {
  const outcome = await world.lab.host(host).exec(command, { timeoutMs: 180_000 })
  if (outcome.code !== 0) throw new Error(`${host}: ${command}: exit ${String(outcome.code)} ${outcome.stderr}`)
  return outcome.stdout.trim()
}

async function activePid(world: World, host: string, unit: string): Promise<number> {
  const { stdout } = await world.lab
    .host(host)
    .exec(`systemctl show -p MainPID --value ${unit}; systemctl is-active ${unit}; systemctl is-enabled ${unit}`)
  const [pid, active, enabled] = stdout.trim().split('\n')
  return active === 'active' && enabled === 'enabled' ? Number(pid) : 0
}

/** A fault on one unit, healed when the unit runs, enabled, and `also` holds on the host. */
function unitFault(
  name: string,
  daemon: Daemon,
  pick: Pick,
  command: (unit: string) => string,
  newProcess: boolean,
  also = 'true',
): Fault {
  return {
    name: `${daemon.label} (${pick.whom}): ${name}`,
    async harm(world): Promise<Harm> {
      const host = await pick.host(world)
      const unit = await unitOn(world.lab, host, daemon.part)
      const before = await activePid(world, host, unit)
      const check = also.replaceAll('UNIT', unit)
      await run(world, host, command(unit).replaceAll('UNIT', unit))
      return {
        mayRestart: newProcess ? [{ host, part: daemon.part }] : [],
        async healed() {
          const pid = await activePid(world, host, unit)
          const held = await world.lab.host(host).exec(check)
          return pid > 0 && (!newProcess || pid !== before) && held.code === 0
        },
      }
    },
  }
}

const configOf = '/etc/ironherd/$(basename UNIT .service)'

export function killed(daemon: Daemon, pick: Pick): Fault {
  return unitFault('kill -9', daemon, pick, () => 'kill -9 $(systemctl show -p MainPID --value UNIT)', true)
}

/** Kills it again and again until systemd gives up. */
export function startLimit(daemon: Daemon, pick: Pick): Fault {
  const until =
    'for i in $(seq 1 600); do systemctl is-failed -q UNIT && exit 0; p=$(systemctl show -p MainPID --value UNIT); [ "$p" = 0 ] || kill -9 $p; sleep 0.2; done; exit 1'
  return unitFault('kill -9 until systemd gives up', daemon, pick, () => until, true)
}

export function stopped(daemon: Daemon, pick: Pick): Fault {
  return unitFault('unit stopped', daemon, pick, () => 'systemctl stop UNIT', true)
}

export function disabled(daemon: Daemon, pick: Pick): Fault {
  return unitFault('unit disabled', daemon, pick, () => 'systemctl disable UNIT', false)
}

export function masked(daemon: Daemon, pick: Pick): Fault {
  return unitFault('unit stopped and masked', daemon, pick, () => 'systemctl stop UNIT && systemctl mask UNIT', true)
}

export function unitFileEdited(daemon: Daemon, pick: Pick): Fault {
  const file = '/usr/local/lib/systemd/system/UNIT'
  return unitFault(
    'unit file edited',
    daemon,
    pick,
    () => `echo '# by hand' >> ${file}`,
    false,
    `! grep -q 'by hand' ${file}`,
  )
}

export function unitFileDeleted(daemon: Daemon, pick: Pick): Fault {
  const file = '/usr/local/lib/systemd/system/UNIT'
  return unitFault('unit file deleted', daemon, pick, () => `rm ${file}`, false, `test -s ${file}`)
}

export function configEdited(daemon: Daemon, pick: Pick, file: string): Fault {
  const path = `${configOf}/${file}`
  return unitFault(
    `${file} edited`,
    daemon,
    pick,
    () => `echo '# by hand' >> ${path}`,
    false,
    `! grep -q 'by hand' ${path}`,
  )
}

export function configDeleted(daemon: Daemon, pick: Pick, file: string): Fault {
  const path = `${configOf}/${file}`
  return unitFault(`${file} deleted`, daemon, pick, () => `rm ${path}`, false, `test -s ${path}`)
}

export function myidEdited(pick: Pick): Fault {
  return unitFault(
    'myid edited',
    zookeeper,
    pick,
    () => 'echo 77 > /data/zookeeper/myid',
    false,
    '! grep -q 77 /data/zookeeper/myid',
  )
}

export function myidDeleted(pick: Pick): Fault {
  return unitFault(
    'myid deleted',
    zookeeper,
    pick,
    () => 'rm /data/zookeeper/myid',
    false,
    'test -s /data/zookeeper/myid',
  )
}

/** `file` may be a glob; it is looked up before it is gone. */
export function softwareDamaged(daemon: Daemon, pick: Pick, product: string, file: string): Fault {
  const path = `/opt/ironherd/${product}-*/${file}`
  return unitFault(
    `software damaged (${file} removed)`,
    daemon,
    pick,
    () => `rm ${path}`,
    false,
    `ls ${path} | grep -q . && test -s "$(ls ${path})"`,
  )
}

export function softwareEdited(daemon: Daemon, pick: Pick, product: string, file: string): Fault {
  const path = `/opt/ironherd/${product}-*/${file}`
  return unitFault(
    `software damaged (${file} edited)`,
    daemon,
    pick,
    () => `for f in ${path}; do echo '# by hand' >> $f; done`,
    false,
    `test -s ${path} && ! grep -q 'by hand' ${path}`,
  )
}

/** Long enough for several passes to find the hosts gone, and for a pass that waits for them to end. */
const offMs = 40_000

/** Hosts without power for a while; whatever runs on them goes down and comes back with the host. */
export function poweredOff(whose: string, picks: readonly Pick[]): Fault {
  return {
    name: `${whose} powered off for ${String(offMs / 1000)} s`,
    async harm(world): Promise<Harm> {
      const hosts = [...new Set(await Promise.all(picks.map((pick) => pick.host(world))))]
      await Promise.all(hosts.map((host) => world.lab.host(host).powerOff()))
      return {
        mayRestart: hosts.map((host) => ({ host, part: 'ironherd-' })),
        healed: async () => (await Promise.all(hosts.map((host) => world.lab.host(host).isRunning()))).every(Boolean),
        undo: {
          lastsMs: offMs,
          run: async () => void (await Promise.all(hosts.map((host) => world.lab.host(host).powerOn()))),
        },
      }
    },
  }
}

/** Everything below the data directory is gone, and the process dies: the server comes back with nothing. */
export function dataWiped(pick: Pick): Fault {
  return unitFault(
    'data directory wiped',
    zookeeper,
    pick,
    () => 'find /data/zookeeper -mindepth 1 -delete && kill -9 $(systemctl show -p MainPID --value UNIT)',
    true,
    'ls /data/zookeeper/version-2/snapshot.* /data/zookeeper/version-2/log.* 2>/dev/null | grep -q .',
  )
}

export function frozen(daemon: Daemon, pick: Pick, lastsMs: number): Fault {
  return {
    name: `${daemon.label} (${pick.whom}): frozen for ${String(lastsMs / 1000)} s`,
    async harm(world): Promise<Harm> {
      const host = await pick.host(world)
      const unit = await unitOn(world.lab, host, daemon.part)
      const pid = await run(world, host, `systemctl show -p MainPID --value ${unit}`)
      await run(world, host, `kill -STOP ${pid}`)
      return {
        mayRestart: [{ host, part: daemon.part }],
        healed: async () => (await activePid(world, host, unit)) > 0,
        undo: {
          lastsMs,
          run: async () => void (await world.lab.host(host).exec(`kill -CONT ${pid} 2>/dev/null; true`)),
        },
      }
    },
  }
}

/** sshd does not answer while everything else runs: nothing may be restarted, and nothing may be said that is not known. */
export function sshdDown(pick: Pick, lastsMs: number): Fault {
  return {
    name: `sshd of a host down for ${String(lastsMs / 1000)} s`,
    async harm(world): Promise<Harm> {
      const host = world.lab.host(await pick.host(world))
      await host.stopSshd({ dropSessions: true })
      return { mayRestart: [], healed: () => Promise.resolve(true), undo: { lastsMs, run: () => host.startSshd() } }
    },
  }
}

/** ironherd sees none of its hosts, the hosts see each other. */
export function cutOff(lastsMs: number): Fault {
  return {
    name: `ironherd cut off from all hosts for ${String(lastsMs / 1000)} s`,
    async harm(world): Promise<Harm> {
      await Promise.all(world.lab.hosts.map((host) => host.partition('controller')))
      const heal = async (): Promise<void> => void (await Promise.all(world.lab.hosts.map((host) => host.heal())))
      return { mayRestart: [], healed: () => Promise.resolve(true), undo: { lastsMs, run: heal } }
    },
  }
}

/** Every host loses power and comes back: a cold start from no quorum at all. */
export function allRebooted(which = ''): Fault {
  return {
    name: `six hosts lose power at once and come back${which}`,
    async harm(world): Promise<Harm> {
      await Promise.all(world.lab.hosts.map((host) => host.powerOff()))
      await Promise.all(world.lab.hosts.map((host) => host.powerOn()))
      return {
        mayRestart: world.lab.hosts.map((host) => ({ host: host.name, part: 'ironherd-' })),
        healed: () => Promise.resolve(true),
      }
    },
  }
}
