import { commandLine, quote } from '../formats/shell.ts'
import type { HadoopTool } from '../model/step.ts'

/**
 * Bash that runs a command as a transient unit of the tool's name, which lives on when whoever sent it dies, and stands in systemd
 * under that name for as long: systemd itself refuses a second unit of a name that runs, whoever asks. Its output goes to the file
 * `$log`, since a pipe would end with the sender; what systemd said stands in `$refused`. `options` are those of systemd-run beside
 * the ones that every tool has, `properties` those of the unit.
 */
export function runTransient(
  tool: HadoopTool,
  options: readonly string[],
  properties: readonly string[],
  command: readonly string[],
): string {
  const unit = quote(tool.unit)
  // Its scripts write a file with their process id, by default in /tmp, for a tool as for the daemon of that name.
  const runtime = `ironherd/${tool.unit.replace(/\.service$/, '')}`
  const all = [
    'StandardInput=null',
    'StandardError=inherit',
    'UMask=0077',
    `RuntimeDirectory=${runtime}`,
    'RuntimeDirectoryMode=0700',
    'KillMode=control-group',
    'TimeoutStopSec=10',
    'NoNewPrivileges=yes',
    ...properties,
  ].map((property) => `--property=${property}`)
  const identity = [`--unit=${tool.unit}`, `--uid=${tool.user}`, `--gid=${tool.group}`]
  const environment = ['--setenv=LC_ALL=C', `--setenv=HADOOP_PID_DIR=/run/${runtime}`]
  const words = commandLine([...options, '--collect', '--quiet', ...identity, ...environment, ...all])
  // systemd puts variables into the words of a command, and reads two dollars as one.
  const run = commandLine(command.map((word) => word.replaceAll('$', () => '$$')))
  return `systemctl reset-failed -- ${unit} 2>/dev/null || true
mkdir -p -m 0700 -- "$H/tools"
log=$H/tools/${unit}
rm -f -- "$log"
: >"$log"
refused=$(systemd-run ${words} --property="StandardOutput=file:$log" -- ${run} 2>&1 </dev/null)`
}
