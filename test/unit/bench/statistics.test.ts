import { describe, expect, it } from 'vitest'
import { spreadOf } from '../../../bench/statistics.ts'

describe('spreadOf', () => {
  it('sorts as numbers and takes the middle of an odd count', () => {
    expect(spreadOf([100, 9, 20, 3, 5])).toEqual({ count: 5, median: 9, lowerQuartile: 5, upperQuartile: 20 })
  })

  it('interpolates between neighbours', () => {
    expect(spreadOf([1, 2, 3, 4])).toEqual({ count: 4, median: 2.5, lowerQuartile: 1.75, upperQuartile: 3.25 })
  })

  it('takes one value for all three', () => {
    expect(spreadOf([7])).toEqual({ count: 1, median: 7, lowerQuartile: 7, upperQuartile: 7 })
  })

  it('refuses an empty list', () => {
    expect(() => spreadOf([])).toThrow('a quantile of nothing')
  })
})
