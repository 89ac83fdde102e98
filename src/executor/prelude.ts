import { quote } from '../formats/shell.ts'
import { stateDirectory } from '../hosts/layout.ts'
import type { ExecutionContext } from '../model/engine.ts'
import { keyText } from '../model/object.ts'

/** Exit codes of a script as a whole: nothing was run on the machine. */
export const preludeExits = { locked: 75, managedByAnother: 76, epochSuperseded: 77, unusable: 70 } as const

/**
 * What every script begins with: the lock of the machine, held until the script ends; the check that this installation
 * and this leader may act here; and the functions that the verbs use.
 *
 * Order matters: the epoch is compared and written under the lock, so that of two leaders the older can never act after
 * the newer has. The lock is waited for only as long as short steps take: meanwhile the other machines of the pass wait,
 * too, and the next pass tries again.
 */
export function prelude(context: ExecutionContext): string {
  const { installation, epoch } = context.authority
  if (!Number.isSafeInteger(epoch) || epoch < 1) throw new RangeError(`epoch ${epoch} is not a positive integer`)
  return `set -u
umask 077
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
H=${stateDirectory}
unusable() { echo "$1" >&2; exit ${preludeExits.unusable}; }
# Whoever may not act here changes nothing: only the place of the lock is made before it is known.
[ -d "$H" ] || mkdir -p -m 0700 "$H" || exit ${preludeExits.unusable}
exec 9>>"$H/lock" || exit ${preludeExits.unusable}
flock -w 3 9 || exit ${preludeExits.locked}
keep() { printf '%s\\n' "$2" >"$1.new" && sync -d "$1.new" && mv -f "$1.new" "$1"; }
mine=${quote(installation)} have= seen=0
# What stands there and cannot be read is not the same as nothing.
if [ -e "$H/installation" ]; then have=$(cat "$H/installation") || exit ${preludeExits.unusable}; fi
if [ -e "$H/epoch" ]; then seen=$(cat "$H/epoch") || exit ${preludeExits.unusable}; fi
case $seen in ''|*[!0-9]*) unusable "$H/epoch holds no number: $seen";; esac
if [ -n "$have" ] && [ "$have" != "$mine" ]; then echo "$have" >&2; exit ${preludeExits.managedByAnother}; fi
if [ "$seen" -gt ${epoch} ]; then echo "$seen" >&2; exit ${preludeExits.epochSuperseded}; fi
for d in members software store replaced; do [ -d "$H/$d" ] || mkdir -m 0700 "$H/$d" || exit ${preludeExits.unusable}; done
[ "$have" = "$mine" ] || keep "$H/installation" "$mine" || exit ${preludeExits.unusable}
[ "$seen" = ${epoch} ] || keep "$H/epoch" ${epoch} || exit ${preludeExits.unusable}
{ : >>"$H/journal" && : >>"$H/own-files"; } || exit ${preludeExits.unusable}
if [ "$(wc -l <"$H/journal")" -gt 2000 ]; then tail -n 1000 "$H/journal" >"$H/journal.new" && sync -d "$H/journal.new" && mv -f "$H/journal.new" "$H/journal"; fi
# A line that was cut off by a power failure must not swallow the next one.
[ -z "$(tail -c 1 "$H/journal")" ] || echo >>"$H/journal" || exit ${preludeExits.unusable}
journal() { printf '%s\\t${epoch}\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$(date +%s%3N)" "$1" ${quote(keyText(context.object))} "$2" "$3" "$4" "$5" >>"$H/journal"; }
# own SUM PATH: SUM '' forgets PATH. One line a file, so that what ironherd did not write is never taken for its own.
own() {
  { while IFS= read -r l || [ -n "$l" ]; do [ "\${l#*  }" = "$2" ] || printf '%s\\n' "$l"; done <"$H/own-files"
    [ -z "$1" ] || printf '%s  %s\\n' "$1" "$2"; } >"$H/own-files.new"
  sync -d "$H/own-files.new"
  mv -f "$H/own-files.new" "$H/own-files"
}
owned() { while IFS= read -r l || [ -n "$l" ]; do [ "\${l#*  }" != "$1" ] || return 0; done <"$H/own-files"; return 1; }
# Keeps a copy of a file that is not as ironherd wrote it, before it goes. Fifty copies stay, by the time of their making.
save() {
  if [ ! -f "$1" ] || [ -L "$1" ]; then return 0; fi
  was=$(sha256sum <"$1"); was=\${was%% *}
  if grep -qxF -- "$was  $1" "$H/own-files" || [ "$was" = "$2" ]; then return 0; fi
  cp -p -- "$1" "$H/replaced/$(date +%s%N)-$(basename -- "$1")"
  ls -1r -- "$H/replaced" | tail -n +51 | while IFS= read -r f; do rm -f -- "$H/replaced/$f"; done
}
# absent PATH: proven. An error of the disk is no proof.
absent() { local said; if said=$(stat -c %F -- "$1" 2>&1); then return 1; fi; case $said in *': No such file or directory'|*': Not a directory') return 0;; esac; echo "$said"; return 1; }
vacant() { local said; absent "$1" && return 0; [ -d "$1" ] && [ ! -L "$1" ] && said=$(ls -A -- "$1") && [ -z "$said" ]; }
# What systemd does not say is not known to be stopped.
stopped() { case $(systemctl show -p ActiveState --value -- "$1") in inactive|failed) return 0;; esac; return 1; }
refuse() { echo "$1"; exit 64; }
fail() { echo "$2"; exit "$1"; }
`
}
