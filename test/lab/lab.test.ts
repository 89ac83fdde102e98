// What every other test with hosts takes for granted, looked at from outside.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkMetrics, type Lab, type LabHost, startLab, startPrometheus } from './index.ts'
import { run } from './machine/sh.ts'
import { readRecord } from './record.ts'
import { remainsOf } from './remains.ts'

const log = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

async function ssh(
  lab: Lab,
  host: LabHost,
  command: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const quiet = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR']
  const options = ['-i', lab.ssh.privateKeyFile, ...quiet, '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=2']
  return run(['ssh', ...options, `${lab.ssh.user}@${host.address}`, command])
}

describe('a lab of two hosts', () => {
  let lab: Lab
  let m1: LabHost
  let m2: LabHost
  let subnet: number

  beforeAll(async () => {
    lab = await startLab({ hosts: 2, log })
    m1 = lab.host('m1')
    m2 = lab.host('m2')
    subnet = readRecord(lab.name)?.subnet ?? -1
  })

  // The last test takes it down itself; this is for a run in which it did not come to that.
  afterAll(async () => {
    await lab.down()
  })

  it('answers on port 22 with exactly the host keys that it declares, and no two hosts share one', async () => {
    const scan = await run(['ssh-keyscan', '-t', 'rsa,ecdsa,ed25519', m1.address])
    const seen = scan.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(seen.map((line) => line.split(' ').slice(1).join(' ')).sort()).toEqual([...m1.hostKeys].sort())
    expect(m1.hostKeys.filter((key) => m2.hostKeys.includes(key))).toEqual([])
  })

  it('lets its user become root without a password, and nobody else', async () => {
    expect(await ssh(lab, m1, 'id -un; sudo id -un')).toMatchObject({ code: 0, stdout: 'ops\nroot\n' })
    expect((await ssh(lab, m1, 'sudo -n -u nobody id')).code).not.toBe(0)
    const root = await run([
      'ssh',
      '-i',
      lab.ssh.privateKeyFile,
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'BatchMode=yes',
      `root@${m1.address}`,
      'true',
    ])
    expect(root.code).toBe(255)
  })

  it('has machine-ids of their own, a /data that is a mount, no Python and no way to the world', async () => {
    const ids = await Promise.all([m1, m2].map(async (host) => (await host.exec('cat /etc/machine-id')).stdout))
    expect(new Set(ids).size).toBe(2)
    expect((await m1.exec('mountpoint -q /data')).code).toBe(0)
    expect((await m1.exec('type python3')).code).not.toBe(0)
    expect((await m1.exec('ip route show default')).stdout).toBe('')
  })

  it('keeps its disk over a power cycle and a reboot, and says whether it runs', async () => {
    await m2.exec('echo disk > /root/kept; echo data > /data/kept')
    await m2.powerOff()
    expect(await m2.isRunning()).toBe(false)
    expect((await ssh(lab, m2, 'true')).code).toBe(255)
    await m2.powerOn()
    expect((await m2.exec('cat /root/kept /data/kept')).stdout).toBe('disk\ndata\n')
    await m2.reboot()
    expect((await ssh(lab, m2, 'cat /data/kept')).stdout).toBe('data\n')
  })

  it('can be cut off from the controller alone, from one host alone, and healed', async () => {
    const peer = (): Promise<{ code: number }> => m2.exec("timeout 1 bash -c '< /dev/tcp/m1/22'")
    await m2.partition('controller')
    expect((await ssh(lab, m2, 'true')).code).toBe(255)
    expect((await peer()).code).toBe(0)
    await m2.partition(['m1'])
    expect((await ssh(lab, m2, 'true')).code).toBe(0)
    expect((await peer()).code).toBe(124)
    await m2.heal()
    expect((await peer()).code).toBe(0)
  })

  it('refuses connections while sshd is stopped, and has other host keys after they were made anew', async () => {
    await m2.stopSshd()
    expect((await ssh(lab, m2, 'true')).stderr).toContain('Connection refused')
    await m2.startSshd()
    const before = m2.hostKeys
    const after = await m2.regenerateHostKeys()
    expect(after.filter((key) => before.includes(key))).toEqual([])
    expect((await ssh(lab, m2, 'true')).code).toBe(0)
  })

  it('fills a disk and gives it back', async () => {
    await m1.exec('mkdir -p /data/small && echo before > /data/small/file')
    await m1.fillDisk('/data/small', 4)
    expect((await m1.exec('cat /data/small/file; echo more > /data/small/other')).stderr).toContain('No space left')
    await m1.freeDisk('/data/small')
    expect((await m1.exec('echo more > /data/small/other')).code).toBe(0)
    await m1.restoreDisk('/data/small')
    expect((await m1.exec('ls /data/small')).stdout).toBe('file\n')
  })

  it('tells what was executed on a host, with all arguments, and nothing of what its own eye does', async () => {
    await m1.startTrace()
    const from = Date.now()
    await ssh(lab, m1, `sudo bash -c 'wc -l "/etc/hosts"\n/bin/true "two words"'`)
    await m1.exec('/usr/bin/uptime')
    const seen = await m1.stopTrace()
    const commands = seen.map(({ argv }) => argv)
    expect(commands).toContainEqual(['wc', '-l', '/etc/hosts'])
    expect(commands).toContainEqual(['/bin/true', 'two words'])
    expect(commands).toContainEqual(['sudo', 'bash', '-c', 'wc -l "/etc/hosts"\n/bin/true "two words"'])
    expect(seen.map(({ file }) => file)).not.toContain('/usr/bin/uptime')
    for (const { time } of seen) expect(Math.abs(time - from)).toBeLessThan(5000)
  })

  it('ends a command that takes too long, in the guest too', async () => {
    expect((await m1.exec('exec -a lab-sleeper sleep 300', { timeoutMs: 300 })).code).toBe(124)
    expect((await m1.exec('pgrep -f [l]ab-sleeper')).code).toBe(1)
  })

  it('serves archives whole and in parts, counts that, and installs packages', async () => {
    const { url, sha512 } = lab.artifacts['zookeeper-3.8.4']
    const fetched = await m1.exec(`curl -sf -r 0-999 ${url} -o a && curl -sf -C - ${url} -o a && sha512sum < a`)
    expect(fetched.stdout).toBe(`${sha512}  -\n`)
    expect((await lab.artifactRequests()).filter((request) => request.from === m1.address).length).toBe(2)
    await m2.exec(`echo '${lab.packageRepository.line}' > /etc/apt/sources.list.d/lab.list && apt-get update -q`)
    expect((await m2.exec('apt-get install -y -q tree && tree --version')).code).toBe(0)
  })

  it('has a Kubernetes API that is ready, that knows ironherd and gives it no rights of its own accord', async () => {
    expect((await lab.kube.kubectl(['get', '--raw', '/readyz'])).stdout).toBe('ok')
    const who = await lab.kube.kubectl(
      ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'],
      undefined,
      'ironherd',
    )
    expect(who.stdout).toBe('system:serviceaccount:ironherd-system:ironherd')
    expect((await lab.kube.kubectl(['get', 'namespaces'], undefined, 'ironherd')).stderr).toContain('forbidden')
  })

  it('keeps objects over an API server restart, and answers 410 for a past that was compacted', async () => {
    const list = await lab.kube.kubectl(['get', '--raw', '/api/v1/configmaps?limit=1'])
    const { metadata } = JSON.parse(list.stdout) as { metadata: { resourceVersion: string } }
    await lab.kube.kubectl(['create', 'configmap', 'kept'])
    await lab.kube.stop()
    expect(await lab.kube.isReady()).toBe(false)
    await lab.kube.start()
    expect((await lab.kube.kubectl(['get', 'configmap', 'kept'])).code).toBe(0)
    await lab.kube.compact()
    const watch = `/api/v1/configmaps?watch=1&timeoutSeconds=2&resourceVersion=${metadata.resourceVersion}`
    const { stdout, stderr } = await lab.kube.kubectl(['get', '--raw', watch])
    expect(stdout + stderr).toMatch(/"code":410|too old resource version/)
  })

  it('leaves nothing behind when it is down: no process, mount, namespace, link, rule, cgroup or file', async () => {
    await m1.startTrace()
    await m1.partition('all')
    // A look that finds nothing while the lab runs would prove nothing afterwards.
    for (const found of Object.values(await remainsOf(lab.name, subnet))) expect(found).not.toEqual([])
    await lab.down()
    expect(await remainsOf(lab.name, subnet)).toEqual({
      processes: [],
      mounts: [],
      namespaces: [],
      links: [],
      firewallTables: [],
      cgroups: [],
      tracing: [],
      files: [],
    })
  })
})

describe('a Prometheus', () => {
  it('scrapes what it is told to and answers queries', async () => {
    const prometheus = await startPrometheus({ config: 'global: { scrape_interval: 1s }\n', log })
    try {
      expect(await prometheus.query('vector(42)')).toEqual([{ metric: {}, value: 42 }])
    } finally {
      await prometheus.stop()
    }
  })

  it('has a promtool that accepts a good metrics text and names what is wrong with a bad one', async () => {
    expect((await checkMetrics('# HELP a_total What.\n# TYPE a_total counter\na_total 1\n')).code).toBe(0)
    expect((await checkMetrics('# TYPE a counter\na 1\n')).code).not.toBe(0)
  })
})
