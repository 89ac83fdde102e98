import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import type { RunSettings } from './run.ts'
import { addRunCommand } from './run.ts'

/** What the daemon would be started with, or what a person would read instead. */
async function parse(...args: readonly string[]): Promise<RunSettings | string> {
  let settings: RunSettings | undefined
  let said = ''
  const program = new Command('ironherd')
  addRunCommand(program, (given) => {
    settings = given
    return Promise.resolve()
  })
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeErr: (text) => void (said += text) })
  }
  await program.parseAsync(['node', 'ironherd', ...args]).catch(() => undefined)
  return settings ?? said
}

describe('ironherd run', () => {
  test('has a default for everything', async () => {
    expect(await parse('run')).toEqual({
      kubeconfig: '',
      namespaces: [],
      cacheDirectory: '/var/cache/ironherd',
      metricsAddress: '127.0.0.1:8090',
      leaseNamespace: 'ironherd-system',
      pollMs: 5_000,
      softwareCheckMs: 21_600_000,
      canaryMs: 120_000,
      logLevel: 'info',
    })
  })

  test('takes seconds and gives milliseconds, and takes several namespaces', async () => {
    const args = ['--poll-seconds', '2.5', '--namespace', 'a', '--namespace', 'b', '--metrics-address', '[::1]:9']
    expect(await parse('run', ...args)).toMatchObject({
      pollMs: 2_500,
      namespaces: ['a', 'b'],
      metricsAddress: '[::1]:9',
    })
  })

  test.each([
    [['run', '--poll-second', '3'], /unknown option '--poll-second'.*--poll-seconds/s],
    [['run', '--poll-seconds', '0'], /--poll-seconds <seconds>.* '0' is invalid.* a number from 1 to 300/],
    [['run', '--poll-seconds', ''], /--poll-seconds <seconds>.* '' is invalid/],
    [['run', '--canary-seconds', 'often'], /--canary-seconds <seconds>.* 'often' is invalid.* from 10 to 3600/],
    [['run', '--log-level', 'loud'], /--log-level <level>.* 'loud' is invalid.* debug/],
    [['run', '--metrics-address', 'everywhere'], /--metrics-address <host:port>.* 'everywhere' is invalid.* host:port/],
    [['run', '--metrics-address', ':99999'], /--metrics-address <host:port>.* ':99999' is invalid/],
    [['run', 'now'], /too many arguments/],
    [['ruin'], /unknown command 'ruin'.*run/s],
  ] as const)('says of %j what is wrong, and starts nothing', async (args, says) => {
    expect(await parse(...args)).toMatch(says)
  })
})
