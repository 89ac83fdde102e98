import type { HttpAnswer } from '../../src/model/question.ts'

export type Bean = Readonly<Record<string, unknown>> & { readonly name: string }

/** As Hadoop's /jmx answers. */
export function answered(beans: readonly Bean[]): HttpAnswer {
  return { outcome: 'answered', status: 200, body: JSON.stringify({ beans }) }
}

/** What an RPC port of Hadoop makes of a GET. */
export const ipcSentence: HttpAnswer = {
  outcome: 'answered',
  status: 404,
  body: 'It looks like you are making an HTTP request to a Hadoop IPC port. This is not the correct port for the web interface on this daemon.\r\n',
}
