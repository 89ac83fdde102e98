import type { HostFile, HostPart } from '../../model/host.ts'

const notice = '# Written by ironherd from spec.preparation of the Host; changes here are undone.'

/** Everybody may read it; a comment says whose it is. */
export function fileOf(part: HostPart, path: string, lines: readonly string[]): HostFile {
  return plainFile(part, path, [notice, ...lines].map((line) => `${line}\n`).join(''))
}

export function plainFile(part: HostPart, path: string, content: string): HostFile {
  return { part, file: { path, content, mode: '644', owner: 'root', group: 'root', secret: false, restart: false } }
}
