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
 * the newer has.
 */
export function prelude(context: ExecutionContext): string {
  const { installation, epoch } = context.authority
  if (!Number.isSafeInteger(epoch) || epoch < 1) throw new RangeError(`epoch ${epoch} is not a positive integer`)
  return `set -u
umask 077
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
H=${stateDirectory}
mkdir -p -m 0700 "$H" "$H/members" "$H/software" "$H/store" "$H/replaced" || exit ${preludeExits.unusable}
exec 9>>"$H/lock" || exit ${preludeExits.unusable}
flock -w 15 9 || exit ${preludeExits.locked}
keep() { printf '%s\\n' "$2" >"$1.new" && sync -d "$1.new" && mv -f "$1.new" "$1"; }
mine=${quote(installation)}
have=$(cat "$H/installation" 2>/dev/null || true)
if [ -n "$have" ] && [ "$have" != "$mine" ]; then echo "$have" >&2; exit ${preludeExits.managedByAnother}; fi
seen=$(cat "$H/epoch" 2>/dev/null || echo 0)
if [ "$seen" -gt ${epoch} ]; then echo "$seen" >&2; exit ${preludeExits.epochSuperseded}; fi
[ "$have" = "$mine" ] || keep "$H/installation" "$mine" || exit ${preludeExits.unusable}
[ "$seen" = ${epoch} ] || keep "$H/epoch" ${epoch} || exit ${preludeExits.unusable}
touch "$H/journal" "$H/own-files" || exit ${preludeExits.unusable}
if [ "$(wc -l <"$H/journal")" -gt 2000 ]; then tail -n 1000 "$H/journal" >"$H/journal.new" && mv -f "$H/journal.new" "$H/journal"; fi
journal() { printf '%s\\t${epoch}\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$(date +%s%3N)" "$1" ${quote(keyText(context.object))} "$2" "$3" "$4" "$5" >>"$H/journal"; }
# own SUM PATH: SUM '' forgets PATH. One line a file, so that what ironherd did not write is never taken for its own.
own() {
  { while read -r s q; do [ "$q" = "$2" ] || printf '%s  %s\\n' "$s" "$q"; done <"$H/own-files"
    [ -z "$1" ] || printf '%s  %s\\n' "$1" "$2"; } >"$H/own-files.new"
  mv -f "$H/own-files.new" "$H/own-files"
}
owned() { while read -r s q; do [ "$q" != "$1" ] || return 0; done <"$H/own-files"; return 1; }
running() { case $(systemctl show -p ActiveState --value -- "$1") in active|activating|deactivating|reloading) return 0;; esac; return 1; }
refuse() { echo "$1"; exit 64; }
fail() { echo "$2"; exit "$1"; }
`
}
