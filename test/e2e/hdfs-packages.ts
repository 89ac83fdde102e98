// Hadoop as packages with the names that Cloudera and Bigtop give them, made on each host from the archive of the lab.
import type { LabHost } from '../lab/index.ts'
import { withSpec } from './edited.ts'
import type { HdfsChange } from './hdfs-changes.ts'
import { onlyStandbysRestarted } from './hdfs-steps.ts'

const roles = ['namenode', 'journalnode', 'zkfc', 'datanode'] as const

/** Each starts its daemon when it is installed, as packages of Debian do: what keeps it from that is a mask. */
const build = (url: string): string => `set -e
cd "$(mktemp -d)"; umask 022
mkdir -p hadoop/DEBIAN hadoop/usr/lib hadoop/usr/bin /srv/hadoop
curl -sf '${url}' | tar -xz -C hadoop/usr/lib
mv hadoop/usr/lib/hadoop-* hadoop/usr/lib/hadoop
printf '#!/bin/bash\\nexport HADOOP_HOME=/usr/lib/hadoop\\nexec /usr/lib/hadoop/bin/hdfs "$@"\\n' >hadoop/usr/bin/hdfs
chmod 755 hadoop/usr/bin/hdfs
control() { printf 'Package: %s\\nVersion: 3.4.2\\nArchitecture: all\\nMaintainer: lab <lab@example>\\n%sDescription: lab\\n' "$1" "$2" >"$1/DEBIAN/control"; }
control hadoop ''
for role in ${roles.join(' ')}; do
  p=hadoop-hdfs-$role; mkdir -p "$p/DEBIAN" "$p/lib/systemd/system"
  control "$p" $'Depends: hadoop\\n'
  printf '[Service]\\nExecStart=/usr/bin/hdfs %s\\n[Install]\\nWantedBy=multi-user.target\\n' "$role" >"$p/lib/systemd/system/$p.service"
  printf '#!/bin/sh\\nsystemctl daemon-reload\\nsystemctl enable %s || true\\nsystemctl start %s || true\\n' "$p" "$p" >"$p/DEBIAN/postinst"
  chmod 755 "$p/DEBIAN/postinst"
done
for p in hadoop*; do dpkg-deb -Zgzip -z1 --root-owner-group -b "$p" "/srv/hadoop/$p.deb" >/dev/null; done
cd /srv/hadoop; for f in *.deb; do
  dpkg-deb -f "$f"; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$f" "$(stat -c %s "$f")" "$(sha256sum <"$f" | cut -d' ' -f1)"
done >Packages
echo 'deb [trusted=yes] file:/srv/hadoop ./' >/etc/apt/sources.list.d/hadoop.list`

async function offer(host: LabHost, url: string): Promise<void> {
  const { code, stderr } = await host.exec(build(url), { timeoutMs: 180_000 })
  if (code !== 0) throw new Error(`${host.name}: the packages could not be made: ${stderr.slice(-800)}`)
}

/** What of Hadoop runs on a host, by its home, and how the units of the packages are. */
async function runningOn(host: LabHost): Promise<{ readonly elsewhere: string; readonly units: string }> {
  const elsewhere =
    "ps -eo args | grep '[o]rg.apache.hadoop' | grep -v 'hadoop.home.dir=/usr/lib/hadoop ' | cut -c -300"
  const units = `systemctl show -p UnitFileState,ActiveState ${roles.map((role) => `hadoop-hdfs-${role}`).join(' ')} | sort -u | grep .`
  const [found, states] = [await host.exec(elsewhere), await host.exec(units)]
  return { elsewhere: found.stdout, units: states.stdout }
}

export const packaged: HdfsChange = {
  name: 'HDFS: packages in the place of the archive',
  to: (standing) => withSpec(standing, ['software'], { packages: roles.map((role) => `hadoop-hdfs-${role}`) }),
  async act(world) {
    const { url } = world.lab.artifacts['hadoop-3.4.2']
    await Promise.all(world.lab.hosts.map((host) => offer(host, url)))
  },
  async check(world, steps, led) {
    onlyStandbysRestarted(steps, led)
    for (const host of world.lab.hosts) {
      const { elsewhere, units } = await runningOn(host)
      if (elsewhere !== '' || units !== 'ActiveState=inactive\nUnitFileState=masked\n') {
        throw new Error(`${host.name} runs ${elsewhere}; the units of its packages: ${units}`)
      }
    }
  },
}
