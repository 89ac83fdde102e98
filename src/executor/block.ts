import { quote } from '../formats/shell.ts'
import type { MarkedBlock } from '../model/host.ts'
import type { Action } from '../model/step.ts'
import { verbExits } from './exits.ts'

/**
 * A block goes in front of the file when it has none, and stays where it is when it has. The record is there before the block is, and
 * goes after it: whoever looks in between finds at worst a record without a block.
 */
export function writeBlockScript({ block, lines }: Extract<Action, { verb: 'WriteBlock' }>): string {
  const text = [block.begin, ...lines, block.end].map((line) => `${line}\n`).join('')
  const bytes = Buffer.from(text)
    .toString('base64')
    .replace(/(.{76})/g, '$1\n')
  return `if absent ${quote(block.path)}; then install -m 644 /dev/null ${quote(block.path)}; fi
${around(block)}
[ -n "$first" ] || save "$f" ''
mkdir -p -m 0700 -- "$(dirname -- "$r")"
keep "$r" 'a block stands, or stood'
sum=$(sha256sum <"$r"); own "\${sum%% *}" "$r"
rest before >"$t"
base64 -d >>"$t" <<'BYTES'
${bytes}
BYTES
rest after >>"$t"
put`
}

export function removeBlockScript({ block }: Extract<Action, { verb: 'RemoveBlock' }>): string {
  const forget = `rm -f -- ${quote(block.record)}
own '' ${quote(block.record)}`
  return `if absent ${quote(block.path)}; then
${forget}
exit 0; fi
${around(block)}
rest before >"$t"
rest after >>"$t"
put
${forget}`
}

/**
 * `rest before` and `rest after` print what stands before and after the block, to the byte; `put` puts "$t" in the place of the file, with
 * its owner, mode and labels. Marks that are not one pair are a refusal: what between them is ironherd's is not known then.
 */
function around({ path, begin, end, record }: MarkedBlock): string {
  const damaged = quote(`the marks of ironherd in ${path} are not one pair: mend or remove them`)
  return `f=${quote(path)} r=${quote(record)}
{ [ -f "$f" ] && [ ! -L "$f" ]; } || fail ${verbExits.blockRefused} ${quote(`${path} is no plain file`)}
# Of binary files as well, and an error is not "none".
lineOf() { local n; n=$(grep -naxF -- "$1" "$f") || [ $? = 1 ] || return 1; printf '%s\\n' "$n" | cut -d: -f1; }
first=$(lineOf ${quote(begin)})
last=$(lineOf ${quote(end)})
case $first$last in *[!0-9]*) fail ${verbExits.blockRefused} ${damaged};; esac
if [ -n "$first" ] || [ -n "$last" ]; then
  { [ -n "$first" ] && [ -n "$last" ] && [ "$first" -lt "$last" ]; } || fail ${verbExits.blockRefused} ${damaged}
fi
rest() {
  if [ "$1" = before ]; then head -n $(( \${first:-1} - 1 )) -- "$f"; else tail -n +$(( \${last:-0} + 1 )) -- "$f"; fi
}
d=$(dirname -- "$f")
rm -f -- "$d"/.ironherd.??????
t=$(mktemp -- "$d/.ironherd.XXXXXX")
trap 'rm -f -- "$t"' EXIT
cp --attributes-only --preserve=all -- "$f" "$t"
put() {
  if [ "$(sha256sum <"$t")" = "$(sha256sum <"$f")" ]; then return 0; fi
  sync -d -- "$t"
  mv -fT -- "$t" "$f"
  sync -- "$d"
}`
}
