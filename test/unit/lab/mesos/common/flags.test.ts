// Every command line of e-flags/environment-and-errors.txt, e-flags/no-flags-and-minimal-flags.txt and c-failures/49 that
// the parser of flags decides, and what it said.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseFlags } from '../../../../lab/mesos/common/flag-parser.ts'
import { flagsOf, type Program } from '../../../../lab/mesos/common/flag-values.ts'
import { outcome } from './program.ts'

const master = ['--ip=127.0.6.2', '--port=5050', '--work_dir=/x/me', '--quorum=1', '--zk=zk://127.0.6.1:2181/mesos']
const without = (name: string): string[] => master.filter((flag) => !flag.startsWith(`--${name}=`))
const agent = ['--ip=127.0.6.12', '--port=5051', '--work_dir=/x/ae', '--master=zk://127.0.6.1:2181/mesos']

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesos-flags-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function values(program: Program, argv: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  return parseFlags(flagsOf(program), argv, environment, program === 'mesos-execute' ? undefined : 'MESOS_').values
}

describe('what a master refuses', () => {
  const refused: [string, readonly string[], NodeJS.ProcessEnv, string][] = [
    ['an unknown flag', [...master, '--no_such=1'], {}, "Failed to load unknown flag 'no_such'"],
    ['an unknown flag that looks boolean', [...master, '--nosuch'], {}, "Failed to load unknown flag 'nosuch'"],
    ['a flag given twice', [...master, '--quorum=1'], {}, "Flag 'quorum' is already loaded via name 'quorum'"],
    [
      'a quorum that is no number',
      [...without('quorum'), '--quorum=abc'],
      {},
      "Failed to load flag 'quorum': Failed to load value 'abc': Failed to convert into required type",
    ],
    [
      'a port beyond the last',
      [...without('port'), '--port=99999'],
      {},
      "Failed to load flag 'port': Failed to load value '99999': Failed to convert into required type",
    ],
    [
      'a bad value in the environment',
      without('quorum'),
      { MESOS_QUORUM: 'abc' },
      "Failed to load flag 'quorum': Failed to load value 'abc': Failed to convert into required type",
    ],
    [
      'an empty value in the environment',
      without('quorum'),
      { MESOS_QUORUM: '' },
      "Failed to load flag 'quorum': Failed to load value '': Failed to convert into required type",
    ],
    [
      'a ping timeout below a second (c-failures/56)',
      [...master, '--agent_ping_timeout=500ms'],
      {},
      'Expected `--agent_ping_timeout` to be between 1secs and 15mins',
    ],
  ]
  it.each(refused)('%s', (_, argv, environment, message) => {
    expect(() => values('mesos-master', argv, environment)).toThrow(message)
  })
})

describe('what a master takes', () => {
  it('ignores a positional argument', () => {
    expect(values('mesos-master', [...master, 'positional']).quorum).toBe('1')
  })

  it('takes a quorum of nothing', () => {
    expect(values('mesos-master', [...without('quorum'), '--quorum=0']).quorum).toBe('0')
  })

  it('takes all of it from the environment', () => {
    const environment = {
      MESOS_IP: '127.0.6.2',
      MESOS_PORT: '5050',
      MESOS_WORK_DIR: '/x/me',
      MESOS_QUORUM: '1',
      MESOS_ZK: 'zk://127.0.6.1:2181/mesos',
    }
    const expected = { ip: '127.0.6.2', port: '5050', work_dir: '/x/me', quorum: '1', zk: 'zk://127.0.6.1:2181/mesos' }
    expect(values('mesos-master', [], environment)).toMatchObject(expected)
  })

  it('lets the command line win over the environment', () => {
    const environment = { MESOS_HOSTNAME: 'fromenv', MESOS_QUORUM: '7' }
    const shown = values('mesos-master', [...master, '--hostname=fromflag'], environment)
    expect(shown).toMatchObject({ hostname: 'fromflag', quorum: '1' })
  })

  it('ignores unknown variables and those of lower case', () => {
    const shown = values('mesos-master', without('quorum'), { MESOS_NO_SUCH: '1', mesos_quorum: '1' })
    expect(shown.quorum).toBeUndefined()
  })

  it('loads a deprecated alias as the flag that it stands for', () => {
    const parsed = parseFlags(flagsOf('mesos-master'), [...master, '--slave_ping_timeout=15secs'], {}, 'MESOS_')
    expect(parsed.values.agent_ping_timeout).toBe('15secs')
    expect(parsed.deprecated).toEqual(['slave_ping_timeout'])
  })

  it('turns a boolean off by its negation', () => {
    expect(values('mesos-master', [...master, '--no-hostname_lookup']).hostname_lookup).toBe('false')
  })

  it('reads a value from a file', () => {
    const file = join(folder, 'zk')
    writeFileSync(file, 'zk://127.0.6.1:2181/mesos\n')
    expect(values('mesos-master', [...without('zk'), `--zk=file://${file}`]).zk).toBe('zk://127.0.6.1:2181/mesos')
  })

  it('shows durations as Mesos writes them', () => {
    expect(values('mesos-master', [...master, '--agent_ping_timeout=90secs']).agent_ping_timeout).toBe('1.5mins')
  })

  it('allows a shorter ping timeout to a test that asks for short timers', () => {
    const shown = values('mesos-master', [...master, '--agent_ping_timeout=500ms'], { LAB_MESOS_TIMERS: 'short' })
    expect(shown.agent_ping_timeout).toBe('500ms')
  })
})

