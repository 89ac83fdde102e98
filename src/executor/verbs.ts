import { createHash } from 'node:crypto'
import { quote } from '../formats/shell.ts'
import {
  softwareListing,
  softwareRecordPath,
  softwareSumsPath,
  softwareTree,
  softwareTreePath,
  soundMark,
  soundMarkPath,
  stateDirectory,
  supersededSoftware,
} from '../hosts/layout.ts'
import type { DesiredDirectory, DesiredFile, ServiceUser, SoftwareSource } from '../model/member.ts'
import type { Action } from '../model/step.ts'
import { balanceScript } from './balance.ts'
import { removeBlockScript, writeBlockScript } from './block.ts'
import { verbExits } from './exits.ts'
import { fenceScript } from './fence.ts'
import { openPortsScript } from './firewall.ts'
import { seedScript, toolScript } from './hadoop.ts'
import { copyImageScript } from './image.ts'
import { installPackages, updatePackageLists } from './packages.ts'
import { reconfigScript } from './reconfig.ts'

type Archive = Extract<SoftwareSource, { from: 'archive' }>

/**
 * Bash that carries out an action, run under `set -e`, as root, with the prelude's functions. Each may be run again
 * after it was cut off at any point. `input`: what the action's Secret holds.
 */
export function verbScript(action: Action, input = ''): string {
  switch (action.verb) {
    case 'EnsureUser':
      return ensureUser(action.user)
    case 'EnsureDirectory':
      return ensureDirectory(action.directory)
    case 'InstallArchive':
      return installArchive(action.software)
    case 'InstallPackages':
      return installPackages(action.software)
    case 'WriteFile':
      return writeFile(action.file)
    case 'RemoveFile':
      return removeFile(action.path)
    case 'ReloadUnits':
      return 'systemctl daemon-reload'
    case 'UnmaskUnit': {
      const fence = quote(`${stateDirectory}/fences/${action.unit}`)
      return `[ ! -e ${fence} ] || fail ${verbExits.fenced} ${quote(`${action.unit} is masked by a fence: remove ${stateDirectory}/fences/${action.unit} there when it may run again`)}
systemctl unmask -- ${quote(action.unit)}
systemctl unmask --runtime -- ${quote(action.unit)}`
    }
    case 'EnableUnit':
      return `systemctl enable -- ${quote(action.unit)}`
    case 'DisableUnit':
      // A machine that has just booted may hold a start in its queue: a stop takes that back, too.
      return `systemctl disable --now -- ${quote(action.unit)}`
    case 'StartUnit':
      return `systemctl reset-failed -- ${quote(action.unit)} 2>/dev/null || true\nsystemctl start -- ${quote(action.unit)}`
    case 'RestartUnit':
      return `systemctl reset-failed -- ${quote(action.unit)} 2>/dev/null || true\nsystemctl restart -- ${quote(action.unit)}`
    case 'StopUnit':
      return `systemctl stop -- ${quote(action.unit)}`
    case 'DrainUnit':
      return drainUnit(action.unit)
    case 'MoveAside':
      return moveAside(action.path)
    case 'MarkFirstStart':
      return markFirstStart(action)
    case 'Forget':
      throw new RangeError('to forget a member is nothing that is done on its host')
    case 'Fence':
      return fenceScript(action, input)
    case 'ReconfigEnsemble':
      return reconfigScript(action, input)
    case 'FormatNameNode':
    case 'BootstrapStandby':
    case 'InitializeSharedEdits':
    case 'FormatFailover':
    case 'FailOver':
    case 'RollEdits':
    case 'RefreshNodes':
    case 'RollUpgrade':
      return toolScript(action)
    case 'Balance':
      return balanceScript(action)
    case 'CopyImage':
      return copyImageScript(action)
    case 'SeedJournal':
      return seedScript(action)
    case 'WriteBlock':
      return writeBlockScript(action)
    case 'RemoveBlock':
      return removeBlockScript(action)
    case 'UpdatePackageLists':
      return updatePackageLists(action)
    case 'OpenPorts':
      return openPortsScript(action)
    case 'SetHostName':
      return `hostnamectl set-hostname -- ${quote(action.name)}`
    case 'PruneSoftware':
      return pruneSoftware(action.familyPrefix, action.keep)
  }
}

