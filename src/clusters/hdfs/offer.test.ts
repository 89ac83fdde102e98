import { describe, expect, test } from 'vitest'
import { inputOf as anyInput, minimal } from '../../../test/unit/hdfs/cluster.ts'
import { placeHdfs } from './hosts.ts'
import { hdfsClientFiles, hdfsOffer } from './offer.ts'

const rawSpec = { ...minimal, nameservice: 'ns', hdfsSite: { 'dfs.replication': '2' } }

function inputOf(more: object = {}, status?: unknown) {
  return anyInput({ ...rawSpec, ...more }, { status })
}

function settings(xml = ''): Readonly<Record<string, string>> {
  const pairs = xml.matchAll(/<name>([^<]*)<\/name><value>([^<]*)<\/value>/g)
  return Object.fromEntries([...pairs].map(([, name = '', value = '']) => [name, value]))
}

describe('what others may use of an HDFS', () => {
  test('is where it is, and what a client needs to find it whoever is active', () => {
    const { connect, files, uri } = hdfsOffer(inputOf())
    expect([connect, uri]).toEqual(['10.9.0.1:8020,10.9.0.2:8020', 'hdfs://ns'])
    expect(Object.keys(files ?? {})).toEqual(['core-site.xml', 'hdfs-site.xml'])
    expect(settings(files?.['core-site.xml'])).toEqual({ 'fs.defaultFS': 'hdfs://ns' })
    expect(settings(files?.['hdfs-site.xml'])).toMatchObject({
      'dfs.nameservices': 'ns',
      'dfs.ha.namenodes.ns': 'nn1,nn2',
      'dfs.namenode.rpc-address.ns.nn1': '10.9.0.1:8020',
      'dfs.namenode.rpc-address.ns.nn2': '10.9.0.2:8020',
      'dfs.namenode.http-address.ns.nn1': '10.9.0.1:9870',
      'dfs.namenode.http-address.ns.nn2': '10.9.0.2:9870',
      'dfs.client.failover.proxy.provider.ns':
        'org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider',
      // That one acts in clients.
      'dfs.replication': '2',
    })
  })

  test('has one NameNode under the same name in the simple form', () => {
    const one = { members: [{ id: 'nn1', host: 'm1' }], nameDirs: rawSpec.nameNodes.nameDirs }
    const { connect, files, uri } = hdfsOffer(
      inputOf({ journalNodes: undefined, zookeeperRef: undefined, nameNodes: one }),
    )
    expect([connect, uri]).toEqual(['10.9.0.1:8020', 'hdfs://ns'])
    expect(settings(files?.['core-site.xml'])).toEqual({ 'fs.defaultFS': 'hdfs://ns' })
    const { 'dfs.ha.namenodes.ns': ids, ...rest } = settings(files?.['hdfs-site.xml'])
    expect(ids).toBe('nn1')
    const all = settings(hdfsOffer(inputOf()).files?.['hdfs-site.xml'])
    const other = Object.entries(all).filter(([key]) => !/ns\.nn2$|ha\.namenodes/.test(key))
    expect(rest).toEqual(Object.fromEntries(other))
  })

  test('holds nothing of a daemon', () => {
    const text = JSON.stringify(hdfsOffer(inputOf()).files)
    expect(text).not.toMatch(/dir|fencing|zookeeper|edits|datanode/)
  })

  test('does not change with how it is, but for whether it is available', () => {
    const condition = { type: 'Available', status: 'True', reason: 'LeaderServing', message: 'nn1 is active' }
    const conditions = [{ ...condition, lastTransitionTime: '2026-11-21T00:00:00Z' }]
    const well = hdfsOffer(inputOf({}, { conditions, hdfs: { active: 'nn1' } }))
    const { available, why, ...ill } = hdfsOffer(inputOf())
    expect(available).toBe(false)
    expect(why).toMatch(/not said yet/)
    expect(well).toEqual({ ...ill, available: true, why: 'LeaderServing: nn1 is active' })
  })

  test('has the ports of Hadoop 2 for Hadoop 2', () => {
    const { files } = hdfsOffer(inputOf({ version: '2.10.2' }))
    expect(settings(files?.['hdfs-site.xml'])['dfs.namenode.http-address.ns.nn1']).toBe('10.9.0.1:50070')
  })
})

describe('the ConfigMap for clients', () => {
  test('has the same files, under a name of the object', () => {
    const input = inputOf()
    expect(hdfsClientFiles(input.object, placeHdfs(input.object.spec, input.hosts).nameNodes)).toEqual({
      clientFiles: { configMap: 'files-client', files: hdfsOffer(input).files },
    })
  })

  test('is not wanted where the spec says so', () => {
    expect(hdfsClientFiles(inputOf({ clients: { configMap: false } }).object, [])).toEqual({})
  })
})
