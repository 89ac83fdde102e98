import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allAlgorithms, fingerprint, isPinned, keyLine, offeredAlgorithms, parseHostKey } from './host-keys.ts'

/** Public keys made for this test, and what OpenSSH's `ssh-keygen -lf` printed for them. */
const printed: readonly (readonly [string, string])[] = [
  [
    'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMb/F4gi7KbtEhktS0rkRKRxrTy95lvdN0DpGtZSZREabteXioDP4KJZljSkoKdXqh3RbPWXW24ymTYDW6Gd84I=',
    'SHA256:Ml7cqy0LTaW4U+11lrrHYaf07iIh9PUbDqnYgptRGIU',
  ],
  [
    'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBFTovSPceyjqyPr2NBH7Ci/E+exmTG70LTCjl/kVI2bk/mYL78S5wiNfpBlqxGs6Zm4/cfgyxjF7b91X9lnTGrk7SBoAiCfGkigMpT16bbwVz9Ltd5x7IFt6YV0VO0lSRg==',
    'SHA256:iKQ0WbIzGl1WLlV+Gh37Uk8hulbyozePH2TTp3iy/Gg',
  ],
  [
    'ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBADMNBlvnHwKGuxBS3cMRHNA+ffrycnm04FHRAf5JmSIhaL8/21pTwHW3LAhGr0QCkbw4/x7D1tbdB+RGoALy2J79QFAv98mL5poSsmo/9xv6wAKSG5SWClk4XkrAnsMkUV/W7KGy4X3IrGLenM5ikEcmtRgYozE/Ak5SQQhBR3gHJHAfw==',
    'SHA256:sQ6RhrBCFSykGgwAL55a0aIeghABnuKsxU5mqXRmkmk',
  ],
  [
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJg8HqeEnLkIZgcTJy572gt7bTkvdrHc4Z1Xt0BXGEgj',
    'SHA256:fuy84oCurMrmGcvbCGGjoAjZkwDLdqmYFUH+GexG5Vk',
  ],
  [
    'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDEk4hCZzL3X79n7BtBpBk8ArnJclPm1KI4/Mf8+riuK4ZSyYSLgQNpzKXMauoAxcjWP6ZPC++ltmcV/ATGfxnmavEyAY53hYs0kt70kONPsTtpS6g2mJAqcZaYMpzvkH7M1QNGPyuPk0WZpPaIj8wUA+plZ2aCGgV6+7A5baHgJe/azhCAkGNJodhRYFturvaOj/p3HRFxFXiOd26vj4fSzHHd89GmhJd5D74v88geUeNIwo7cD9/nWsQ4GKUBr7RxHGfaqd1B/JKchqCJFhaBcANQLqp9brfnbluF+/TnW6yC48sJmK42dSlpPmyHnINhM5XJnIu+iWDEhhzSdJgx',
    'SHA256:2qc1p1/uD8YO4iv2oBP6qJYw2F2KlW2nV2WzWk1n8U8',
  ],
]

test.each(printed)('%s is read, printed back and has the fingerprint that ssh-keygen prints', (line, expected) => {
  const key = parseHostKey(`${line} root@m1`)
  expect(key && fingerprint(key.blob)).toBe(expected)
  expect(key && keyLine(key.blob)).toBe(line)
})

test('only signatures of pinned types are offered, best first, and never SHA-1', () => {
  const keys = printed.flatMap(([line]) => parseHostKey(line) ?? [])
  expect(offeredAlgorithms(keys.filter((key) => key.type === 'ssh-rsa'))).toEqual(['rsa-sha2-512', 'rsa-sha2-256'])
  expect(offeredAlgorithms(keys)).toEqual(allAlgorithms())
  expect(allAlgorithms()[0]).toBe('ssh-ed25519')
  expect(allAlgorithms()).not.toContain('ssh-rsa')
})

test('a key is pinned only when every byte is', () => {
  const keys = printed.flatMap(([line]) => parseHostKey(line) ?? [])
  const [first, ...others] = keys
  if (first === undefined) throw new Error('no key')
  expect(isPinned(first.blob, keys)).toBe(true)
  expect(isPinned(first.blob, others)).toBe(false)
  const changed = Buffer.from(first.blob)
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1
  expect(isPinned(changed, keys)).toBe(false)
})

test('text that is no key, or a key under another name, is not read', () => {
  const [line = ''] = printed[0] ?? []
  expect(parseHostKey(line.replace(/^\S+/, 'ssh-dss'))).toBeUndefined()
  expect(parseHostKey('ssh-ed25519')).toBeUndefined()
  fc.assert(fc.property(fc.string(), (text) => parseHostKey(text) === undefined))
})
