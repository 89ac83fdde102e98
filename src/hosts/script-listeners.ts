/**
 * Who listens on which of these ports. The kernel walks all of its sockets for a table, which takes longer than the rest
 * of this: the second is read only for ports that are not in the first, where Java's sockets are. Only lines in state 0A
 * (LISTEN) are split. Whose a socket is, is looked up first among the processes of the units that were asked for; all
 * processes of the machine are searched only for what is left. `units`, `split`, `first` and `f` come from the script
 * before.
 */
export function listeners(ports: readonly number[]): string {
  if (ports.length === 0) return ''
  const hex = [...new Set(ports)].map((port) => port.toString(16).toUpperCase().padStart(4, '0'))
  return `ports=(${hex.join(' ')})
listening=; inodes=() match=() rows=0
listening() {
  local -a table=(); local line
  [[ -r $1 ]] && mapfile -t table <"$1"
  (( rows += \${#table[@]} ))
  set -f
  for line in "\${table[@]}"; do
    [[ $line == *' 0A '* ]] || continue
    set -- $line
    [[ $4 == 0A ]] || continue
    case \${2##*:} in ${hex.join('|')})
      listening+="\${2##*:} \${10}"$'\\n'; inodes+=("\${10}"); match+=(-o -lname "socket:[[]\${10}[]]") ;;
    esac
  done
  set +f
}
listening /proc/net/tcp6
for p in "\${ports[@]}"; do if [[ $'\\n'$listening != *$'\\n'"$p "* ]]; then rows=0; listening /proc/net/tcp; break; fi; done
f listening "$rows" "$listening"
if (( \${#inodes[@]} )); then
  mains=(); split "\${units-}"; for line in "\${lines[@]}"; do [[ $line == MainPID=[1-9]* && -d /proc/\${line#*=}/fd ]] && mains+=("/proc/\${line#*=}/fd"); done
  owners() { (( $# )) && exec find "$@" -maxdepth 1 '(' "\${match[@]:1}" ')' -printf '%h %l\\n' 2>/dev/null; }
  found=$(owners "\${mains[@]}")
  for inode in "\${inodes[@]}"; do
    if [[ $found != *"socket:[$inode]"* ]]; then found=$(owners /proc/[0-9]*/fd); break; fi
  done
  seen=' '; split "$found"; found=("\${lines[@]}")
  for line in "\${found[@]}"; do
    place=\${line%% *}; socket=\${line#* }
    pid=\${place#/proc/}; pid=\${pid%/fd}; inode=\${socket//[!0-9]/}
    [[ -z $inode || $seen == *" $inode "* ]] && continue
    seen+="$inode "; first "/proc/$pid/comm"; comm=$line
    cgroup=(); [[ -r /proc/$pid/cgroup ]] && mapfile -t cgroup <"/proc/$pid/cgroup"
    f owner "$inode" "$pid" "$comm" "\${cgroup[*]}"
  done
fi`
}
