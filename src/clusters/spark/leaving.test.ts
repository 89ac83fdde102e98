import { expect, test } from 'vitest'
import { inputOf, onTwo } from '../../../test/unit/spark/fixture.ts'
import type { StandingMember } from '../../model/kind.ts'
import { spark } from './kind.ts'

const object = 'SparkCluster/data/analytics'

/** The worker of w1, which was started when there was one on w3 as well. */
const other: StandingMember = {
  host: 'w1',
  stem: 'ironherd-data-analytics-spark-worker-w1',
  record: { object, member: 'spark-worker-w1', peers: 'spark-worker-w1@w1,spark-worker-w3@w3' },
  seen: true,
}

function leaving(bereft: readonly string[]): readonly string[] {
  const result = spark.expand({ ...inputOf(onTwo), standing: [other], bereft })
  if ('problems' in result) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result.leaving.map(({ member }) => `${member.id}@${member.host}`)
}

test('a worker that is not declared any more and has no record has left', () => {
  expect(leaving([])).toEqual([])
  expect(leaving(['w3/ironherd-data-other-spark-worker-w3'])).toEqual([])
})

test('one whose record somebody else has taken away has not', () => {
  expect(leaving(['w3/ironherd-data-analytics-spark-worker-w3'])).toEqual(['spark-worker-w3@w3'])
})
