/** What a master wrote of its own leadership last, from its leadership.log. Times in ms since the epoch. */
export type Turn =
  | { readonly turn: 'recovering' | 'alive' | 'revoked'; readonly at: number }
  /** Nothing usable is written: since when it leads cannot be told. */
  | { readonly turn: 'unknown' }

/**
 * Reads leadership.log: lines `<ms since the epoch on the host's clock> <Spark's own sentence>`. /json/ does not say since
 * when a master leads, and a pass remembers nothing, so this file is the only witness. `skewMs` is the host's clock minus
 * ironherd's. Lines older than the process are another process's story.
 */
export function lastTurn(text: string, processStartedAt: number, skewMs: number): Turn {
  const lines = text.split('\n').filter((line) => line !== '')
  const match = /^(\d{10,16}) (.*)$/.exec(lines.at(-1) ?? '')
  if (match === null) return { turn: 'unknown' }
  const at = Number(match[1]) - skewMs
  // A second of tolerance: the start time that systemd tells and the JVM's clock are read at different places.
  if (at < processStartedAt - 1000) return { turn: 'unknown' }
  const turn = turnOf(match[2] ?? '')
  return turn === undefined ? { turn: 'unknown' } : { turn, at }
}

function turnOf(sentence: string): 'recovering' | 'alive' | 'revoked' | undefined {
  if (sentence.startsWith('Recovery complete')) return 'alive'
  if (sentence.startsWith('Leadership has been revoked')) return 'revoked'
  const elected = /^I have been elected leader! New state: (\w+)/.exec(sentence)
  if (elected === null) return undefined
  return elected[1] === 'ALIVE' ? 'alive' : 'recovering'
}
