import type { Question } from '../../model/question.ts'

/** It has no web UI: that its own unit listens is what can be seen of it. */
export function shuffleProbes(port: number): readonly Question[] {
  return [{ ask: 'listener', port }]
}
