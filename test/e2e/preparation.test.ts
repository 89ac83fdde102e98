// What Hosts declare of their machines, on three real ones: done before a cluster begins, told, put back, refused, taken back.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleManifests, type Manifest } from '../world/manifests.ts'
import { conditionOf, type Shown, startWorld, type World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import { changedFiles, changedUnits, changeTimes, doneSteps, unitOn, unitRecords } from './records.ts'
import { offerSigned } from './signed-repository.ts'

let world: World
/** As it was before anything was done, by host. */
let hostsFiles: Readonly<Record<string, string>>

const names = ['m1', 'm2', 'm3'] as const
const common = {
  hostsFile: true,
  users: [{ name: 'hadoop' }],
  limits: [{ user: 'hadoop', openFiles: 4096 }],
  environment: { LAB_GREETING: `it's "here" $HOME` },
}
const declared: Record<string, Record<string, unknown>> = Object.fromEntries(names.map((name) => [name, { ...common }]))

function note(line: string): void {
  console.log(line)
  appendFileSync(`${world.lab.dir}/notes.md`, `${line}\n`)
}

async function on(host: string, command: string): Promise<string> {
  const outcome = await world.lab.host(host).exec(command, { timeoutMs: 60_000 })
  if (outcome.code !== 0) throw new Error(`${host}: ${command}: exit ${String(outcome.code)} ${outcome.stderr}`)
  return outcome.stdout
}

function hostManifest(name: string): Manifest {
  const site = { ...world.lab, host: (other: string) => world.lab.host(other === name ? name : 'm1') }
  const found = exampleManifests('hosts', site).find(({ kind, metadata }) => kind === 'Host' && metadata.name === name)
  if (found === undefined) throw new Error(`no example host ${name}`)
  return found
}

/** Applies a Host with `more` beside what it declares; a field that is undefined goes. */
async function declare(name: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const preparation = { ...declared[name], ...more }
  declared[name] = preparation
  await world.apply([withSpec(hostManifest(name), ['preparation'], preparation)])
}

function untilPrepared(name: string, reason: string, limitMs = 60_000): Promise<Shown> {
  return world.until('host', name, `Prepared: ${reason}`, isPrepared(reason), limitMs)
}

const isPrepared =
  (reason: string) =>
  (shown: Shown): boolean => {
    const told = conditionOf(shown, 'Prepared')
    return told?.reason === reason && told.observedGeneration === shown.metadata.generation
  }

async function perHost(command: string): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await on(name, command)] as const)))
}

/** As a careful person has it: nothing comes in but logins. */
const firewall = `flush ruleset
table inet filter {
 chain input {
  type filter hook input priority filter; policy drop;
  ct state established,related accept
  iif lo accept
  meta l4proto icmp accept
  tcp dport 22 accept
 }
}`
const openings = 'nft list chain inet filter input | grep ironherd-host; true'

/** The rest of /etc/hosts, behind the block. */
const behindBlock = "sed '/^# BEGIN ironherd/,/^# END ironherd/d' /etc/hosts"

beforeAll(async () => {
  world = await startWorld({ lab: { hosts: 3 }, log: console.log })
  hostsFiles = await perHost('cat /etc/hosts')
})

afterAll(async () => {
  await (world as World | undefined)?.down()
})

