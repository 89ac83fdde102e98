// One line when something starts, one every ten seconds while it runs, one at its end: nobody should wonder whether it hangs.

export type Log = (line: string) => void

export const PROGRESS_EVERY_MS = 10_000

export async function withProgress<T>(log: Log, what: string, doing: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now()
  const seconds = (): string => ((Date.now() - started) / 1000).toFixed(0)
  log(`lab: ${what}: ${doing} …`)
  const ticker = setInterval(() => {
    log(`lab: ${what}: ${doing} … ${seconds()} s`)
  }, PROGRESS_EVERY_MS)
  try {
    const result = await work()
    log(`lab: ${what}: done in ${seconds()} s`)
    return result
  } finally {
    clearInterval(ticker)
  }
}
