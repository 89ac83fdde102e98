import { describe, expect, it } from 'vitest'
import { createLogger } from './log.ts'

const pem = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n'
const hidden = 'b3BlbnNzaC1rZXktdjEAAAAA'

function record(write: (log: ReturnType<typeof createLogger>) => void): string {
  let text = ''
  write(createLogger('debug', { write: (line: string) => void (text += line) }))
  return text
}

describe('the log', () => {
  it('never shows the private key of a target, wherever it is nested', () => {
    const target = { name: 'm1', privateKey: hidden, bastion: { name: 'gate', privateKey: hidden } }
    const text = record((log) => log.info({ wave: { targets: { m1: target } }, target }, 'looking'))
    expect(text).not.toContain(hidden)
    expect(text).toContain('gate')
  })

  it('never shows the content of a file that is marked secret, and shows that of others', () => {
    const text = record((log) =>
      log.info({
        files: [
          { path: '/a', content: 'hush', secret: true },
          { path: '/b', content: 'loud', secret: false },
        ],
      }),
    )
    expect(text).not.toContain('hush')
    expect(text).toContain('loud')
  })

  it('never shows the data of a Secret', () => {
    const text = record((log) => log.info({ object: { kind: 'Secret', data: { key: 'aHVzaA==' } } }, 'read'))
    expect(text).not.toContain('aHVzaA')
  })

  it('never shows the secrets that a cluster is expanded with', () => {
    expect(record((log) => log.info({ input: { secrets: { db: { password: 'hush' } } } }))).not.toContain('hush')
  })

  it('takes private keys out of messages, errors, their causes and the fields of child loggers', () => {
    const text = record((log) => {
      log.info(`the host said ${pem}`)
      log.error({ err: new Error(`cannot parse ${pem}`, { cause: new Error(pem) }) }, 'failed')
      log.error(new Error(pem))
      log.child({ said: pem, privateKey: hidden }).warn('child')
    })
    expect(text.split('\n')).toHaveLength(5)
    expect(text).not.toContain(hidden)
  })
})
