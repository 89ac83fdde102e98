import { quote } from '../formats/shell.ts'
import type { Question } from '../model/question.ts'
import { whyNotAskable } from './askable.ts'
import { softwareListing, softwareRecordPath, stateFiles, supersededSoftware } from './layout.ts'

/**
 * Questions → one bash script. What it prints is a row of NUL-terminated fields: a record's name, then its fields (see
 * look-reply.ts, which reads them). Tools are run once for all questions of a kind, their answers and complaints are
 * passed on as they are, and all judgement is left to the parser. Conversations with daemons run side by side and are
 * bounded, so that a frozen daemon costs two seconds and never the look.
 */
export function renderLook(questions: readonly Question[]): string {
  const asked = questions
    .map((question, index) => ({ question, index }))
    .filter(({ question }) => !whyNotAskable(question))
  const of = <Kind extends Question['ask']>(kind: Kind): readonly Asked<Kind>[] =>
    asked.flatMap(({ question, index }) =>
      question.ask === kind ? [{ index, question: question as Extract<Question, { ask: Kind }> }] : [],
    )
  const files = of('file')
  const directories = of('directory')
  const software = of('software')
  const paths = [
    ...Object.values(stateFiles),
    ...files.map(({ question }) => question.path),
    ...directories.map(({ question }) => question.path),
    ...software.map(({ question }) => question.path),
  ]
  return [
    prelude,
    ...(of('talk').length + of('http').length > 0 ? [conversations] : []),
    ...of('talk').map(({ index, question }) => talkJob(index, question.address, question.port, question.send)),
    ...of('http').map(({ index, question }) => httpJob(index, question.address, question.port, question.path)),
    ...software.map(({ index, question }) => softwareJob(index, question.path)),
    ...of('superseded').map(
      ({ index, question }) =>
        `f superseded ${index} "$(${supersededSoftware(question.familyPrefix, question.keep)} 2>/dev/null)"`,
    ),
    units(of('unit').map(({ question }) => question.unit)),
    `paths=(${words(paths)})`,
    stats,
    sums(files.map(({ question }) => question.path)),
    ...files.flatMap(({ index, question }) =>
      question.content === undefined ? [] : [contentOf(index, question.path, Math.min(question.content, 65536))],
    ),
    listDirectories(directories.map(({ question }) => question.path)),
    users(of('user').map(({ question }) => question.name)),
    packages(of('package').map(({ question }) => question.name)),
    ...of('java').map(({ index, question }) => `java ${index} ${quote(question.home)}`),
    listeners(of('listener').map(({ question }) => question.port)),
    epilogue,
  ]
    .filter((part) => part !== '')
    .join('\n')
}

interface Asked<Kind extends Question['ask']> {
  readonly index: number
  readonly question: Extract<Question, { ask: Kind }>
}

function words(values: readonly string[]): string {
  return [...new Set(values)].map(quote).join(' ')
}

/** ms that a conversation may take; the guard's SIGKILL follows a little later, for connects that hang. */
const talkSeconds = '1.8'
const guardSeconds = '2'

/**
 * The clock is read next to the uptime, from which starts of processes are reckoned: systemd's monotonic stamps survive
 * a step of the wall clock. Small files are read by builtins: every process that is not started saves a millisecond.
 */
const prelude = `set +e +u
shopt -s nullglob
jobs=()
f() { printf '%s\\0' "$@"; }
now() { if [[ -n \${EPOCHREALTIME-} ]]; then now=\${EPOCHREALTIME//[!0-9]/}; else now=$(date +%s%N); now=\${now%???}; fi; }
first() { line=; [[ -r $1 ]] && IFS= read -r line <"$1"; }
now; read -r uptime _ </proc/uptime
f ironherd-look-1 "$now" "$uptime"
first /etc/machine-id; f "$line"
first /proc/sys/kernel/random/boot_id; f "$line"
first /proc/sys/kernel/hostname; f "$line"
read -r _ memory _ </proc/meminfo; f "$memory" "$(nproc)"
first ${stateFiles.installation}; f "$line"
first ${stateFiles.epoch}; f "$line"
journal=; [[ -e ${stateFiles.journal} ]] && journal=$(tail -n 40 ${stateFiles.journal} 2>&1); f "$journal"
own=; [[ -e ${stateFiles.ownFiles} ]] && own=$(<${stateFiles.ownFiles}); f "$own"
java() {
  local home=$2 bin release=
  if [[ -n $home ]]; then bin=$home/bin/java; else bin=$(type -P java) && bin=$(readlink -f -- "$bin"); home=\${bin%/bin/java}; fi
  if [[ ! -x $bin || -d $bin ]]; then f java "$1" '' ''; return; fi
  [[ ! -r $home/release && \${home##*/} == jre ]] && home=\${home%/jre}
  [[ -r $home/release ]] && release=$(<"$home/release")
  f java "$1" "$home" "$release"
}`

