import type { Question } from '../../model/question.ts'
import {
  type HttpQuestion,
  jmxQuestion,
  recordQuestion,
  type StorageQuestions,
  storageQuestions,
} from '../hdfs-common/questions.ts'
import { type Rules, ruleOf } from '../hdfs-common/rules.ts'

export interface SecondaryQuestions {
  /** SecondaryNameNodeInfo. */
  readonly node: HttpQuestion
  readonly dir: StorageQuestions
}

export function secondaryQuestions(rules: Rules): SecondaryQuestions {
  return {
    node: jmxQuestion(rules, 'httpPort', 'service=SecondaryNameNode,name=SecondaryNameNodeInfo'),
    dir: storageQuestions(ruleOf(rules, 'checkpointDir')),
  }
}

/** `record`: the path of its first-start record. */
export function secondaryProbes(rules: Rules, record: string): readonly Question[] {
  return [secondaryQuestions(rules).node, ...checkpointDirProbes(rules), recordQuestion(record)]
}

/** Of them, those of its disk. */
export function checkpointDirProbes(rules: Rules): readonly Question[] {
  const { root, current, version } = secondaryQuestions(rules).dir
  return [root, current, version]
}
