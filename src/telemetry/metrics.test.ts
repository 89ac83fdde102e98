import { describe, expect, it } from 'vitest'
import { metricDefinitions } from './definitions.ts'
import { createMetrics } from './metrics.ts'
import { serveTelemetry, splitAddress } from './server.ts'

const member = { kind: 'SparkCluster', namespace: 'a', cluster: 'c', member: 'm', host: 'h' }

describe('metrics', () => {
  it('keep no last value of a series that its owner no longer reports', async () => {
    const metrics = createMetrics()
    metrics.replace('ironherd_member_up', 'c', [
      { labels: member, value: 1 },
      { labels: { ...member, member: 'n' }, value: 1 },
    ])
    metrics.replace('ironherd_member_up', 'd', [{ labels: { ...member, cluster: 'd' }, value: 1 }])
    metrics.replace('ironherd_member_up', 'c', [{ labels: { ...member, member: 'n' }, value: 0 }])
    const { text } = await metrics.render()
    expect(text.split('\n').filter((line) => line.startsWith('ironherd_member_up{'))).toEqual([
      'ironherd_member_up{kind="SparkCluster",namespace="a",cluster="c",member="n",host="h"} 0',
      'ironherd_member_up{kind="SparkCluster",namespace="a",cluster="d",member="m",host="h"} 1',
    ])
    metrics.forget('c')
    expect((await metrics.render()).text).not.toContain('cluster="c"')
  })

  it('never show NaN', async () => {
    const metrics = createMetrics()
    metrics.replace('ironherd_member_since_seconds', 'c', [{ labels: member, value: Number.NaN }])
    expect((await metrics.render()).text).not.toContain('since_seconds{')
  })

  it('are named as Prometheus wants it', () => {
    for (const { name, type, help, labels } of metricDefinitions) {
      expect(name.endsWith('_total'), name).toBe(type === 'counter')
      expect(help, name).toMatch(/^[^\n]+\.$/)
      expect(name).toMatch(/^[a-z][a-z0-9_]*[a-z]$/)
      if (type === 'histogram') expect(labels).not.toContain('le')
    }
  })
})

describe('the telemetry server', () => {
  it('is ready only when nothing is missing, and says what is', async () => {
    const missing = ['the list of Hosts']
    const server = await serveTelemetry('127.0.0.1:0', createMetrics(), {
      healthy: () => true,
      notReady: () => missing,
    })
    try {
      const before = await fetch(`http://${server.address}/readyz`)
      expect([before.status, await before.text()]).toEqual([503, 'waiting for the list of Hosts\n'])
      missing.pop()
      expect((await fetch(`http://${server.address}/readyz`)).status).toBe(200)
      expect((await fetch(`http://${server.address}/healthz`)).status).toBe(200)
      expect(await (await fetch(`http://${server.address}/metrics`)).text()).toContain('# TYPE workqueue_depth gauge')
      expect((await fetch(`http://${server.address}/metrics`, { method: 'POST' })).status).toBe(405)
    } finally {
      await server.close()
    }
  })

  it('reads addresses with and without a host and in brackets', () => {
    expect(splitAddress('127.0.0.1:8090')).toEqual({ host: '127.0.0.1', port: 8090 })
    expect(splitAddress('[::1]:8090')).toEqual({ host: '::1', port: 8090 })
    expect(splitAddress(':8090')).toEqual({ host: undefined, port: 8090 })
    for (const wrong of ['8090', 'localhost:', 'localhost:x', 'localhost:70000']) {
      expect(() => splitAddress(wrong)).toThrow(wrong)
    }
  })
})
