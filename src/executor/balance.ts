import type { Action } from '../model/step.ts'
import { runTransient } from './transient.ts'

/**
 * Begins the balancer as a unit that nobody waits for. What it writes begins with `@request`, has its progress at most once a minute
 * and its last line of that, and ends with `@exit` unless it was killed: a look reads it (services/hdfs-namenode/balancer.ts). The
 * bandwidth is told to the DataNodes by the NameNodes, and holds until they are restarted (DFSAdmin.setBalancerBandwidth).
 */
export function balanceScript(action: Extract<Action, { verb: 'Balance' }>): string {
  const { bandwidthMiB, request, thresholdPercent, tool } = action
  const values = [request, String(bandwidthMiB * 1024 ** 2), String(thresholdPercent)]
  const command = ['/bin/bash', '-c', run, 'balance', `${tool.home}/bin/hdfs`, tool.config, ...values]
  return `${runTransient(tool, [], [], command)} || fail 1 "it could not be run as a unit: $(printf %s "$refused" | tail -c 300)"`
}

/** At most so many lines, so that what it wrote can be read in one answer. */
const mostLines = 300

/** Lines of progress name the file system; of the others only its verdict is kept (Balancer.java). */
const keep = [
  'n=0; told=-60; last=; while IFS= read -r line; do case $line in',
  '*" INFO "*|"INFO "*) continue;;',
  '*"B "*" hdfs://"*) last=${line:0:200}; [ $((SECONDS - told)) -ge 60 ] || continue; told=$SECONDS;;',
  '*Exiting*|*Exception*|"Balancing took "*) ;; *) continue;; esac;',
  `n=$((n + 1)); [ "$n" -gt ${mostLines} ] || echo "\${line:0:200}"; done;`,
  '[ -z "$last" ] || echo "$last"',
].join(' ')

const run = [
  'hdfs=$1 config=$2; tool() { "$hdfs" --config "$config" "$@" 2>&1; }; echo "@request $3"',
  'said=$(tool dfsadmin -setBalancerBandwidth "$4"); code=$?',
  `if [ "$code" = 0 ]; then tool balancer -threshold "$5" | { ${keep}; }; code=\${PIPESTATUS[0]}`,
  'else echo "the bandwidth could not be told: ${said:0:200}"; fi',
  'echo "@exit $code"; exit "$code"',
].join('; ')
