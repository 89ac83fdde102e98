import { quote } from '../formats/shell.ts'
import { stateDirectory } from '../hosts/layout.ts'
import {
  firewallRevert,
  firewallScriptPath,
  firewallUnit,
  firewallUnitPath,
  type InputChain,
  ruleMark,
} from '../model/firewall.ts'
import type { Action } from '../model/step.ts'

type OpenPorts = Extract<Action, { verb: 'OpenPorts' }>

const revert = firewallRevert
const folder = `${stateDirectory}/firewall`
/** Long enough for a new login on a slow day; a lock-out lasts no longer. */
const revertSeconds = 60

/**
 * Opens the ports in one go, and has systemd take that back in a minute: `keepOpeningScript` calls it off, which is only run when a new
 * login has proven that the machine can still be reached.
 */
export function openPortsScript({ chains, ports }: OpenPorts): string {
  return `command -v nft >/dev/null || fail 1 'nft is not on the host'
for u in ${revert}.timer ${revert}.service; do
  case $(systemctl show -p ActiveState --value -- "$u") in inactive|failed) ;; *) refuse 'a change of the firewall before this one is not settled yet';; esac
done
systemctl reset-failed -- ${revert}.service 2>/dev/null || true
mkdir -p -m 0700 -- ${folder}
cat >${folder}/revert.sh <<'REVERT'
${openings(chains.map((chain) => ({ chain, ports: chain.before })))}
REVERT
cat >${folder}/try.sh <<'TRY'
${openings(chains.map((chain) => ({ chain, ports })))}
TRY
sync -d -- ${folder}/revert.sh
systemd-run --quiet --collect --unit=${revert} --on-active=${revertSeconds} --timer-property=AccuracySec=1s /bin/bash ${folder}/revert.sh
/bin/bash ${folder}/try.sh`
}

/** Ends the step: what was opened stays, also after a boot. Fails when it was taken back meanwhile. */
export function keepOpeningScript({ chains, ports }: OpenPorts): string {
  const check = chains.map((chain) => `stands ${words(chain)}`).join('\n')
  return `systemctl is-active --quiet -- ${revert}.timer || fail 1 'the change was taken back before a new login had proven it'
systemctl stop -- ${revert}.timer
case $(systemctl show -p ActiveState --value -- ${revert}.service) in inactive|failed) ;; *) fail 1 'the change is being taken back';; esac
stands() { nft -a list chain "$@" | grep -q -F -- ${quote(`comment "${ruleMark}"`)}; }
${ports.length === 0 ? ':' : check}
${ports.length === 0 ? forgetOpening : keepOpening}`
}

const keepOpening = `mv -fT -- ${folder}/try.sh ${firewallScriptPath}
sum=$(sha256sum <${firewallScriptPath}); own "\${sum%% *}" ${firewallScriptPath}
mkdir -p -m 0755 -- ${firewallUnitPath.slice(0, firewallUnitPath.lastIndexOf('/'))}
cat >${firewallUnitPath}.new <<'UNIT'
[Unit]
Description=Ports that ironherd has opened in the firewall of this machine
After=nftables.service
PartOf=nftables.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/bash ${firewallScriptPath}

[Install]
WantedBy=multi-user.target nftables.service
UNIT
chmod 644 -- ${firewallUnitPath}.new
mv -fT -- ${firewallUnitPath}.new ${firewallUnitPath}
sum=$(sha256sum <${firewallUnitPath}); own "\${sum%% *}" ${firewallUnitPath}
systemctl daemon-reload
systemctl enable --now -- ${firewallUnit}`

const forgetOpening = `systemctl disable --now -- ${firewallUnit} 2>/dev/null || true
rm -f -- ${firewallUnitPath} ${firewallScriptPath} ${folder}/try.sh
own '' ${firewallUnitPath}
own '' ${firewallScriptPath}
systemctl daemon-reload`

/** As nft prints a rule that drops or rejects whatever reaches it, with its handle in the last group. */
const refusal =
  '^[[:space:]]*(counter (packets [0-9]+ bytes [0-9]+|name "?[^ ]+"?) |log( prefix "[^"]*")?( (level|group|flags|snaplen|queue-threshold) [^ ]+)* )*(drop|reject( with [a-z0-9 -]+)?)( comment "[^"]*")? # handle ([0-9]+)$'

interface Opening {
  readonly chain: InputChain
  readonly ports: readonly number[]
}

/**
 * A script of its own, which also a boot runs: of each chain that is there its own rules are replaced, all in one transaction. They come last,
 * right before what refuses all the rest: whom another rule refuses by name stays refused.
 */
function openings(all: readonly Opening[]): string {
  const each = all.map(({ chain, ports }) => `replace ${words(chain)} ${quote(ports.join(', '))}`)
  return `set -eu
export LC_ALL=C
change=
end='${refusal}'
replace() {
  local said line place="add rule $1 $2 $3"
  if ! said=$(nft -a list chain "$1" "$2" "$3" 2>&1); then
    case $said in *'No such file or directory'*) return 0;; esac
    echo "$said"; return 1
  fi
  while IFS= read -r line; do
    if [[ $line =~ comment\\ \\"${ruleMark}\\"\\ #\\ handle\\ ([0-9]+)$ ]]; then change+="delete rule $1 $2 $3 handle \${BASH_REMATCH[1]}"$'\\n'
    elif [[ $line =~ $end && $place == add* ]]; then place="insert rule $1 $2 $3 handle \${BASH_REMATCH[-1]}"; fi
  done <<<"$said"
  if [ -n "$4" ]; then change+="$place tcp dport { $4 } accept comment \\"${ruleMark}\\""$'\\n'; fi
}
${each.join('\n')}
if [ -n "$change" ]; then nft -f - <<<"$change"; fi`
}

/** Whatever is no plain name would be read by nft as something else. */
function words({ family, name, table }: InputChain): string {
  for (const word of [family, table, name]) {
    if (!/^[A-Za-z0-9_.-]+$/.test(word)) throw new RangeError(`${JSON.stringify(word)} is no name of nftables`)
  }
  return [family, table, name].map(quote).join(' ')
}
