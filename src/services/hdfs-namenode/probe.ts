import type { Question } from '../../model/question.ts'
import {
  type DirectoryQuestion,
  type FileQuestion,
  type HttpQuestion,
  jmxQuestion,
  numberQuestion,
  recordQuestion,
  rpcQuestion,
  type StorageQuestions,
  storageQuestions,
  toolQuestions,
} from '../hdfs-common/questions.ts'
import { listOf, type Rules, ruleOf } from '../hdfs-common/rules.ts'
import { imagesOf, upgradeIn } from '../hdfs-common/upgrade.ts'
import { balanceProbes } from './balancer.ts'

export interface NameDirQuestions extends StorageQuestions {
  /** The last transaction that this directory saw begin (NNStorage.java). */
  readonly seenTxid: FileQuestion
}

export interface NameNodeQuestions {
  /** NameNodeStatus and NameNodeInfo. */
  readonly node: HttpQuestion
  /** FSNamesystem and FSNamesystemState. */
  readonly system: HttpQuestion
  readonly rpc: HttpQuestion
  readonly dirs: readonly NameDirQuestions[]
}

export function nameNodeQuestions(rules: Rules): NameNodeQuestions {
  return {
    node: jmxQuestion(rules, 'httpPort', 'service=NameNode,name=NameNode*'),
    system: jmxQuestion(rules, 'httpPort', 'service=NameNode,name=FSNamesystem*'),
    rpc: rpcQuestion(rules, 'rpcPort'),
    dirs: listOf(rules, 'nameDirs').map((dir) => ({
      ...storageQuestions(dir),
      seenTxid: numberQuestion(`${dir}/current/seen_txid`),
    })),
  }
}

/** `record`: the path of its first-start record. */
export function nameNodeProbes(rules: Rules, record: string): readonly Question[] {
  const { node, system, rpc } = nameNodeQuestions(rules)
  const own = [...imageQuestions(rules), ...balanceProbes(rules), ...toolQuestions(rules), recordQuestion(record)]
  return [node, system, rpc, ...nameDirProbes(rules), ...own]
}

/** Which copies of images there are, where one is to be made, or has to be there: beside the first name directory. */
export function imageQuestions(rules: Rules): readonly DirectoryQuestion[] {
  const [first] = listOf(rules, 'nameDirs')
  const asked =
    upgradeIn(rules).stage === 'Prepare' || ruleOf(rules, 'initialises') === 'true' || ruleOf(rules, 'copies') !== ''
  if (first === undefined || !asked) return []
  return [{ ask: 'directory', path: imagesOf(first) }]
}

/** Of them, those of its disks. */
export function nameDirProbes(rules: Rules): readonly Question[] {
  const { dirs } = nameNodeQuestions(rules)
  return dirs.flatMap(({ root, current, version, seenTxid }) => [root, current, version, seenTxid])
}
