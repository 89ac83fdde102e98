import type { Question } from '../../model/question.ts'
import {
  jmxQuestion,
  numberQuestion,
  type Rules,
  recordQuestion,
  rpcQuestion,
  ruleOf,
  type StorageQuestions,
  storageQuestions,
} from '../hdfs-common/questions.ts'

type HttpQuestion = Extract<Question, { ask: 'http' }>

export interface JournalQuestions extends StorageQuestions {
  readonly editsDir: Extract<Question, { ask: 'directory' }>
  readonly paxos: Extract<Question, { ask: 'directory' }>
  /** The newest writer that it has promised to obey (Journal.java): written when the first NameNode becomes active. */
  readonly promised: Extract<Question, { ask: 'file' }>
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
  const { node, rpc, journal } = journalNodeQuestions(rules)
  const { editsDir, root, current, version, paxos, promised } = journal
  return [node, rpc, editsDir, root, current, version, paxos, promised, recordQuestion(record)]
}