describe('what an agent and mesos-execute take and refuse', () => {
  it('an agent needs a work directory', () => {
    expect(() => values('mesos-agent', [])).toThrow("Flag 'work_dir' is required, but it was not provided")
  })

  it('an agent needs none to tell its version', () => {
    expect(values('mesos-agent', ['--version']).version).toBe('true')
  })

  it('an agent refuses an unknown flag', () => {
    expect(() => values('mesos-agent', [...agent, '--no_such=1'])).toThrow("Failed to load unknown flag 'no_such'")
  })

  it("an agent ignores a master's variables", () => {
    const shown = values('mesos-agent', agent, { MESOS_QUORUM: '2', MESOS_ZK: 'zk://x', MESOS_ATTRIBUTES: 'rack:env' })
    expect(shown).toMatchObject({ attributes: 'rack:env' })
    expect(shown.quorum).toBeUndefined()
  })

  it('mesos-execute needs a master, and reads no environment', () => {
    const environment = { MESOS_MASTER: '127.0.0.1:5050' }
    expect(() => values('mesos-execute', ['--name=nomaster', '--command=true'], environment)).toThrow(
      "Flag 'master' is required, but it was not provided",
    )
  })
})

describe('what the whole program prints, and how it ends', () => {
  it('says the version and ends with 0', async () => {
    expect(await outcome('flags', ['mesos-master', '--version'])).toEqual({
      code: 0,
      signal: null,
      stdout: 'mesos 1.12.0\n',
      stderr: '',
    })
  })

  it('says what is wrong and where help is, and ends with 1', async () => {
    const { code, stderr } = await outcome('flags', ['mesos-agent', ...agent, '--no_such=1'])
    const hint = 'See `mesos-agent --help` for a list of supported flags.'
    expect({ code, stderr }).toEqual({ code: 1, stderr: `Failed to load unknown flag 'no_such'\n\n${hint}\n` })
  })

  it('warns of a deprecated flag', async () => {
    const { code, stderr } = await outcome('flags', ['mesos-master', ...master, '--slave_ping_timeout=15secs'])
    expect(code).toBe(0)
    expect(stderr).toMatch(/^W\d{8} [\d:.]+ +\d+ main\.cpp:185\] Loaded deprecated flag 'slave_ping_timeout'\n$/)
  })

  it('says "EXIT with status" where a start fails, and ends with 1', async () => {
    const { code, stderr } = await outcome('exit', [])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^E\d{8} [\d:.]+ +\d+ main\.cpp:360\] EXIT with status 1: words\n$/)
  })

  it('dies by SIGABRT where a check fails', async () => {
    const { signal, stderr } = await outcome('abort', [])
    expect(signal).toBe('SIGABRT')
    expect(stderr).toMatch(/^F\d{8} [\d:.]+ +\d+ limiter\.hpp:69\] words\n\*\*\* Check failure stack trace: \*\*\*\n$/)
  })

  it('dies by SIGTERM, and says so', async () => {
    const { signal, stderr } = await outcome('terminate', [])
    expect(signal).toBe('SIGTERM')
    expect(stderr).toMatch(/RAW: Received signal SIGTERM from process \d+ of user \d+; exiting\n$/)
  })

  it('aborts where it cannot bind', async () => {
    const { signal, stderr } = await outcome('listen', ['10.9.9.9', '5051'])
    expect(signal).toBe('SIGABRT')
    expect(stderr).toContain('Failed to initialize: Failed to bind on 10.9.9.9:5051: Cannot assign requested address')
  })
})
