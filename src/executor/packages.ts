import { quote } from '../formats/shell.ts'
import type { SoftwareSource } from '../model/member.ts'
import type { Action } from '../model/step.ts'

export function installPackages(software: Extract<SoftwareSource, { from: 'packages' }>): string {
  const names = software.packages.map(quote).join(' ')
  // Masked before the install: nothing may start with the package's default settings (runbook §1.1).
  const masks = software.maskUnits.map((unit) => `systemctl mask -- ${quote(unit)} 2>&1`).join('\n')
  // Tried on paper before anything is masked: a package that nobody offers leaves no half-done host.
  return `export NEEDRESTART_SUSPEND=1
if command -v apt-get >/dev/null; then
  missing=; for p in ${names}; do [ "$(dpkg-query -W -f '\${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing="$missing $p"; done
  get() { apt-get install -y -q --no-install-recommends --no-remove -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=60 "$@" -- $missing; }
  [ -z "$missing" ] || get --simulate >/dev/null 2>&1 || { apt-get update -q 2>&1 || true; get --simulate 2>&1; }
elif ! command -v dnf >/dev/null; then fail 1 'neither apt-get nor dnf is on the host'; fi
${masks}
if command -v apt-get >/dev/null; then [ -z "$missing" ] || get 2>&1 || { apt-get update -q 2>&1 || true; get 2>&1; }
else dnf install -y -q -- ${names} 2>&1; fi`
}

/** Only what these files name is fetched: a broken repository of somebody else is not ours to trip over, and its lists stay. */
export function updatePackageLists({
  digest,
  record,
  sources,
}: Extract<Action, { verb: 'UpdatePackageLists' }>): string {
  const path = quote(record)
  const fetches = sources.map((source) => `fetch ${quote(source)}`).join('\n')
  return `command -v apt-get >/dev/null || fail 1 'apt-get is not on the host'
fetch() {
  apt-get update -q -o Dir::Etc::sourcelist="$1" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any 2>&1
}
${fetches}
mkdir -p -m 0700 -- "$(dirname -- ${path})"
keep ${path} ${quote(digest)}
sum=$(sha256sum <${path}); own "\${sum%% *}" ${path}`
}