/** Where an archive waits on the host for being unpacked. `digest` is sha256:… or sha512:…. */
export function storePath(digest: string): string {
  return `${stateDirectory}/store/${digest.replace(':', '-')}`
}

function removeFile(path: string): string {
  const lines = [`save ${quote(path)} ''`, `rm -f -- ${quote(path)}`, `own '' ${quote(path)}`]
  // The directory of a member goes with its last file.
  if (path.startsWith('/etc/ironherd/')) {
    lines.push(`rmdir --ignore-fail-on-non-empty -- ${quote(path.slice(0, path.lastIndexOf('/')))}`)
  }
  return lines.join('\n')
}

function ensureUser(user: ServiceUser): string {
  const name = quote(user.name)
  const group = quote(user.group)
  return `getent group ${group} >/dev/null || groupadd --system -- ${group}
getent passwd ${name} >/dev/null || useradd --system --gid ${group} --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin -- ${name}`
}

function ensureDirectory(directory: DesiredDirectory): string {
  const path = quote(directory.path)
  const lines = [
    'umask 022',
    `if [ -e ${path} ] || [ -L ${path} ]; then { [ -d ${path} ] && [ ! -L ${path} ]; } || fail ${verbExits.notADirectory} ${quote(`${directory.path} is not a directory`)}; fi`,
  ]
  if (directory.mount !== undefined) {
    // A symbolic link on the way would lead data away from the mount that was declared.
    lines.push(
      `[ "$(realpath -m -- ${path})" = ${path} ] || fail ${verbExits.notADirectory} ${quote(`${directory.path} leads through a symbolic link`)}`,
    )
  }
  lines.push(
    `install -d -m ${quote(directory.mode)} -o ${quote(directory.owner)} -g ${quote(directory.group)} -- ${path}`,
  )
  return lines.join('\n')
}

function writeFile(file: DesiredFile): string {
  const path = quote(file.path)
  const sum = createHash('sha256').update(file.content).digest('hex')
  const bytes = Buffer.from(file.content)
    .toString('base64')
    .replace(/(.{76})/g, '$1\n')
  return `d=$(dirname -- ${path})
( umask 022; mkdir -p -- "$d" )
rm -f -- "$d"/.ironherd.??????
t=$(mktemp -u -- "$d/.ironherd.XXXXXX")
trap 'rm -f -- "$t"' EXIT
${openNew}
base64 -d >&8 <<'BYTES'
${bytes}
BYTES
chown -- ${quote(`${file.owner}:${file.group}`)} /dev/fd/8
chmod -- ${quote(file.mode)} /dev/fd/8
sync -d /dev/fd/8
exec 8>&-
save ${path} ${sum}
own ${sum} ${path}
mv -fT -- "$t" ${path}`
}

/**
 * Opens the new file "$t" as descriptor 8. The directory may belong to a service user, who could put a link in the place of
 * the file at any moment: it is made by this open or not at all, and owner and mode are set through the descriptor.
 */
const openNew = `set -C; exec 8>"$t"; set +C`

function installArchive(software: Archive): string {
  const [algorithm = '', hex = ''] = software.digest.split(':')
  const path = quote(software.path)
  const store = quote(storePath(software.digest))
  const record = quote(softwareRecordPath(software.path))
  const tree = quote(softwareTreePath(software.path))
  const sums = quote(softwareSumsPath(software.path))
  const sound = quote(soundMarkPath(storePath(software.digest)))
  return `${softwareTree}
${soundMark}
listing() { ${softwareListing(software.path)}; }
intact() { [ ! -s ${sums} ] || ( cd ${path} && sha256sum --check --quiet --strict ${sums} >/dev/null 2>&1 ); }
if [ -d ${path} ] && [ "$(cat ${record} 2>/dev/null)" = "archive ${software.digest}
listing $(listing)" ] && intact; then exit 0; fi
[ -f ${store} ] || fail ${verbExits.archiveMissing} 'the archive is not on the host yet'
[ "$(cat ${sound} 2>/dev/null)" = "$(mark ${store} ${hex})" ] || ${algorithm === 'sha256' ? 'sha256sum' : 'sha512sum'} -c --status - <<<${quote(`${hex}  ${storePath(software.digest)}`)} || { rm -f -- ${store} ${sound}; fail ${verbExits.digestMismatch} 'the archive on the host has another digest'; }
umask 022
base=$(dirname -- ${path})
mkdir -p -- "$base"
rm -rf -- "$base"/.unpack.*
w=$(mktemp -d -- "$base/.unpack.XXXXXX")
trap 'rm -rf -- "$w"' EXIT
tar -xf ${store} -C "$w" --no-same-owner 2>&1 || fail ${verbExits.archiveUnusable} 'tar could not unpack the archive'
tops=("$w"/*)
{ [ \${#tops[@]} = 1 ] && [ -d "\${tops[0]}" ]; } || fail ${verbExits.archiveUnusable} 'the archive has not exactly one top directory'
chmod -R a+rX,go-w,ug-s -- "\${tops[0]}"
if [ -e ${path} ]; then mv -T -- ${path} "$w/.before"; fi
mv -T -- "\${tops[0]}" ${path}
sum=$(listing)
# Before the record, without which all this is done again.
( set -o pipefail; cd ${path} && find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 -r sha256sum -- ) >${sums}.new
sync -d -- ${sums}.new
mv -fT -- ${sums}.new ${sums}
keep ${record} "archive ${software.digest}
listing $sum"
{ printf '%s\\n' "$sum"; tree ${path}; } >${tree}.new
sync -d -- ${tree}.new
mv -fT -- ${tree}.new ${tree}
chmod 600 -- ${record} ${tree} ${sums}
rm -f -- ${store} ${sound}`
}

