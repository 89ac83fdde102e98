import type { Question } from '../../model/question.ts'
import { type Rules, recordQuestion, rpcQuestion, toolQuestions } from '../hdfs-common/questions.ts'

/** It has no web server and no /jmx (runbook §6.1): that its RPC port answers is all that it says. */
export function zkfcQuestion(rules: Rules): Extract<Question, { ask: 'http' }> {
  return rpcQuestion(rules, 'port')
}

/** `record`: the path of its first-start record. */
export function zkfcProbes(rules: Rules, record: string): readonly Question[] {
  return [zkfcQuestion(rules), ...toolQuestions(rules), recordQuestion(record)]
}
