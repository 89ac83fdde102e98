import { quote } from '../formats/shell.ts'
import type { Question } from '../model/question.ts'
import { whyNotAskable } from './askable.ts'
import {
  softwareListing,
  softwareRecordPath,
  softwareSumsPath,
  softwareTree,
  softwareTreePath,
  stateFiles,
  supersededSoftware,
} from './layout.ts'
import { collect, conversations, httpJob, talkJob, znodeJob } from './script-conversations.ts'
import { listeners } from './script-listeners.ts'
import { znode } from './script-znodes.ts'
import type { SoftwareCheck } from './software-checks.ts'

/**
 * Questions → one bash script. What it prints is a row of NUL-terminated fields: a record's name, then its fields (see
 * look-fields.ts, which reads them). A host pays for processes, not for questions: each tool is run once for all
 * questions of a kind, small files are read by builtins, and everything is printed at the end in one go. All judgement
 * is left to the parser. Conversations with daemons run beside the rest and are bounded, so that a frozen daemon costs
 * two seconds and never the look. `check`: a part of the software that is to be read byte for byte as well.
 */
export function renderLook(questions: readonly Question[], check?: SoftwareCheck): string {
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
  const talking = of('talk').length + of('http').length + of('znode').length > 0
  const paths = [
    ...Object.values(stateFiles),
    ...files.map(({ question }) => question.path),
    ...directories.map(({ question }) => question.path),
    ...software.map(({ question }) => question.path),
  ]
  return [
    prelude,
    ...(talking ? [conversations] : []),
    ...of('talk').map(({ index, question }) => talkJob(index, question.address, question.port, question.send)),
    ...of('http').map(({ index, question }) => httpJob(index, question.address, question.port, question.path)),
    ...(of('znode').length > 0 ? [znode] : []),
    ...of('znode').map(({ index, question }) => znodeJob(index, question.address, question.port, question.path)),
    units(of('unit').map(({ question }) => question.unit)),
    logs(of('log')),
    `paths=(${words(paths)})`,
    stats,
    sums(files.map(({ question }) => question.path)),
    ...files.flatMap(({ index, question }) =>
      question.content === undefined ? [] : [contentOf(index, question.path, Math.min(question.content, 65536))],
    ),
    listDirectories(directories.map(({ question }) => question.path)),
    listSoftware(software.map(({ index, question }) => ({ index, path: question.path }))),
    readSoftware(software.find(({ question }) => question.path === check?.path)?.index, check),
    supersededFamilies(of('superseded')),
    users(of('user').map(({ question }) => question)),
    packages(of('package').map(({ question }) => question.name)),
    ...of('java').map(({ index, question }) => `java ${index} ${quote(question.home)}`),
    listeners(of('listener').map(({ question }) => question.port)),
    ...(of('firewall').length > 0 ? [firewall] : []),
    ...(talking ? [collect] : []),
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

/**
 * The clock is read next to the uptime, from which starts of processes are reckoned: systemd's monotonic stamps survive
 * a step of the wall clock. `whole` reads a text file without starting a process, where `$(<file)` forked before bash
 * 5.2, and `split` puts a text into `lines` without writing a file, as `<<<` did before 5.1.
 */
const prelude = `set +e +u
shopt -s nullglob
out=()
f() { out+=("$@"); }
now() { if [[ -n \${EPOCHREALTIME-} ]]; then now=\${EPOCHREALTIME//[!0-9]/}; else now=$(date +%s%N); now=\${now%???}; fi; }
first() { line=; [[ -r $1 ]] && IFS= read -r line <"$1"; }
whole() { local a=(); whole=; [[ -r $1 ]] && mapfile -d '' -n 1 -t a <"$1" && whole=\${a-}; }
split() { local IFS=$'\\n'; set -f; lines=($1); set +f; }
now; read -r uptime _ </proc/uptime
f ironherd-look-1 "$now" "$uptime"
first /etc/machine-id; f "$line"
first /proc/sys/kernel/random/boot_id; f "$line"
first /proc/sys/kernel/hostname; f "$line"
read -r _ memory _ </proc/meminfo; whole /proc/self/status; cpus=\${whole##*Cpus_allowed_list:}; f "$memory" "\${cpus%%$'\\n'*}"
first ${stateFiles.installation}; f "$line"
first ${stateFiles.epoch}; f "$line"
journal=; [[ -e ${stateFiles.journal} ]] && journal=$(exec tail -n 40 ${stateFiles.journal} 2>&1); f "$journal"
whole ${stateFiles.ownFiles}; f "$whole"
records=(); for p in ${stateFiles.members}/*.json; do [[ -f $p && ! -L $p ]] && whole "$p" && records+=("\${p##*/}" "$whole"); done
f "\${#records[@]}" "\${records[@]}"
java() {
  local home=$2 bin
  if [[ -n $home ]]; then bin=$home/bin/java; else bin=$(type -P java) && bin=$(exec readlink -f -- "$bin"); home=\${bin%/bin/java}; fi
  if [[ ! -x $bin || -d $bin ]]; then f java "$1" '' ''; return; fi
  [[ ! -r $home/release && \${home##*/} == jre ]] && home=\${home%/jre}
  whole "$home/release"; f java "$1" "$home" "$whole"
}
content() {
  local left=$3 piece pieces=()
  [[ -f $2 && ! -L $2 ]] || return
  { while (( left > 0 )); do
      if IFS= read -r -d '' -n "$left" piece; then pieces+=("$piece"); (( left -= \${#piece} + 1 )); else pieces+=("$piece"); left=0; fi
    done; } <"$2" && f content "$1" "\${#pieces[@]}" "\${pieces[@]}"
}`

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
  return `units=$(exec systemctl show --no-pager -p ${unitProperties} -- ${words(names)} 2>&1); f units "$units"`
}

/** Of the processes of a unit, and not of what systemd says of it. A journal that is slow must not cost the look. */
function logs(asked: readonly Asked<'log'>[]): string {
  if (asked.length === 0) return ''
  const journal = 'exec timeout 5 journalctl --quiet --no-pager --output=short-unix --lines=300'
  return asked
    .map(
      ({ index, question }) =>
        `said=$(${journal} ${quote(`_SYSTEMD_UNIT=${question.unit}`)} 2>&1); code=$?; (( \${#said} > 65536 )) && said=\${said: -65536}; f log ${index} "$code" "$said"`,
    )
    .join('\n')
}

/** stat's answers and complaints each come in the order of its arguments: that tells which path a complaint is about. */
const stats = `f stat "$(exec stat --printf '%f\\t%a\\t%U\\t%G\\t%s\\t%.9Y\\t%m\\t%n\\n' -- "\${paths[@]}" 2>&1)"`

function sums(paths: readonly string[]): string {
  if (paths.length === 0) return ''
  return `plain=(); for p in ${words(paths)}; do [[ -f $p && ! -L $p ]] && plain+=("$p"); done
(( \${#plain[@]} )) && f sums "$(exec sha256sum -- "\${plain[@]}" 2>&1)"`
}

/**
 * One byte more than asked, so that the parser sees that there is more. A variable holds no NUL, so the content comes in
 * the pieces between them.
 */
function contentOf(index: number, path: string, bound: number): string {
  return `content ${index} ${quote(path)} ${bound + 1}`
}

/**
 * All directories are listed by one `find`, which prints a slash for each of them and one after each name. When that
 * fails or would list too much, each is listed by its own, so that it is known which of them could not be read: an
 * unreadable directory must never pass for an empty one.
 */
function listDirectories(paths: readonly string[]): string {
  if (paths.length === 0) return ''
  return `dirs=(); for p in ${words(paths)}; do [[ -d $p && ! -L $p ]] && dirs+=("$p"); done
if (( \${#dirs[@]} )); then
  f statfs "$(exec stat -f --printf '%a\\t%S\\t%n\\n' -- "\${dirs[@]}" 2>&1)"
  whole /proc/self/mountinfo; f mounts "$whole"
  exec {listing}< <(exec find "\${dirs[@]}" -maxdepth 1 -printf '%P/' 2>/dev/null); lister=$!
  IFS= read -r -N 131073 list <&"$listing"; exec {listing}<&-; wait "$lister"
  if (( $? == 0 && \${#list} < 131073 )); then f entries 0 "\${#dirs[@]}" "\${dirs[@]}" "$list"; else
    for p in "\${dirs[@]}"; do
      list=$(find "$p" -mindepth 1 -maxdepth 1 -printf '%f\\0' 2>/dev/null | LC_ALL=C sort -z | head -z -n 200 | tr '\\0' /; exit "\${PIPESTATUS[0]}")
      f entries "$?" 1 "$p" "/$list"
    done
  fi
fi`
}

/**
 * As long as every tree is as it was recorded, one `find` is all that is started, and the recorded digest is the answer.
 * Otherwise each is digested by its own.
 */
function listSoftware(software: readonly { readonly index: number; readonly path: string }[]): string {
  if (software.length === 0) return ''
  const gather = software.map(
    ({ index, path }) =>
      `gather ${index} ${quote(path)} ${quote(softwareRecordPath(path))} ${quote(softwareTreePath(path))}`,
  )
  const digests = software.map(({ index, path }) => `${index}) ${softwareListing(path)} 2>&1 ;;`)
  return `${softwareTree}
roots=() numbers=() records=() digests=() expected=
gather() {
  [[ -d $2 && ! -L $2 ]] || return
  roots+=("$2"); numbers+=("$1"); whole "$3"; records+=("$whole")
  whole "$4"; digests+=("\${whole%%$'\\n'*}"); expected+=\${whole#*$'\\n'}
}
digest() { case $1 in
${digests.join('\n')}
esac; }
${gather.join('\n')}
if (( \${#roots[@]} )); then
  seen=$(tree "\${roots[@]}" 2>&1); code=$?
  for i in "\${!roots[@]}"; do
    if (( code == 0 )) && [ "$seen" = "$expected" ]; then f software "\${numbers[i]}" 0 "\${digests[i]}" "\${records[i]}"; continue; fi
    listing=$(digest "\${numbers[i]}"); f software "\${numbers[i]}" "$?" "$listing" "\${records[i]}"
  done
fi`
}

/**
 * With the least claim on processor and disk, and bounded well below the look's own time. A tree without recorded digests
 * (unpacked by an older release) is left out.
 */
function readSoftware(index: number | undefined, check: SoftwareCheck | undefined): string {
  if (index === undefined || check === undefined) return ''
  const sums = quote(softwareSumsPath(check.path))
  return `if [[ -d ${quote(check.path)} && -r ${sums} ]]; then
  some=; mapfile -t lines <${sums}
  for (( k = ${check.part}; k < \${#lines[@]}; k += ${check.of} )); do some+=\${lines[k]}$'\\n'; done
  code=0 said=
  [[ -n $some ]] && { said=$(cd ${quote(check.path)} && printf %s "$some" | timeout 4 nice -n 19 ionice -c 3 sha256sum --check --quiet --strict 2>&1); code=$?; }
  f read ${index} "$code" "\${said:0:4000}"
fi`
}

function supersededFamilies(families: readonly Asked<'superseded'>[]): string {
  if (families.length === 0) return ''
  const each = families.map(
    ({ index, question: { familyPrefix, keep } }) =>
      `superseded ${quote(familyPrefix)} ${quote(keep)}; IFS=$'\\n'; f superseded ${index} "\${idle[*]}"; unset IFS`,
  )
  return [supersededSoftware, ...each].join('\n')
}

/** Users and groups of the host's own files are found without a process; only who is not there is asked of the name service. */
function users(asked: readonly { readonly name: string; readonly group?: string }[]): string {
  if (asked.length === 0) return ''
  const names = asked.map(({ name }) => name)
  const groups = asked.flatMap(({ group }) => group ?? [])
  return `users= groups= code=0; declare -A people=() gids=()
for p in ${words(names)}; do people[$p]=1; done
for p in ${words(groups)}; do gids[$p]=1; done
mapfile -t lines </etc/passwd
for line in "\${lines[@]}"; do
  p=\${line%%:*}; if [[ -n $p && -n \${people[$p]-} ]]; then users+=$line$'\\n'; unset "people[$p]"; fi
done
if (( \${#people[@]} )); then users+=$(exec getent passwd -- "\${!people[@]}"); code=$?; fi
split "$users"
for line in "\${lines[@]}"; do line=\${line#*:*:*:}; line=\${line%%:*}; [[ -n $line ]] && gids[$line]=1; done
mapfile -t lines </etc/group
for line in "\${lines[@]}"; do
  gid=\${line#*:*:}; gid=\${gid%%:*}; p=\${line%%:*}
  if [[ -n $gid && -n \${gids[$gid]-} || -n $p && -n \${gids[$p]-} ]]; then groups+=$line$'\\n'; unset "gids[$gid]" "gids[$p]"; fi
done
(( \${#gids[@]} )) && groups+=$(exec getent group -- "\${!gids[@]}")
f users "$code" "$users" "$groups"`
}

function packages(names: readonly string[]): string {
  if (names.length === 0) return ''
  return `if command -v dpkg-query >/dev/null; then
  packages=$(exec dpkg-query -W -f '\${Package}\\t\${db:Status-Status}\\t\${Version}\\n' ${words(names)} 2>&1); f packages dpkg "$?" "$packages"
elif command -v rpm >/dev/null; then
  packages=$(exec rpm -q --qf '%{NAME}\\tinstalled\\t%{VERSION}-%{RELEASE}\\n' ${words(names)} 2>&1); f packages rpm "$?" "$packages"
else f packages none 0 ''; fi`
}

/** A machine with more rules than that is not one whose rules are ours to touch. */
const firewall = `if type -P nft >/dev/null; then
  said=$(exec nft -j list ruleset 2>&1); code=$?
  if (( \${#said} > 2097152 )); then code=1 said='more than 2 MiB'; fi
  f firewall "$code" "$said"
else f firewall 127 ''; fi`

const epilogue = `now; f ironherd-look-end "$now"
printf '%s\\0' "\${out[@]}"`
