import type { Question } from '../../model/question.ts'
import { listOf, portOf, type Rules, ruleOf, toolOf } from './rules.ts'

export type HttpQuestion = Extract<Question, { ask: 'http' }>
export type FileQuestion = Extract<Question, { ask: 'file' }>
export type DirectoryQuestion = Extract<Question, { ask: 'directory' }>

/** A VERSION file has some 200 bytes; what is larger is none. */
const versionBytes = 4096

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

/** Jars that are to stand on its host already. */
export function jarQuestions(rules: Rules): readonly FileQuestion[] {
  return listOf(rules, 'extraJars').map((path) => ({ ask: 'file', path }))
}

/** Whether a tool of Hadoop still runs on the member's host, whoever started it. */
export function toolQuestions(rules: Rules): readonly Extract<Question, { ask: 'unit' }>[] {
  const tool = toolOf(rules)
  return tool === undefined ? [] : [{ ask: 'unit', unit: tool.unit }]
}
