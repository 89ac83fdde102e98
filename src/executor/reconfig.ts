import { farewell, frame, greetedBytes, greeting, int, long, text } from '../formats/jute.ts'
import { quote } from '../formats/shell.ts'
import type { Action, Guard } from '../model/step.ts'

type Reconfig = Extract<Action, { verb: 'ReconfigEnsemble' }>

/** What the answer to a change of the list may be (KeeperException.Code of ZooKeeper). */
const refusals: Readonly<Record<number, string>> = {
  [-8]: 'this is no list that ZooKeeper takes (BadArguments)',
  [-13]: 'no majority of the new list is connected and in step (NewConfigNoQuorum)',
  [-14]: 'another change is under way (ReconfigInProgress)',
  [-102]: 'the server was started with another password of the super user (NoAuth)',
  [-103]: 'the list was changed meanwhile (BadVersion)',
  [-123]: 'the server runs with reconfigEnabled=false (ReconfigDisabled)',
}

/** Of the answer to the greeting, of that to the password (20), and of the head of that to the change (20). */
const answerBytes = greetedBytes + 40

/**
 * The server is spoken to over bash's own TCP, as by every look: no JVM is started, and the password is in no argument, environment
 * or file. ZooKeeper compares the version once more, in one with the change. Also where its answer is lost the change may have been
 * made, so the list itself says how it went; on this server it may come a moment later.
 */
export function reconfigScript(action: Reconfig, password: string): string {
  const { address, port, servers } = action
  const cases = Object.entries(refusals).map(([code, why]) => `${hex(Number(code))}) why=${quote(why)};;`)
  return `${listOf(action)}
exec 7<>/dev/tcp/${address}/${port}
printf %s ${quote(conversation(action, password).toString('base64'))} | base64 -d >&7
said=$(timeout 20 head -c ${answerBytes} <&7 | od -An -v -tx1 | tr -d ' \\n') || said=
exec 7>&-
code=\${said:${2 * (answerBytes - 4)}} why='the server gave no answer'
case $code in
00000000) why='it was accepted';;
${cases.join('\n')}
????????) why="it was refused ($code)";;
esac
for i in 1 2 3 4 5 6 7 8; do
  have=$(listed)
  [ "\${have% version=*}" != ${quote([...servers].sort().join(' '))} ] || exit 0
  case $code in ''|00000000) sleep 1;; *) break;; esac
done
fail 1 "the list of servers is not as it should be: $why"`
}

/** Defines `listed`: the list that the server says its ensemble has, with its version, in one line; nothing when it does not say. */
export function listOf({ address, port }: Pick<Reconfig, 'address' | 'port'>): string {
  return `listed() { { exec 8<>/dev/tcp/${address}/${port} && printf conf >&8 && timeout 5 cat <&8; } 2>/dev/null | sed -n -e '/^server\\./p' -e '/^version=/p' | sort | paste -sd ' '; }`
}

/** What `listed` says when the list is this one, as a word. */
export function sameList({ servers, version }: Extract<Guard, { guard: 'SameList' }>): string {
  return quote([...[...servers].sort(), `version=${version}`].join(' '))
}

function hex(code: number): string {
  return (code >>> 0).toString(16).padStart(8, '0')
}

/** A session, the password, the change (as since 3.5), the end. */
function conversation({ servers, version }: Reconfig, password: string): Buffer {
  const none = int(-1)
  return Buffer.concat([
    greeting,
    frame(int(-4), int(100), int(0), text('digest'), text(`super:${password}`)),
    frame(int(1), int(16), none, none, text(servers.join('\n')), long(BigInt(`0x${version}`))),
    farewell(2),
  ])
}