/**
 * A conversation runs in a process of its own, whose standard error goes into the record: there stands why a connect
 * failed. The guard ends it in its connect (a frozen daemon's full backlog swallows connects), and then ends the record
 * in its stead. It is a child of what it guards and is killed before anything is answered, so that it can never hit
 * another process that got the same number. (A job whose peer resets must not die of SIGPIPE for the same reason, and
 * bash's own word about the killed guard must not land in the record.) It waits by a read on a pipe that nobody writes to: no `sleep` is started.
 */
const conversations = `exec {never}<> <(:)
guard() { ( exec 2>/dev/null; read -r -t ${guardSeconds} -u "$never"; kill -KILL "$1"; printf '\\0timeout\\0\\0' ) & guard=$!; }
unguard() { exec 2>/dev/null; kill -KILL "$guard"; }
talk() {
  printf 'talk\\0%s\\0' "$1"; exec 2>&1; trap '' PIPE
  local text= outcome=failed; guard "$BASHPID"
  { outcome=answered
    printf %s "$4" >&3 2>/dev/null
    IFS= read -r -d '' -n 65536 -t ${talkSeconds} text <&3
    (( $? > 128 )) && outcome=timeout
  } 3<>"/dev/tcp/$2/$3"
  unguard; printf '\\0%s\\0%s\\0' "$outcome" "$text"
}
http() {
  printf 'http\\0%s\\0' "$1"; exec 2>&1; trap '' PIPE
  local body= outcome=failed; guard "$BASHPID"
  { outcome=answered
    printf %s "$4" >&3 2>/dev/null
    body=$(timeout -s KILL ${talkSeconds} head -c 1064960 <&3 2>/dev/null | base64 -w0; exit "\${PIPESTATUS[0]}")
    (( $? == 137 || $? == 124 )) && outcome=timeout
  } 3<>"/dev/tcp/$2/$3" 2>/dev/null
  unguard; printf '\\0%s\\0%s\\0' "$outcome" "$body"
}`

function job(command: string): string {
  return `exec {job}< <(${command}); jobs+=("/dev/fd/$job")`
}

function talkJob(index: number, address: string, port: number, send: string): string {
  return job(`talk ${index} ${quote(address)} ${port} ${bytesWord(send)}`)
}

function httpJob(index: number, address: string, port: number, path: string): string {
  const host = address.includes(':') ? `[${address}]` : address
  const request = `GET ${path} HTTP/1.0\r\nHost: ${host}:${port}\r\nAccept: */*\r\nConnection: close\r\n\r\n`
  return job(`http ${index} ${quote(address)} ${port} ${bytesWord(request)}`)
}

/** Any bytes as one word: unlike `quote`, which refuses line breaks, this one writes them as escapes. */
function bytesWord(text: string): string {
  const escaped = [...Buffer.from(text, 'utf8')].map((byte) =>
    /[A-Za-z0-9 /.:*-]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  )
  // A hex escape takes at most two digits, so a digit behind it is safe.
  return `$'${escaped.join('')}'`
}

function softwareJob(index: number, path: string): string {
  const record = quote(softwareRecordPath(path))
  const look = `listing=$(${softwareListing(path)} 2>&1); code=$?; record=; [[ -e ${record} ]] && record=$(<${record})`
  return job(`[[ -d ${quote(path)} ]] && { ${look}; f software ${index} "$code" "$listing" "$record"; }`)
}

const unitProperties = [
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'FragmentPath',
  'NeedDaemonReload',
  'MainPID',
  'ExecMainStartTimestampMonotonic',
  'NRestarts',
  'Result',
  'ExecMainStatus',
].join(',')

function units(names: readonly string[]): string {
  if (names.length === 0) return ''
  return `units=$(systemctl show --no-pager -p ${unitProperties} -- ${words(names)} 2>&1); f units "$units"`
}

/** stat's answers and complaints each come in the order of its arguments: that tells which path a complaint is about. */
const stats = `f stat "$(stat --printf '%f\\t%a\\t%U\\t%G\\t%s\\t%.9Y\\t%m\\t%n\\n' -- "\${paths[@]}" 2>&1)"`

function sums(paths: readonly string[]): string {
  if (paths.length === 0) return ''
  return `plain=(); for p in ${words(paths)}; do [[ -f $p && ! -L $p ]] && plain+=("$p"); done
(( \${#plain[@]} )) && f sums "$(timeout 8 sha256sum -- "\${plain[@]}" 2>&1)"`
}

/** One byte more than asked, so that the parser sees that there is more. */
function contentOf(index: number, path: string, bound: number): string {
  const file = quote(path)
  return `[[ -f ${file} && ! -L ${file} ]] && f content ${index} "$(head -c ${bound + 1} -- ${file} | base64 -w0)"`
}

