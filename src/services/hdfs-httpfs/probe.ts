import type { Question } from '../../model/question.ts'
import { type HttpQuestion, recordQuestion } from '../hdfs-common/questions.ts'
import { portOf, type Rules, ruleOf } from '../hdfs-common/rules.ts'

/** A status of the root by way of the file system itself: with nobody active it fails though the gateway is well. */
export function httpFsQuestion(rules: Rules): HttpQuestion {
  return {
    ask: 'http',
    address: ruleOf(rules, 'address'),
    port: portOf(rules, 'httpPort'),
    path: '/webhdfs/v1/?op=GETFILESTATUS&user.name=httpfs',
  }
}

/** `record`: the path of its first-start record. */
export function httpFsProbes(rules: Rules, record: string): readonly Question[] {
  return [httpFsQuestion(rules), recordQuestion(record)]
}
