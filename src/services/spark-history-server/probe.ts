import { z } from 'zod'
import type { Question } from '../../model/question.ts'
import { jsonOf } from '../common/http.ts'

const version = z.object({ spark: z.string() })

/** Version that the history server says it is; undefined for anything else. */
export function parseVersion(body: string): string | undefined {
  return version.safeParse(jsonOf(body)).data?.spark
}

export function historyProbes(address: string, webUiPort: number): readonly Question[] {
  return [{ ask: 'http', address, port: webUiPort, path: '/api/v1/version' }]
}
