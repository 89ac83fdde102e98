import type { Question } from '../model/question.ts'

/**
 * Why a question cannot be put into a script, or undefined when it can. Values come from specs that were validated
 * before; this is the last wall before a root shell, and it also keeps patterns out of tools that would expand them
 * (`systemctl show`, `dpkg-query`).
 */
export function whyNotAskable(question: Question): string | undefined {
  switch (question.ask) {
    case 'unit':
    case 'log':
      return /^[A-Za-z0-9:_.\\@-]+\.[a-z]+$/.test(question.unit) && !question.unit.startsWith('-')
        ? undefined
        : `${show(question.unit)} is not the full name of a unit`
    case 'file':
    case 'directory':
    case 'software':
      return whyNotPath(question.path)
    case 'superseded':
      return whyNotPath(question.familyPrefix) ?? whyNotPath(question.keep)
    case 'java':
      return question.home === '' ? undefined : whyNotPath(question.home)
    case 'package':
      return /^[A-Za-z0-9][A-Za-z0-9+._-]*$/.test(question.name)
        ? undefined
        : `${show(question.name)} is not a package name`
    case 'user':
      return whyNotAccount(question.name, 'user') ?? whyNotAccount(question.group, 'group')
    case 'firewall':
      return undefined
    case 'listener':
      return whyNotPort(question.port)
    case 'talk':
      return whyNotPort(question.port) ?? whyNotAddress(question.address)
    case 'znode':
      return (
        whyNotPort(question.port) ??
        whyNotAddress(question.address) ??
        (/^\/[!-~]{0,400}$/.test(question.path) ? undefined : `${show(question.path)} is not the path of a znode`)
      )
    case 'http':
      return (
        whyNotPort(question.port) ??
        whyNotAddress(question.address) ??
        (/^\/[!-~]*$/.test(question.path) ? undefined : `${show(question.path)} is not the path of a URL`)
      )
  }
}

function whyNotAccount(name: string | undefined, what: string): string | undefined {
  return name === undefined || /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/.test(name)
    ? undefined
    : `${show(name)} is not a ${what} name`
}

function whyNotPath(path: string): string | undefined {
  if (!path.startsWith('/')) return `${show(path)} is not an absolute path`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return /[\u0000-\u001f\u007f]/.test(path) ? `${show(path)} holds a control character` : undefined
}

function whyNotPort(port: number): string | undefined {
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? undefined : `${port} is not a port`
}

function whyNotAddress(address: string): string | undefined {
  return /^[A-Za-z0-9.:_%-]+$/.test(address) ? undefined : `${show(address)} is not an address`
}

function show(value: string): string {
  return JSON.stringify(value.slice(0, 100))
}
