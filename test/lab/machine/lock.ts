// A lock between programs. Node has no flock(2): flock(1) holds it for us, and lets go when our end of its pipe closes,
// however we end.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

const FLOCK = 'flock'

/** Runs `work` while holding an exclusive lock on `file`. `onWait` is called once if somebody else holds it. */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait?: () => void): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  const holder = spawn(FLOCK, ['-x', file, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  holder.stdin.on('error', () => undefined)
  const waiting = setTimeout(() => onWait?.(), 500)
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => {
        resolve()
      })
      holder.once('error', reject)
      holder.once('exit', (code) => {
        reject(new Error(`flock ${file}: exit ${String(code)}`))
      })
    })
    clearTimeout(waiting)
    return await work()
  } finally {
    clearTimeout(waiting)
    holder.stdin.end()
  }
}
