import { createHash } from 'node:crypto'
import { quote } from '../formats/shell.ts'
import type { Action, Guard, HadoopTool } from '../model/step.ts'
import { verbExits } from './exits.ts'
import { runTransient } from './transient.ts'

/**
 * The configuration on the hosts forbids a format, so that nobody begins one by a mistake; this lifts it for the one process. Both
 * tools that format ask for it (NameNode.java, BootstrapStandby.java), and take generic options before their own.
 */
const formatAllowed = ['-D', 'dfs.namenode.support.allow.format=true']

type Tool = Exclude<Extract<Action, { readonly tool: HadoopTool }>, { verb: 'Balance' }>

interface ToolCommand {
  readonly words: readonly string[]
  /** An exit code beside 0 that says that it is done, with what it means. */
  readonly done?: readonly [code: number, meaning: string]
  /** What other exit codes say. */
  readonly meanings: Readonly<Record<number, string>>
}

/** Bash that runs a tool of Hadoop to its end, and succeeds when that has done what is asked. */
export function toolScript(action: Tool): string {
  const { done, meanings, words } = commandOf(action)
  const cases = [
    '0) exit 0;;',
    ...(done === undefined ? [] : [`${done[0]}) echo ${quote(done[1])}; exit 0;;`]),
    ...Object.entries(meanings).map(([code, why]) => `${code}) why=${quote(why)};;`),
    "*) why='it failed';;",
  ]
  return `${runAsUnit(action.tool, words)}
case $code in
${cases.join('\n')}
esac
fail 1 "exit $code, $why: $said"`
}

function commandOf(action: Tool): ToolCommand {
  switch (action.verb) {
    case 'FormatNameNode':
      // Never with -force: then it would not ask the journals whether they hold something.
      return {
        words: ['namenode', ...formatAllowed, '-format', '-clusterid', action.clusterId, '-nonInteractive'],
        meanings: { 1: 'the format was refused, or failed' },
      }
    case 'BootstrapStandby':
      // BootstrapStandby.java. Without -force, too. Its own look at the journals also counts segments under way, of which one that was
      // restarted keeps an old one beside the finished one of its name, and then takes its whole list for invalid until the next checkpoint
      // (Journal.getEditLogManifest): that the journals serve the edits is proven before, and a NameNode reads finished segments alone.
      return {
        words: ['namenode', ...formatAllowed, '-bootstrapStandby', '-nonInteractive', '-skipSharedEditsCheck'],
        meanings: {
          2: 'no other NameNode could be reached',
          3: 'the other NameNode has another layout version',
          5: 'a directory is formatted already',
        },
      }
    case 'InitializeSharedEdits':
      // NameNode.initializeSharedEdits. Never with -force: then it would not ask the journals whether they hold something.
      return {
        words: ['namenode', '-initializeSharedEdits', '-nonInteractive'],
        meanings: { 1: 'a journal holds something or did not answer, or the edits could not be copied' },
      }
    case 'FormatFailover':
      // ZKFailoverController.java.
      return {
        words: ['zkfc', '-formatZK', '-nonInteractive'],
        done: [2, 'the znode is there already'],
        meanings: {
          3: 'the parent of the znode is missing',
          4: 'no fencing method is configured',
          5: 'automatic failover is not enabled',
          6: 'no ZooKeeper server could be reached',
        },
      }
    case 'FailOver':
      return {
        words: ['haadmin', '-failover', action.from, action.to],
        meanings: { 255: 'the failover was refused, or failed' },
      }
    case 'RollEdits':
      return { words: ['dfsadmin', '-rollEdits'], meanings: { 255: 'no NameNode is active, or it failed' } }
    case 'RollUpgrade':
      // Done again it is done as well: prepare says what is under way, finalize that nothing is (FSNamesystem.java).
      return {
        words: ['dfsadmin', '-rollingUpgrade', action.what],
        meanings: { 255: 'no NameNode is active, or it refused' },
      }
    case 'RefreshNodes':
      // Of a nameservice all NameNodes are told one after the other, and which of them were is not said (DFSAdmin.refreshNodes).
      return {
        words: ['dfsadmin', '-fs', `hdfs://${action.address}`, '-refreshNodes'],
        meanings: { 255: 'the NameNode did not take it' },
      }
  }
}

/** What the unit runs: its last line is there when it has come to its end, and not when it was killed. */
const untilItsEnd = '"$@"; code=$?; echo; echo "@exit $code"; exit "$code"'

