import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bootstrap, encodeRun, FrameDecoder, parseReady, sessionCommand } from './session-protocol.ts'

function frame(nonce: string, output: Buffer, code: number): Buffer {
  return Buffer.concat([Buffer.from(`\n${nonce} begin\n`), output, Buffer.from(`\n${nonce} end ${code}\n`)])
}

describe('frames', () => {
  test('output comes back byte for byte, however the stream is cut and whatever stands around it', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 6000 }),
        fc.string(),
        fc.integer({ min: 1, max: 700 }),
        (bytes, noise, size) => {
          const output = Buffer.from(bytes)
          const stream = Buffer.concat([Buffer.from(noise), frame('n0nce', output, 7), Buffer.from(noise)])
          const decoder = new FrameDecoder('n0nce', 10_000)
          for (let at = 0; at < stream.length; at += size) decoder.push(stream.subarray(at, at + size))
          expect(decoder.done?.output.equals(output)).toBe(true)
          expect(decoder.done?.tail).toBe('7')
        },
      ),
    )
  })

  test('more than the limit is an overflow and not an answer', () => {
    const decoder = new FrameDecoder('n', 1000)
    decoder.push(Buffer.from('\nn begin\n'))
    decoder.push(Buffer.alloc(2000, 0x61))
    expect(decoder.overflow).toBe(true)
    expect(decoder.done).toBeUndefined()
  })

  test('noise without end before the begin line is not kept', () => {
    const decoder = new FrameDecoder('n', 1000)
    for (let i = 0; i < 100; i++) decoder.push(Buffer.alloc(1000, 0x61))
    expect(decoder.overflow).toBe(false)
    decoder.push(frame('n', Buffer.from('x'), 0))
    expect(decoder.done?.output.toString()).toBe('x')
  })
})

test('the ready line is found behind the noise of a login shell, and names missing programs', () => {
  expect(parseReady('motd\nab ready', 'ab')).toBeUndefined()
  expect(parseReady('motd\nab ready 0\n', 'ab')).toEqual({ uid: 0, missing: [] })
  expect(parseReady('motd\nab ready 1000 tar gzip\n', 'ab')).toEqual({ uid: 1000, missing: ['tar', 'gzip'] })
})

test('root needs no sudo', () => {
  expect(sessionCommand('root')).not.toContain('sudo')
  expect(sessionCommand('ops')).toMatch(/^sudo -n -- /)
})

/** A real bash that runs the real loop, fed with the given bytes after the bootstrap. */
async function serve(input: Buffer): Promise<{ stdout: Buffer; stderr: Buffer; milliseconds: number }> {
  const bash = spawn('/bin/bash', ['--noprofile', '--norc'], { stdio: ['pipe', 'pipe', 'pipe'] })
  const out: Buffer[] = []
  const err: Buffer[] = []
  bash.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  bash.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  const began = performance.now()
  bash.stdin.end(Buffer.concat([Buffer.from(bootstrap('boot')), input]))
  await new Promise((resolve) => bash.once('close', resolve))
  return { stdout: Buffer.concat(out), stderr: Buffer.concat(err), milliseconds: performance.now() - began }
}

/** A killed process that nobody has reaped is dead too. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

function decode(stream: Buffer, nonce: string): { output: string; tail: string } | undefined {
  const decoder = new FrameDecoder(nonce, 1 << 20)
  decoder.push(stream)
  return decoder.done && { output: decoder.done.output.toString(), tail: decoder.done.tail }
}

describe('the loop in a real bash', () => {
  test('scripts run one after the other, apart from each other, with their own exit codes', async () => {
    const runs = [
      encodeRun('r1', 'x=1; cd /tmp; echo "out ü"; echo err >&2; exit 3', 5000, false),
      encodeRun('r2', 'echo "[${x-unset}] $PWD $(umask)"; cat', 5000, false),
      encodeRun('r3', 'printf "no newline"', 5000, false),
    ]
    const { stdout, stderr } = await serve(Buffer.concat(runs))
    expect(decode(stdout, 'r1')).toEqual({ output: 'out ü\n', tail: '3' })
    expect(decode(stderr, 'r1')?.output).toBe('err\n')
    expect(decode(stdout, 'r2')).toEqual({ output: '[unset] / 0077\n', tail: '0' })
    expect(decode(stdout, 'r3')).toEqual({ output: 'no newline', tail: '0' })
  })

  test('a script with a syntax error fails alone', async () => {
    const { stdout, stderr } = await serve(
      Buffer.concat([encodeRun('r1', 'if then (', 5000, false), encodeRun('r2', 'echo fine', 5000, false)]),
    )
    expect(Number(decode(stdout, 'r1')?.tail)).toBeGreaterThan(0)
    expect(decode(stderr, 'r1')?.output).toContain('syntax error')
    expect(decode(stdout, 'r2')?.output).toBe('fine\n')
  })

  test('a script that did not arrive whole is not run', async () => {
    const whole = encodeRun('r1', 'echo ran', 5000, false)
    const { stdout } = await serve(whole.subarray(0, whole.length - 1))
    expect(stdout.toString()).not.toContain('ran')
  })

  test('a run gets the bytes that follow when it asked for them, and the next run its own script', async () => {
    const { stdout } = await serve(
      Buffer.concat([
        encodeRun('r1', 'head -c 5 | tr a-z A-Z', 5000, true),
        Buffer.from('bytes'),
        encodeRun('r2', 'echo next', 5000, false),
      ]),
    )
    expect(decode(stdout, 'r1')?.output).toBe('BYTES')
    expect(decode(stdout, 'r2')?.output).toBe('next\n')
  })

  test('a run past its time is killed with its children, also when they ignore SIGTERM', async () => {
    const { stdout } = await serve(
      Buffer.concat([
        encodeRun('r1', `trap '' TERM; sleep 300 & echo $!; sleep 300; sleep 300`, 2000, false),
        encodeRun('r2', 'echo after', 5000, false),
      ]),
    )
    const first = decode(stdout, 'r1')
    expect(first?.tail).toBe('137')
    expect(decode(stdout, 'r2')?.output).toBe('after\n')
    await expect.poll(() => isAlive(Number(first?.output)), { timeout: 10_000 }).toBe(false)
  })

  test('what a run leaves behind is ended with it', async () => {
    const { stdout, milliseconds } = await serve(encodeRun('r1', 'sleep 300 & echo $!', 60_000, false))
    expect(milliseconds).toBeLessThan(60_000)
    const pid = Number(decode(stdout, 'r1')?.output)
    // SIGKILL is sent, not waited for: on a busy machine the process is there for a moment longer.
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
  })
})