/**
 * All directories are listed by one `find`; when that fails or would list too much, each by its own, so that it is known
 * which of them could not be read: an unreadable directory must never pass for an empty one.
 */
function listDirectories(paths: readonly string[]): string {
  if (paths.length === 0) return ''
  return `dirs=(); for p in ${words(paths)}; do [[ -d $p && ! -L $p ]] && dirs+=("$p"); done
if (( \${#dirs[@]} )); then
  f statfs "$(stat -f --printf '%a\\t%S\\t%n\\n' -- "\${dirs[@]}" 2>&1)"
  f mounts "$(</proc/self/mountinfo)"
  list=$(find "\${dirs[@]}" -mindepth 1 -maxdepth 1 -printf '%H\\0%f\\0' 2>/dev/null | head -c 131073 | base64 -w0; exit "\${PIPESTATUS[0]}")
  if (( $? == 0 && \${#list} <= 174764 )); then f entries '' 0 "$list"; else
    for p in "\${dirs[@]}"; do
      list=$(find "$p" -mindepth 1 -maxdepth 1 -printf '%f\\0' 2>/dev/null | LC_ALL=C sort -z | head -z -n 200 | base64 -w0; exit "\${PIPESTATUS[0]}")
      f entries "$p" "$?" "$list"
    done
  fi
fi`
}

function users(names: readonly string[]): string {
  if (names.length === 0) return ''
  return `users=$(getent passwd -- ${words(names)}); code=$?; gids=()
while IFS=: read -r _ _ _ gid _; do [[ $gid =~ ^[0-9]+$ ]] && gids+=("$gid"); done <<<"$users"
f users "$code" "$users" "$( (( \${#gids[@]} )) && getent group -- "\${gids[@]}")"`
}

function packages(names: readonly string[]): string {
  if (names.length === 0) return ''
  return `if command -v dpkg-query >/dev/null; then
  packages=$(dpkg-query -W -f '\${Package}\\t\${db:Status-Status}\\t\${Version}\\n' ${words(names)} 2>&1); f packages dpkg "$?" "$packages"
elif command -v rpm >/dev/null; then
  packages=$(rpm -q --qf '%{NAME}\\tinstalled\\t%{VERSION}-%{RELEASE}\\n' ${words(names)} 2>&1); f packages rpm "$?" "$packages"
else f packages none 0 ''; fi`
}

/**
 * /proc/net/tcp is read whole and only lines in state 0A (LISTEN) are split. Whose a socket is, is looked up first among
 * the processes of the units that were asked for; all processes of the machine are searched only for what is left.
 */
function listeners(ports: readonly number[]): string {
  if (ports.length === 0) return ''
  const hex = [...new Set(ports)].map((port) => port.toString(16).toUpperCase().padStart(4, '0')).join('|')
  return `tcp=(); tcp6=(); listening=; inodes=() match=()
mapfile -t tcp </proc/net/tcp; [[ -r /proc/net/tcp6 ]] && mapfile -t tcp6 </proc/net/tcp6
set -f
for line in "\${tcp[@]}" "\${tcp6[@]}"; do
  [[ $line == *' 0A '* ]] || continue
  set -- $line
  [[ $4 == 0A ]] || continue
  case \${2##*:} in ${hex})
    listening+="\${2##*:} \${10}"$'\\n'; inodes+=("\${10}"); match+=(-o -lname "socket:[[]\${10}[]]") ;;
  esac
done
set +f
f listening "\${#tcp[@]}" "$listening"
if (( \${#inodes[@]} )); then
  mains=(); while IFS= read -r line; do [[ $line == MainPID=[1-9]* && -d /proc/\${line#*=}/fd ]] && mains+=("/proc/\${line#*=}/fd"); done <<<"\${units-}"
  owners() { (( $# )) && find "$@" -maxdepth 1 '(' "\${match[@]:1}" ')' -printf '%h %l\\n' 2>/dev/null; }
  found=$(owners "\${mains[@]}")
  for inode in "\${inodes[@]}"; do
    if [[ $found != *"socket:[$inode]"* ]]; then found=$(owners /proc/[0-9]*/fd); break; fi
  done
  seen=' '
  while read -r place socket; do
    pid=\${place#/proc/}; pid=\${pid%/fd}; inode=\${socket//[!0-9]/}
    [[ -z $inode || $seen == *" $inode "* ]] && continue
    seen+="$inode "; first "/proc/$pid/comm"; comm=$line
    cgroup=(); [[ -r /proc/$pid/cgroup ]] && mapfile -t cgroup <"/proc/$pid/cgroup"
    f owner "$inode" "$pid" "$comm" "\${cgroup[*]}"
  done <<<"$found"
fi`
}

const epilogue = `(( \${#jobs[@]} )) && cat "\${jobs[@]}"
now; f ironherd-look-end "$now"`