/**
 * Runs `hdfs` as a transient unit to its end. JAVA_HOME comes from hadoop-env.sh. Leaves the exit code in `code` and what the tool
 * said, in short, in `said`.
 */
function runAsUnit(tool: HadoopTool, words: readonly string[]): string {
  const hdfs = [`${tool.home}/bin/hdfs`, '--config', tool.config, ...words]
  const command = ['/bin/bash', '-c', untilItsEnd, 'tool', ...hdfs]
  return `${runTransient(tool, ['--wait'], [`RuntimeMaxSec=${tool.timeoutSeconds}`], command)} || true
code=$(tail -n 1 -- "$log")
said=$(${lastWords})
case $code in
'@exit '*) code=\${code#@exit };;
*) [ -s "$log" ] || [ -z "$refused" ] || fail 1 "it could not be run as a unit: $(printf %s "$refused" | tail -c 300)"
  fail ${verbExits.toolUnfinished} ${quote(`it did not come to its end within ${tool.timeoutSeconds} s, or was killed`)}": $said";;
esac`
}

/** The lines of the output that tell of a failure, without the frames of a stack; if there are none, the last ones. */
const lastWords = [
  `{ grep -aE ' (ERROR|FATAL) |[Ee]xception|[Ff]ailed|[Rr]efused' -- "$log" | grep -avE '^[[:space:]]+at | WARN ' | tail -n 3 | grep -a .`,
  `|| grep -avE '^@exit |SHUTDOWN_MSG|[*]{9}|^$' -- "$log" | tail -n 3; } | sed -E 's/^[0-9-]{10} [0-9:,.]+ //' | cut -c -250 | tail -c 330`,
].join(' ')

/**
 * What a JournalNode needs to be told its journal again: VERSION, and the empty directory of its promises, which is missing in one
 * that was cut off half way. Made by the service user, since root writes nothing into the directories of another, beside its
 * place, and put there at once.
 */
export function seedScript(action: Extract<Action, { verb: 'SeedJournal' }>): string {
  const sum = createHash('sha256').update(action.version).digest('hex')
  const version = Buffer.from(action.version)
    .toString('base64')
    .replace(/(.{76})/g, '$1\n')
  return `uid=$(id -u -- ${quote(action.owner)})
gid=$(getent group ${quote(action.group)})
gid=\${gid#*:*:}
base64 -d <<'BYTES' | setpriv --reuid="$uid" --regid="\${gid%%:*}" --clear-groups --no-new-privs -- /bin/bash -c ${quote(seed)} seed ${quote(action.directory)} ${sum}
${version}
BYTES`
}

const seed = [
  'set -eu; umask 077; d=$1 v=$d/current/VERSION t=$1.ironherd-seed',
  'fail() { echo "$1"; exit 1; }; is() { [ "$(sha256sum <"$1")" = "$2  -" ]; }',
  '[ "$(realpath -m -- "$d")" = "$d" ] || fail "$d leads through a symbolic link"',
  'if [ -f "$v" ] && [ -d "$d/current/paxos" ] && is "$v" "$2"; then exit 0; fi',
  '[ ! -e "$d/current" ] && [ ! -L "$d/current" ] || fail "$d/current is there"',
  'rm -rf -- "$t"; mkdir -p -- "$d"; chmod 700 -- "$d"; mkdir -- "$t" "$t/paxos"',
  'cat >"$t/VERSION"; is "$t/VERSION" "$2" || fail "$t/VERSION was not written whole"',
  'sync -- "$t/VERSION" "$t/paxos" "$t"; mv -nT -- "$t" "$d/current"; [ ! -e "$t" ] || fail "$d/current could not be made"',
  'sync -- "$d" "$(dirname -- "$d")"',
].join('; ')

/** Defines `state`: what the NameNode says it is, '' when it does not say. */
export function stateOf({ address, port }: Extract<Guard, { guard: 'NameNodeIs' }>): string {
  const host = address.includes(':') ? `[${address}]` : address
  return `said=$( { printf 'GET /jmx?qry=Hadoop:service=NameNode,name=NameNodeStatus HTTP/1.0\\r\\nHost: %s:%s\\r\\n\\r\\n' ${quote(host)} ${port} >&3; timeout 10 head -c 65536 <&3; } 2>/dev/null 3<>/dev/tcp/${quote(address)}/${port} | tr -d '\\0') || said=
like='"State"[[:space:]]*:[[:space:]]*"([a-z]+)"' state=
if [[ $said =~ $like ]]; then state=\${BASH_REMATCH[1]}; fi`
}
