import { Agent, request } from 'node:http'
import { connectFailure } from './failure.ts'
import { warning } from './log.ts'
import type { Pid } from './pid.ts'

/** Messages to other OS processes: one connection to each, so that what was sent first arrives first. */
export class Outbox {
  readonly #agents = new Map<string, Agent>()
  #closed = false
  #underWay = 0
  #idle: (() => void)[] = []

  send(from: string, to: Pid, name: string, body: string): void {
    if (this.#closed) return
    const sent = request({
      host: to.ip,
      port: to.port,
      method: 'POST',
      path: `/${encodeURI(to.id)}/${name}`,
      headers: {
        'User-Agent': `libprocess/${from}`,
        'Libprocess-From': from,
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
      },
      agent: this.#agentFor(to),
    })
    this.#underWay += 1
    sent.on('close', () => this.#done())
    sent.on('response', (response) => response.resume())
    // It may be lost on the way: who sends it must know what to do then (process.cpp:1917 tells of refused ones only).
    sent.on('error', (error) => {
      if (this.#closed) return
      const why = connectFailure(to, error)
      if (why !== undefined) warning('process.cpp:1917', `Failed to send '${name}' to '${to.ip}:${to.port}', ${why}`)
    })
    sent.end(body)
  }

  /** Settles when all that was sent so far has arrived or is lost, but after so many milliseconds at most. */
  async drain(ms: number): Promise<void> {
    if (this.#underWay === 0) return
    const idle = new Promise<void>((resolve) => {
      this.#idle.push(resolve)
    })
    const late = new Promise<void>((resolve) => {
      setTimeout(resolve, ms).unref()
    })
    await Promise.race([idle, late])
  }

  close(): void {
    this.#closed = true
    for (const agent of this.#agents.values()) agent.destroy()
  }

  #done(): void {
    this.#underWay -= 1
    if (this.#underWay > 0) return
    for (const told of this.#idle.splice(0)) told()
  }

  #agentFor({ ip, port }: Pid): Agent {
    const key = `${ip}:${port}`
    const agent = this.#agents.get(key) ?? new Agent({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 })
    this.#agents.set(key, agent)
    return agent
  }
}
