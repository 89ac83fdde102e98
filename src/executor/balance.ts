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

/**
 * Balancer.java. Lines of progress name the file system, and are kept once a minute, later once in ten and then once an hour, so that all of
 * them can be read in one answer, and the last one; of the others only the last verdict. Before each stands how many processes went
 * before its own, and how many bytes they have moved.
 */
const watch = [
  'last= verdict= broken=; while IFS= read -r line; do case $line in',
  '"@code "*) code=${line#@code };;',
  '*" INFO "*|"INFO "*) ;;',
  '*"Metrics source Balancer-"*" already exists"*) broken=1;;',
  '*"B "*" hdfs://"*) last="@after $again $total ${line:0:200}";',
  'if [ $((SECONDS - told)) -ge $((n < 60 ? 60 : n < 150 ? 600 : 3600)) ]; then told=$SECONDS n=$((n + 1)); echo "$last"; fi;;',
  '*Exiting*|*Exception*|"Balancing took "*) verdict=${line:0:200};; esac;',
  'done < <(tool balancer -threshold "$5"; echo "@code $?")',
].join(' ')

/** Texts of sizes have two decimals, or none. */
const count = [
  'if [[ $last =~ $moved ]]; then size=${BASH_REMATCH[1]}; case $size in *.*) size=${size/./};; *) size=${size}00;; esac;',
  'units=KMGTPE; below=${units%%"${BASH_REMATCH[2]:-none}"*}; power=0;',
  '[ -z "${BASH_REMATCH[2]}" ] || power=$((${#below} + 1)); total=$((total + 10#$size * 1024 ** power / 100)); fi',
].join(' ')

/** In releases from 3.4 on each look for blocks but the first ends the process (HDFS-17648), so that there is one process a look. */
const rounds = [
  "moved='[[:space:]][0-9]+[[:space:]]+([0-9.]+) ([KMGTPE]?)B[[:space:]]' again=0 total=0 idle=0 n=0 told=-3600",
  `while :; do ${watch}; [ -n "$broken" ] && [ "$idle" -lt 5 ] || break; was=$total; ${count}`,
  'if [ "$total" = "$was" ]; then idle=$((idle + 1)); else idle=0; fi; again=$((again + 1)); done',
  '[ -z "$last" ] || echo "$last"; [ -z "$verdict" ] || echo "$verdict"',
].join('; ')

const run = [
  'hdfs=$1 config=$2; tool() { "$hdfs" --config "$config" "$@" 2>&1; }; echo "@request $3"',
  'said=$(tool dfsadmin -setBalancerBandwidth "$4"); code=$?',
  `if [ "$code" = 0 ]; then ${rounds}; else echo "the bandwidth could not be told: \${said:0:200}"; fi`,
  'echo "@exit $code"; exit "$code"',
].join('; ')
