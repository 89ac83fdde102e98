import type { Question } from '../../model/question.ts'
import { type HttpQuestion, recordQuestion, rpcQuestion, toolQuestions } from '../hdfs-common/questions.ts'
import { type Rules, ruleOf } from '../hdfs-common/rules.ts'
import { provenOffQuestion } from './proven-off.ts'

/** It has no web server and no /jmx (runbook §6.1): that its RPC port answers is all that it says. */
export function zkfcQuestion(rules: Rules): HttpQuestion {
  return rpcQuestion(rules, 'port')
}

/** `record`: the path of its first-start record. */
export function zkfcProbes(rules: Rules, record: string): readonly Question[] {
  const list = ruleOf(rules, 'fallback') === 'Block' ? (provenOffQuestion(rules) ?? []) : []
  return [zkfcQuestion(rules), ...toolQuestions(rules), recordQuestion(record), ...[list].flat()]
}
