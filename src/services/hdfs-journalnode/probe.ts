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
} from '../hdfs-common/questions.ts'
import { type Rules, ruleOf } from '../hdfs-common/rules.ts'

export interface JournalQuestions extends StorageQuestions {
  readonly editsDir: DirectoryQuestion
  readonly paxos: DirectoryQuestion
  /** The newest writer that it has promised to obey (Journal.java): written when the first NameNode becomes active. */
  readonly promised: FileQuestion
}

export interface JournalNodeQuestions {
  /** JournalNodeInfo and, once it was used, `Journal-<nameservice>`. */
  readonly node: HttpQuestion
  readonly rpc: HttpQuestion
  readonly journal: JournalQuestions
}

export function journalNodeQuestions(rules: Rules): JournalNodeQuestions {
  const journal = ruleOf(rules, 'journal')
  return {
    node: jmxQuestion(rules, 'httpPort', 'service=JournalNode,name=Journal*'),
    rpc: rpcQuestion(rules, 'rpcPort'),
    journal: {
      ...storageQuestions(journal),
      editsDir: { ask: 'directory', path: ruleOf(rules, 'editsDir') },
      paxos: { ask: 'directory', path: `${journal}/current/paxos` },
      promised: numberQuestion(`${journal}/current/last-promised-epoch`),
    },
  }
}

/** `record`: the path of its first-start record. */
export function journalNodeProbes(rules: Rules, record: string): readonly Question[] {
  const { node, rpc } = journalNodeQuestions(rules)
  return [node, rpc, ...journalProbes(rules), recordQuestion(record)]
}

/** Of them, those of its disk. */
export function journalProbes(rules: Rules): readonly Question[] {
  const { editsDir, root, current, version, paxos, promised } = journalNodeQuestions(rules).journal
  return [editsDir, root, current, version, paxos, promised]
}
