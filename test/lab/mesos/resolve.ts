#!/usr/bin/env node
import { detectLeader } from './common/detector.ts'
import { Group, parseZkUrl } from './common/group.ts'
import { formatDuration } from './common/quantities.ts'

// A stand-in for mesos-resolve: prints host:port of the master that leads, as ZooKeeper knows it. Not recorded.
const timeoutMs = 5000

process.title = 'mesos-resolve'
const [url = ''] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))

function give(words: string): never {
  process.stderr.write(`${words}\n`)
  return process.exit(255)
}

function groupOf(text: string): Group {
  try {
    return new Group(parseZkUrl(text), { prefix: 'json.info_', sessionTimeoutMs: 10_000 })
  } catch (error) {
    return give(`Failed to create a master detector: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const group = groupOf(url)
setTimeout(() => give(`Failed to detect master from '${url}' within ${formatDuration(timeoutMs)}`), timeoutMs)
detectLeader(group, (leader) => {
  if (leader === undefined) return
  process.stdout.write(`${leader.address.ip}:${leader.address.port}\n`)
  void group.close().then(() => setTimeout(() => process.exit(0), 100))
})
