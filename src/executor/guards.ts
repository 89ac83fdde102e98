import { quote } from '../formats/shell.ts'
import type { Guard } from '../model/step.ts'
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
    case 'OwnFile': {
      const path = quote(guard.path)
      return `absent ${path} || owned ${path} || refuse ${quote(`${guard.path} was not written by ironherd`)}`
    }
  }
}
