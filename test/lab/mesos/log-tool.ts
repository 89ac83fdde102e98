import { exitWith } from './common/log.ts'
import { initialize } from './log/initialize.ts'

/** `mesos-log initialize --path=…`, as far as it was recorded (c-failures/13): other commands are refused. */
const [command, ...flags] = process.argv.slice(2)
const path = flags.find((flag) => flag.startsWith('--path='))?.slice('--path='.length)

if (command !== 'initialize') exitWith('main.cpp', `Command '${command ?? ''}' was not recorded`)
if (path === undefined) exitWith('initialize.cpp', 'Missing flag: --path')
initialize(path)
