import { commandLine } from '../formats/shell.ts'
import type { Action } from '../model/step.ts'

/**
 * Runs the command that proves another machine off, in an environment of its own. Its words are quoted one by one; its
 * standard input comes through a pipe, so that a secret stands in no file and in no process list. What it prints is kept only when
 * it was given no secret. Exit 0 is the only success: the codes of others would be taken for those of guards and verbs.
 */
export function fenceScript(action: Extract<Action, { verb: 'Fence' }>, input: string): string {
  const { command, secret, timeoutSeconds } = action
  const seconds = String(timeoutSeconds)
  const clean = 'env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C'
  const run = `timeout --kill-after=5 ${seconds} ${clean} ${commandLine(command)}`
  const bytes = Buffer.from(input)
    .toString('base64')
    .replace(/(.{76})/g, '$1\n')
  const piped =
    secret === undefined
      ? `said=$(${run} </dev/null 2>&1) || rc=$?`
      : `base64 -d <<'INPUT' | ${run} >/dev/null 2>&1 || rc=$?
${bytes}
INPUT
said='what it printed is not shown, since it was given a secret'`
  return `rc=0 said=
${piped}
case $rc in
0) echo "exit 0\${said:+: $said}";;
124|137) fail 1 "it did not end within ${seconds} s";;
*) fail 1 "exit $rc\${said:+: $said}";;
esac`
}
