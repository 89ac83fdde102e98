/** What the simulated systemd and the simulated daemons read from a unit file. */
export interface UnitText {
  readonly name: string
  readonly user: string
  readonly workingDirectory: string
  readonly mounts: readonly string[]
  /** Where ExecStartPre writes the digests, and of which files. */
  readonly loaded: string
  readonly summed: readonly string[]
  /** Words of ExecStart, without those of an environment file: simulated ones have none in it. */
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly restartMs: number
}

const parsed = new Map<string, UnitText | undefined>()

/** Undefined for what is not a unit that ironherd writes. */
export function unitText(name: string, content: string): UnitText | undefined {
  const key = `${name}\n${content}`
  if (!parsed.has(key)) {
    if (parsed.size > 5000) parsed.clear()
    parsed.set(key, parse(name, content))
  }
  return parsed.get(key)
}

function parse(name: string, content: string): UnitText | undefined {
  const values = (key: string) =>
    content.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []))
  const one = (key: string) => values(key).at(-1) ?? ''
  const sums = /sha256sum -- (.*) > (\S+?)"?$/.exec(one('ExecStartPre'))
  const command = one('ExecStart')
    .split(' ')
    .filter((word) => !word.startsWith('$'))
  if (sums === null || command.length < 2) return undefined
  return {
    name,
    user: one('User'),
    workingDirectory: one('WorkingDirectory'),
    mounts: one('RequiresMountsFor').split(' ').filter(Boolean),
    loaded: sums[2] ?? '',
    summed: (sums[1] ?? '').split(' '),
    command,
    environment: Object.fromEntries(
      values('Environment').map((word) => {
        const plain = word.replace(/^"|"$/g, '')
        return [plain.slice(0, plain.indexOf('=')), plain.slice(plain.indexOf('=') + 1)]
      }),
    ),
    restartMs: Number(one('RestartSec')) * 1000,
  }
}