describe('hosts that declare a preparation', () => {
  it('have it before a cluster begins there, and nothing of it begins while one host has not', async () => {
    await declare('m1')
    await declare('m2')
    await declare('m3', { packages: ['no-such-package'] })
    await world.apply(exampleManifests('zookeeper', world.lab))
    await untilPrepared('m1', 'Prepared')
    await untilPrepared('m2', 'Prepared')
    await untilPrepared('m3', 'PackageInstallFailed')
    await world.until(
      'zookeepercluster',
      'zk',
      'waiting for m3',
      (shown) => conditionOf(shown, 'Ready')?.reason === 'HostNotPrepared',
      60_000,
    )
    await sleep(5000)
    expect(await on('m3', 'ls /usr/local/lib/systemd/system/ironherd-* /data/zookeeper 2>/dev/null; true')).toBe('')
    expect((await unitRecords(world.lab)).filter(({ active }) => active === 'active')).toEqual([])
    const began = Date.now()
    await declare('m3', { packages: undefined })
    await world.untilReady('zookeepercluster', 'zk', 180_000)
    note(`Ready ${String((Date.now() - began) / 1000)} s after the last host could be prepared`)
  })

  it('look as they declare, and the rest of /etc/hosts is what it was', async () => {
    expect(await perHost(behindBlock)).toEqual(hostsFiles)
    for (const name of names) {
      for (const other of names) {
        expect((await on(name, `getent ahostsv4 ${other}`)).split(/\s/)[0]).toBe(world.lab.host(other).address)
      }
      expect((await on(name, 'id -gn hadoop')).trim()).toBe('hadoop')
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell of the host reads it
      const greeting = await on(name, 'bash -lc \'printf %s "${LAB_GREETING}"\'')
      expect(greeting).toBe(common.environment.LAB_GREETING)
      expect((await on(name, "su -s /bin/sh hadoop -c 'ulimit -Hn'")).trim()).toBe('4096')
    }
  })

  it('are left alone once that is so, and what is changed by hand is put back', async () => {
    const [files, units] = [await changeTimes(world.lab), await unitRecords(world.lab)]
    await sleep(30_000)
    expect(changedFiles(files, await changeTimes(world.lab))).toEqual([])
    await on('m1', "sed -i '/^# BEGIN ironherd/,/^# END ironherd/d' /etc/hosts; echo '# mine' >>/etc/hosts")
    await on('m2', 'rm /etc/profile.d/ironherd-host.sh')
    await world.until('host', 'm1', 'mended', isPrepared('Prepared'), 60_000)
    await expect.poll(async () => on('m1', 'grep -c m3 /etc/hosts; true'), { timeout: 60_000 }).not.toBe('0\n')
    await expect
      .poll(async () => on('m2', 'ls /etc/profile.d/ironherd-host.sh 2>/dev/null; true'), { timeout: 60_000 })
      .not.toBe('')
    expect(await on('m1', behindBlock)).toBe(`${hostsFiles['m1'] ?? ''}# mine\n`)
    hostsFiles = { ...hostsFiles, m1: `${hostsFiles['m1'] ?? ''}# mine\n` }
    expect(changedUnits(units, await unitRecords(world.lab))).toEqual([])
  })

  it('keep their names while members stand on them', async () => {
    const units = await unitRecords(world.lab)
    await declare('m2', { hostname: 'other.lab' })
    const shown = await untilPrepared('m2', 'HostNameInUse')
    note(`a name under members: ${conditionOf(shown, 'Prepared')?.message ?? ''}`)
    await sleep(5000)
    expect((await on('m2', 'cat /proc/sys/kernel/hostname')).trim()).not.toBe('other.lab')
    expect(changedUnits(units, await unitRecords(world.lab))).toEqual([])
    await declare('m2', { hostname: undefined })
    await untilPrepared('m2', 'Prepared')
  })

  it("are left as they are where a file or the rules of a firewall are not ironherd's to change", async () => {
    const [units, before] = [await unitRecords(world.lab), await on('m1', 'cat /etc/hosts')]
    await on('m1', "sed -i '/^# END ironherd/d' /etc/hosts")
    const damaged = await on('m1', 'cat /etc/hosts')
    const refused = await untilPrepared('m1', 'BlockRefused')
    note(`marks that are not one pair: ${conditionOf(refused, 'Prepared')?.message ?? ''}`)
    await sleep(5000)
    expect(await on('m1', 'cat /etc/hosts')).toBe(damaged)
    const put = await world.lab.host('m1').exec('cat >/etc/hosts', { stdin: before, timeoutMs: 10_000 })
    expect(put.code).toBe(0)
    await untilPrepared('m1', 'Prepared')

    const rules = await on('m1', 'nft list ruleset')
    await on('m1', 'mkdir -p /etc/ufw; echo ENABLED=yes >/etc/ufw/ufw.conf')
    await declare('m1', { firewall: 'OpenDeclaredPorts' })
    const kept = await untilPrepared('m1', 'FirewallUnsupported')
    note(`rules of another tool: ${conditionOf(kept, 'Prepared')?.message ?? ''}`)
    await sleep(5000)
    expect(await on('m1', 'nft list ruleset')).toBe(rules)
    await on('m1', 'rm -r /etc/ufw')
    await declare('m1', { firewall: undefined })
    await untilPrepared('m1', 'Prepared')
    expect(changedUnits(units, await unitRecords(world.lab))).toEqual([])
  })

  it('say when a host key is pinned for two machines', async () => {
    const keys = [...world.lab.host('m2').hostKeys, ...world.lab.host('m1').hostKeys]
    const m2 = withSpec(hostManifest('m2'), ['preparation'], declared['m2'])
    await world.apply([withSpec(m2, ['ssh', 'hostKeys'], keys)])
    const verified = (reason: string) => (shown: Shown) => conditionOf(shown, 'HostKeyVerified')?.reason === reason
    for (const name of ['m1', 'm2']) {
      const shown = await world.until('host', name, 'sharing a key', verified('HostKeyShared'), 60_000)
      note(`a key of two machines: ${conditionOf(shown, 'HostKeyVerified')?.message ?? ''}`)
    }
    await world.apply([m2])
    for (const name of ['m1', 'm2']) {
      await world.until('host', name, 'with keys of its own', verified('HostKeyVerified'), 60_000)
    }
  })

  it('get packages from a repository that is signed with the declared key, and from no other', async () => {
    const { key, otherKey, url } = await offerSigned(world.lab.host('m2'), 'ironherd-lab-thing')
    const repository = { name: 'lab', url, suite: 'stable', key: { armored: otherKey } }
    await declare('m2', { packageRepositories: [repository], packages: ['ironherd-lab-thing'] })
    const refused = await untilPrepared('m2', 'PackageRepositoryUnusable', 120_000)
    note(`a repository with another key: ${conditionOf(refused, 'Prepared')?.message ?? ''}`)
    await declare('m2', { packageRepositories: [{ ...repository, key: { armored: key } }] })
    await untilPrepared('m2', 'Prepared', 180_000)
    expect(await on('m2', "dpkg-query -W -f '${db:Status-Status}' ironherd-lab-thing")).toBe('installed')
    expect(await on('m2', 'cat /usr/share/ironherd-lab-thing')).toBe('of the lab\n')
  })

  it('start a member again that has run there, though what they declare cannot be done', async () => {
    await declare('m3', { packages: ['no-such-package'] })
    await untilPrepared('m3', 'PackageInstallFailed')
    const unit = await unitOn(world.lab, 'm3', 'zookeeper')
    await on('m3', `systemctl stop ${unit}`)
    const began = Date.now()
    await expect.poll(async () => on('m3', `systemctl is-active ${unit}; true`), { timeout: 60_000 }).toBe('active\n')
    note(`a stopped server on a host that is not prepared was started after ${String((Date.now() - began) / 1000)} s`)
    await declare('m3', { packages: undefined })
    await untilPrepared('m3', 'Prepared')
    await world.untilReady('zookeepercluster', 'zk', 60_000)
  })

  it('have the ports of their members opened in a firewall that drops the rest, also after it was read anew', async () => {
    await on('m3', `cat >/etc/nftables.conf <<'RULES'\n${firewall}\nRULES\nsystemctl enable --now nftables`)
    await declare('m3', { firewall: 'OpenDeclaredPorts' })
    await untilPrepared('m3', 'Prepared')
    const opened = await on('m3', openings)
    for (const port of ['22', '2181', '2888', '3888']) expect(opened).toMatch(new RegExp(`\\b${port}\\b`))
    const unit = await unitOn(world.lab, 'm3', 'zookeeper')
    await on('m3', `systemctl restart ${unit}`)
    await world.untilReady('zookeepercluster', 'zk', 60_000)
    const steps = await doneSteps(world.lab)
    await on('m3', 'systemctl restart nftables')
    await expect.poll(async () => on('m3', openings), { timeout: 10_000, interval: 100 }).toBe(opened)
    await sleep(10_000)
    expect((await doneSteps(world.lab)).slice(steps.length).filter((line) => line.includes('OpenPorts'))).toEqual([])
  })

  it('take a change of the firewall back when nobody can log in anew after it', async () => {
    const opened = await on('m3', openings)
    // Who is logged in stays so; whoever comes is dropped. Then the opening goes, which ironherd makes again.
    await on('m3', 'nft insert rule inet filter input tcp dport 22 ct state new drop')
    const handle =
      (await on('m3', 'nft -a list chain inet filter input')).match(/"ironherd-host" # handle (\d+)/)?.[1] ?? ''
    await on('m3', `nft delete rule inet filter input handle ${handle}`)
    await untilPrepared('m3', 'FirewallReverted', 90_000)
    await expect.poll(async () => on('m3', openings), { timeout: 90_000, interval: 500 }).toBe('')
    const drop =
      (await on('m3', 'nft -a list chain inet filter input')).match(/ct state new drop # handle (\d+)/)?.[1] ?? ''
    await on('m3', `nft delete rule inet filter input handle ${drop}`)
    const began = Date.now()
    await untilPrepared('m3', 'Prepared', 180_000)
    note(`opened again ${String((Date.now() - began) / 1000)} s after logins went through again`)
    expect(await on('m3', openings)).toBe(opened)
  })

  it('get all of it taken back that harms nobody, and nothing that runs notices', async () => {
    const [units, steps] = [await unitRecords(world.lab), await doneSteps(world.lab)]
    await world.apply(names.map(hostManifest))
    for (const name of names) {
      await world.until('host', name, 'let go', (shown) => conditionOf(shown, 'Prepared') === undefined, 60_000)
    }
    expect(await perHost('cat /etc/hosts')).toEqual(hostsFiles)
    const left =
      'ls /etc/profile.d/ironherd-host* /etc/security/limits.d/*ironherd-host* /etc/apt/*/ironherd-host* 2>/dev/null; true'
    expect(await perHost(left)).toEqual({ m1: '', m2: '', m3: '' })
    expect((await on('m2', 'id -un hadoop')).trim()).toBe('hadoop')
    expect(await on('m2', "dpkg-query -W -f '${db:Status-Status}' ironherd-lab-thing")).toBe('installed')
    const changed = changedUnits(units, await unitRecords(world.lab))
    expect(changed.filter((name) => !name.includes('ironherd-host-firewall'))).toEqual([])
    expect(await on('m3', openings)).toBe('')
    const more = (await doneSteps(world.lab)).slice(steps.length).map((line) => line.split(' ').at(-1) ?? '')
    expect([...new Set(more)].sort()).toEqual(['OpenPorts', 'RemoveBlock', 'RemoveFile'])
  })
})
