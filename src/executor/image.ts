import { quote } from '../formats/shell.ts'
import type { Action } from '../model/step.ts'
import { verbExits } from './exits.ts'

/** Room that a copy leaves, MiB: with less than 100 a NameNode takes no writes (dfs.namenode.resource.du.reserved). */
const leftMiB = 256

/**
 * Copies the newest image beside its name directory. The copy is made by the service user, since root follows no path that
 * another may change; it is whole by the sum that the NameNode wrote beside its image, and gets its name only then.
 */
export function copyImageScript({ group, nameDir, owner }: Extract<Action, { verb: 'CopyImage' }>): string {
  const to = quote(`${nameDir}.images`)
  return `[ "$(realpath -m -- ${to})" = ${to} ] || fail ${verbExits.notADirectory} ${quote(`${nameDir}.images leads through a symbolic link`)}
install -d -m 700 -o ${quote(owner)} -g ${quote(group)} -- ${to}
uid=$(id -u -- ${quote(owner)})
gid=$(getent group ${quote(group)})
gid=\${gid#*:*:}
setpriv --reuid="$uid" --regid="\${gid%%:*}" --clear-groups --no-new-privs -- /bin/bash -c ${quote(copy)} copy ${quote(`${nameDir}/current`)} ${to}`
}

const copy = [
  'set -eu; umask 077; d=$1 to=$2',
  'fail() { echo "$1"; exit 1; }',
  'image=$(ls -1 -- "$d" | grep -E "^fsimage_[0-9]+$" | tail -n 1); [ -n "$image" ] || fail "there is no image in $d"',
  'size=$(stat -c %s -- "$d/$image"); free=$(df --output=avail -B1 -- "$to" | tail -n 1)',
  `[ "$((free - size))" -ge ${leftMiB * 1024 * 1024} ] || fail "$to has no room for a copy of $image ($size bytes): $free bytes are free, and ${leftMiB} MiB must be left"`,
  'rm -rf -- "$to"/.copy; mkdir -- "$to/.copy"',
  'cp -- "$d/VERSION" "$d/$image" "$d/$image.md5" "$to/.copy/"',
  '( cd -- "$to/.copy" && md5sum --check --status -- "$image.md5" ) || fail "the copy of $image has another sum than $image.md5 says"',
  'sync -- "$to"/.copy/* "$to/.copy"',
  'name=$(date -u +%Y%m%dT%H%M%SZ)-${image#fsimage_}; mv -nT -- "$to/.copy" "$to/$name"; [ ! -e "$to/.copy" ] || fail "$to/$name is there already"',
  'sync -- "$to"',
  'ls -1 -- "$to" | grep -E "^[0-9]{8}T[0-9]{6}Z-[0-9]+$" | head -n -3 | while IFS= read -r old; do rm -rf -- "$to/$old"; done',
  'echo "copied to $to/$name"',
].join('; ')
