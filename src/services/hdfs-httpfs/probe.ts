import type { Question } from '../../model/question.ts'
import type { HttpQuestion } from '../hdfs-common/questions.ts'
import { portOf, type Rules, ruleOf } from '../hdfs-common/rules.ts'
import { httpFsUser } from './config.ts'

/** The root of the file system, asked as itself: it comes from the active NameNode, so an answer proves the whole way. */
export function httpFsQuestion(rules: Rules): HttpQuestion {
  const path = `/webhdfs/v1/?op=GETFILESTATUS&user.name=${httpFsUser}`
  return { ask: 'http', address: ruleOf(rules, 'address'), port: portOf(rules, 'port'), path }
}

export function httpFsProbes(rules: Rules): readonly Question[] {
  return [httpFsQuestion(rules)]
}
