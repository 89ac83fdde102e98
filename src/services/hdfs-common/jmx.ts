import { jsonOf } from '../common/http.ts'

export type Bean = Readonly<Record<string, unknown>>

/**
 * Answer of Hadoop's /jmx → beans by the last part of their name, e.g. NameNodeInfo. Undefined for what is not such an answer,
 * e.g. one that was cut off at its bound. No beans is an answer: the web server of a daemon lives before its beans do.
 */
export function beansOf(body: string): Readonly<Record<string, Bean>> | undefined {
  const value = jsonOf(body)
  if (!isObject(value) || !Array.isArray(value['beans'])) return undefined
  const beans: Record<string, Bean> = {}
  for (const bean of value['beans']) {
    if (!isObject(bean)) continue
    const name = /(?:^|,)name=([^,]+)/.exec(textOf(bean, 'name').replace(/^[^:]*:/, ''))?.[1]
    if (name !== undefined) beans[name] = bean
  }
  return beans
}

/** '' when it is missing, or no text. */
export function textOf(bean: Bean | undefined, key: string): string {
  const value = bean?.[key]
  return typeof value === 'string' ? value : ''
}

export function numberOf(bean: Bean | undefined, key: string): number | undefined {
  const value = bean?.[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** An attribute that holds JSON in a string, as many of HDFS do; undefined when it is missing or no JSON. */
export function nestedOf(bean: Bean | undefined, key: string): unknown {
  return jsonOf(textOf(bean, key))
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
