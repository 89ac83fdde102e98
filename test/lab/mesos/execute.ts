#!/usr/bin/env node
import { loadFlags } from './common/flags.ts'
import { exitWith } from './common/log.ts'
import { run } from './execute/execution.ts'

// A stand-in for mesos-execute: runs one command as a task, and ends when that has ended.
process.title = 'mesos-execute'
const flags = loadFlags('mesos-execute', process.argv.slice(2), process.env)
// Anything else of Mesos' own tool is not here: better no answer than one that pleases.
const unsupported = ['appc_image', 'docker_image', 'networks', 'package', 'rlimits', 'task', 'task_group', 'volumes']
const asked = unsupported.filter((name) => flags.text(name) !== undefined)
if (asked.length > 0) exitWith('execute.cpp', `This stand-in has no --${asked.join(', --')}`)
// d-mesos-execute/10: the usage goes with it.
if (flags.text('name') === undefined) exitWith('execute.cpp', 'Missing required option --name')
if (flags.text('command') === undefined)
  exitWith('execute.cpp:957', 'Missing required option --command\n\nUsage: mesos-execute [options]')
await run(flags)
