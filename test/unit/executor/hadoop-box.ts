import { type Box, makeBox } from './box.ts'

/**
 * As much of systemd-run as is used: dollars as systemd reads them, the output into a file that it opens itself, and the exit code of
 * what is run only where that is waited for.
 */
const fakeSystemdRun = `#!/bin/bash
printf '%s\\n' "$@" >/mnt/run
if [ -e /mnt/refuses ]; then echo "Failed to start transient service unit: it was already loaded." >&2; exit 1; fi
waits=; while [ "$1" != -- ]; do case $1 in --wait) waits=yes;; --property=StandardOutput=file:*) out=\${1#*file:};; esac; shift; done; shift
words=(); for word; do words+=("\${word//\\$\\$/$}"); done
if [ -e /mnt/killed ]; then "\${words[@]:4}" >>"$out" 2>&1; exit 1; fi
"\${words[@]}" >>"$out" 2>&1
code=$?; [ -z "$waits" ] || exit "$code"
`

/** A box with a Hadoop at `home` whose `hdfs` is that script. */
export async function hadoopBox(home: string, hdfs: string): Promise<Box> {
  const box = makeBox()
  const put = (path: string, content: string): string =>
    `mkdir -p ${path.replace(/\/[^/]*$/, '')}; base64 -d >${path} <<<${Buffer.from(content).toString('base64')}; chmod 755 ${path}`
  await box.ask(`${put('/usr/local/sbin/systemd-run', fakeSystemdRun)}; ${put(`${home}/bin/hdfs`, hdfs)}`)
  return box
}
