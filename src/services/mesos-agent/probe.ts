import type { Question } from '../../model/question.ts'

export function agentProbes(at: { readonly address: string; readonly port: number }): readonly Question[] {
  return [
    { ask: 'http', ...at, path: '/metrics/snapshot' },
    { ask: 'http', ...at, path: '/flags' },
  ]
}
