import type { Question } from '../../model/question.ts'
import {
  type HttpQuestion,
  jmxQuestion,
  recordQuestion,
  type StorageQuestions,
  storageQuestions,
} from '../hdfs-common/questions.ts'
import { listOf, type Rules } from '../hdfs-common/rules.ts'

export interface DataNodeQuestions {
  /** DataNodeInfo. */
  readonly node: HttpQuestion
  readonly dirs: readonly StorageQuestions[]
}

export function dataNodeQuestions(rules: Rules): DataNodeQuestions {
  return {
    node: jmxQuestion(rules, 'httpPort', 'service=DataNode,name=DataNodeInfo'),
    dirs: listOf(rules, 'dataDirs').map(storageQuestions),
  }
}

/** `record`: the path of its first-start record. */
export function dataNodeProbes(rules: Rules, record: string): readonly Question[] {
  return [dataNodeQuestions(rules).node, ...dataDirProbes(rules), recordQuestion(record)]
}

/** Of them, those of its disks. */
export function dataDirProbes(rules: Rules): readonly Question[] {
  return dataNodeQuestions(rules).dirs.flatMap(({ root, current, version }) => [root, current, version])
}