/** The bit of SIGPWR among the signals that a process catches, as /proc shows them. */
const powerBit = 1 << 29

function drainUnit(unit: string): string {
  return `pid=$(systemctl show -p MainPID --value -- ${quote(unit)})
caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null) || caught=
if [ -n "$caught" ] && [ $(( 0x$caught & ${powerBit} )) != 0 ]; then kill -s PWR -- "$pid"; else echo ${quote(`${unit} does not listen for SIGPWR: nothing is sent`)}; fi`
}

function moveAside(path: string): string {
  if (!/^\/[^/]+(\/[^/]+)+$/.test(path) || /\/\.\.?(\/|$)/.test(path)) {
    throw new RangeError(`${path} is not a directory below another one`)
  }
  const quoted = quote(path)
  return `if ! absent ${quoted}; then
  [ "$(realpath -- ${quoted})" = ${quoted} ] || fail ${verbExits.notADirectory} ${quote(`${path} leads through a symbolic link`)}
  t=${quoted}.aside-$(date +%Y%m%dT%H%M%S)
  absent "$t" || t=$t-$$
  mv -nT -- ${quoted} "$t"
  absent ${quoted} || fail 1 ${quote(`${path} could not be moved`)}
  sync -- "$(dirname -- ${quoted})"
  echo "moved to $t"
fi`
}

function markFirstStart(action: Extract<Action, { verb: 'MarkFirstStart' }>): string {
  const record = quote(action.record)
  const { marker } = action
  // The record goes first: a crash in between leaves a record without a marker, which reads as "was allowed, not done".
  return `keep ${record} "first start allowed $(date +%Y-%m-%dT%H:%M:%S%z)"
sum=$(sha256sum <${record}); own "\${sum%% *}" ${record}
sync -- "$H/members"${marker === undefined ? '' : `\n${placeMarker(marker)}`}`
}

function placeMarker(marker: { readonly path: string; readonly owner: string; readonly group: string }): string {
  const path = quote(marker.path)
  return `d=$(dirname -- ${path})
rm -f -- "$d"/.ironherd.??????
t=$(mktemp -u -- "$d/.ironherd.XXXXXX")
trap 'rm -f -- "$t"' EXIT
${openNew}
chown -- ${quote(`${marker.owner}:${marker.group}`)} /dev/fd/8
chmod -- 644 /dev/fd/8
exec 8>&-
mv -fT -- "$t" ${path}
sync -- "$d"`
}

function pruneSoftware(familyPrefix: string, keep: string): string {
  if (!/^\/opt\/ironherd\/[^/]+$/.test(familyPrefix)) throw new RangeError(`${familyPrefix} is not below /opt/ironherd`)
  return `${supersededSoftware}
superseded ${quote(familyPrefix)} ${quote(keep)}
for d in "\${idle[@]}"; do
  rm -rf -- "$d"; r=$H/software/$(basename -- "$d"); rm -f -- "$r" "$r.tree" "$r.sums"
  echo "removed $d"
done`
}
