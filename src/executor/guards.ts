import { quote } from '../formats/shell.ts'
import { absentZnodePattern } from '../formats/znode.ts'
import { znode, znodeCall } from '../hosts/script-znodes.ts'
import type { Guard } from '../model/step.ts'
import { stateOf } from './hadoop.ts'
import { listOf, sameList } from './reconfig.ts'

/** Bash that ends the step's subshell with 64 and a sentence when the machine is not as the plan had seen it. */
export function guardScript(guard: Guard): string {
  switch (guard.guard) {
    case 'Mounted': {
      const mount = quote(guard.mount)
      return `[ "$(stat -c %m -- ${mount} 2>/dev/null)" = ${mount} ] || refuse ${quote(`nothing is mounted at ${guard.mount}`)}`
    }
    case 'DirectoryEmpty': {
      const path = quote(guard.path)
      return `vacant ${path} || refuse ${quote(`${guard.path} is not empty`)}`
    }
    case 'UnitNotRunning':
      return `stopped ${quote(guard.unit)} || refuse ${quote(`${guard.unit} is not stopped`)}`
    case 'SameProcess': {
      const unit = quote(guard.unit)
      return `[ "$(systemctl show -p MainPID --value -- ${unit})" = ${guard.pid} ] || refuse ${quote(`process ${guard.pid} of ${guard.unit} runs no more`)}`
    }
    case 'SameList':
      return `${listOf(guard)}
[ "$(listed)" = ${sameList(guard)} ] || refuse 'the ensemble has another list of servers than was seen'`
    case 'FileAbsent': {
      const path = quote(guard.path)
      return `absent ${path} || refuse ${quote(`${guard.path} is there, or cannot be seen`)}`
    }
    case 'ZnodeAbsent':
      return `${znode}
said=$(${znodeCall(guard.address, guard.port, guard.path)} 2>/dev/null) || said=
like='${absentZnodePattern(guard.path)}'
[[ $said =~ $like ]] || refuse ${quote(`${guard.path} is not proven absent by the ZooKeeper server at ${guard.address}:${guard.port}`)}`
    case 'NameNodeIs':
      return `${stateOf(guard)}
[[ $state == ${guard.state} ]] || refuse ${quote(`the NameNode at ${guard.address}:${guard.port} is not ${guard.state}`)}": \${state:-it does not say}"`
    case 'NoMembers':
      return `for r in "$H"/members/*.json; do if [ -e "$r" ] || [ -L "$r" ]; then refuse "$(basename -- "$r" .json) stands on this machine"; fi; done`
    case 'OwnFile': {
      const path = quote(guard.path)
      return `absent ${path} || owned ${path} || refuse ${quote(`${guard.path} was not written by ironherd`)}`
    }
  }
}
