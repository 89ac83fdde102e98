import type { Member } from '../../model/member.ts'
import type { Question } from '../../model/question.ts'

type HttpQuestion = Extract<Question, { ask: 'http' }>
type FileQuestion = Extract<Question, { ask: 'file' }>
type DirectoryQuestion = Extract<Question, { ask: 'directory' }>

/** What `Member.rules` of HDFS holds; a key that is missing reads as ''. */
export type Rules = Readonly<Record<string, string>>

/** A VERSION file has some 200 bytes; what is larger is none. */
const versionBytes = 4096

export function rulesOf(member: Member): Rules {
  return member.rules ?? {}
}

export function ruleOf(rules: Rules, key: string): string {
  return rules[key] ?? ''
}

/** Ports come as text; 0 for what is none, which nobody listens on. */
export function portOf(rules: Rules, key: string): number {
  const port = Number(rules[key] ?? '')
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0
}

/** Paths joined by ','. */
export function pathsOf(rules: Rules, key: string): readonly string[] {
  return ruleOf(rules, key)
    .split(',')
    .filter((path) => path !== '')
}

/** The beans whose names match, as JSON. Hadoop's JMXJsonServlet gives the names to MBeanServer.queryNames, which knows `*`. */
export function jmxQuestion(rules: Rules, port: string, beans: string): HttpQuestion {
  return { ask: 'http', address: ruleOf(rules, 'address'), port: portOf(rules, port), path: `/jmx?qry=Hadoop:${beans}` }
}

/** A port of Hadoop's RPC answers a GET with a sentence (ipc/Server.java): its listener and its readers live. */
export function rpcQuestion(rules: Rules, port: string): HttpQuestion {
  return { ask: 'http', address: ruleOf(rules, 'address'), port: portOf(rules, port), path: '/' }
}

/** What one storage directory of Hadoop is told by: `<root>/current/VERSION` (server/common/Storage.java). */
export interface StorageQuestions {
  readonly root: DirectoryQuestion
  readonly current: DirectoryQuestion
  readonly version: FileQuestion
}

export function storageQuestions(root: string): StorageQuestions {
  return {
    root: { ask: 'directory', path: root },
    current: { ask: 'directory', path: `${root}/current` },
    version: { ask: 'file', path: `${root}/current/VERSION`, content: versionBytes },
  }
}

/** A file with one number in it. */
export function numberQuestion(path: string): FileQuestion {
  return { ask: 'file', path, content: 64 }
}

/** That a first start was allowed on the member's host. */
export function recordQuestion(record: string): FileQuestion {
  return { ask: 'file', path: record }
}

/** Full name with .service of the transient unit of the tools on this host; '' when the member has none. */
export function toolUnit(rules: Rules): string {
  const found = /"unit":"([^"\\]+)"/.exec(ruleOf(rules, 'tool'))
  return found?.[1] ?? ''
}

export function toolQuestions(rules: Rules): readonly Extract<Question, { ask: 'unit' }>[] {
  const unit = toolUnit(rules)
  return unit === '' ? [] : [{ ask: 'unit', unit }]
}
