import type { HdfsFailover, HdfsFencing, HdfsJournalNodes, HdfsSecondary, HdfsSpec } from '../../api/hdfs.ts'
import type { HostView } from '../../model/kind.ts'
import type { ServiceUser, SoftwareSource } from '../../model/member.ts'
import type { ObjectKey } from '../../model/object.ts'
import type { ExtraFilesResult } from '../common/extra-files.ts'
import type { UpgradeStage } from './upgrade.ts'
import { isHadoop2 } from './version.ts'

/** What all members of one HDFS are made from: the spec with its references resolved and checked. */
export interface HdfsContext {
  readonly key: ObjectKey
  readonly spec: HdfsSpec
  readonly software: SoftwareSource
  readonly user: ServiceUser
  readonly extra: ExtraFilesResult
  /** CID-… of the file system, known before it is made. */
  readonly clusterId: string
  /** In the order of the spec: the first makes the file system. Where all others look for them. */
  readonly nameNodes: readonly NameNodePlace[]
  /** Missing: the form is simple, and there is one NameNode. */
  readonly ha?: HighAvailability
  /** Of the simple form, where it is declared. */
  readonly secondary?: SecondaryPlace
  /** Hosts of DataNodes, group by group. */
  readonly dataNodes: readonly HostView[]
  /** Hosts whose DataNode was started and is declared no more. */
  readonly leavingNodes: readonly HostView[]
  /** By user: the addresses that it may act for others from, * for everywhere. */
  readonly proxyHosts: Readonly<Record<string, readonly string[]>>
  /** By address: racks of machines, whether they have a DataNode or not; missing: this file system knows of none. */
  readonly racks?: Readonly<Record<string, string>>
  /** Copies of each block that clients ask for, unless they say otherwise. */
  readonly replication: number
  readonly past: Past
  readonly upgrade: UpgradeStage
}

/** What NameNodes that take over from each other need beside them. */
export interface HighAvailability {
  readonly journalNodes: HdfsJournalNodes
  /** The list that NameNodes are to write to now: that of the spec, or one on the way there. */
  readonly journals: readonly HostView[]
  /** Begins: no record tells of that list yet, and nobody is restarted with it. Passes: another one comes after it. */
  readonly journalsWay: { readonly begins: boolean; readonly passes: boolean }
  readonly failover: HdfsFailover
  readonly fencing: HdfsFencing
  /** host:port,… of the ensemble by which the failover controllers elect. */
  readonly zookeeper: string
  /** Private key with which a failover controller ends another host's NameNode. Secret. */
  readonly fencingKey?: string
  /** Those whose machines are proven off, by a fence or a person's word, and were not seen since. */
  readonly provenOff: readonly NameNodePlace[]
}

export interface SecondaryPlace {
  readonly settings: HdfsSecondary
  readonly host: HostView
}

/** What is known of the object beside its spec; rules of the first start rest on it, and no file does. */
export interface Past {
  /** A sentence that names the record or the status by which the file system has lived; '': none does. */
  readonly born: string
  /** A record says that what stands is of the simple form. */
  readonly simple: boolean
  /** Id of a NameNode that was simple, and is not started before the journals hold all that it wrote; '': none. */
  readonly initialises: string
  /** Hosts on which it had members and that nobody has seen. */
  readonly unseen: readonly string[]
  /** A NameNode has left, and no failover controller runs yet that knows of it. */
  readonly untold: boolean
  readonly copies: ImageCopies
}

/** Of the newest image, before NameNodes or JournalNodes change. make: there has to be one. ask: whether there is one is looked at. */
export type ImageCopies = '' | 'ask' | 'make'

export interface NameNodePlace {
  readonly id: string
  readonly host: HostView
  /** How often it has come to a host while others stood; missing: never. */
  readonly moves?: number
  /** It is on its way to this host: who fails over to it now finds a NameNode that the others do not know. */
  readonly arrives?: true
  /** Ids of those whose failover controllers run with its old address. */
  readonly unaware?: readonly string[]
}

/** As `rules.namenodes` holds them, in JSON. */
export interface NameNodeAddress {
  readonly id: string
  /** Name of the Host object. */
  readonly host: string
  readonly address: string
  readonly rpcPort: number
  readonly httpPort: number
}

export function nameNodeHttpPort(spec: HdfsSpec): number {
  return spec.nameNodes.ports.http ?? (isHadoop2(spec.version) ? 50070 : 9870)
}

/** What of it makes the file system be found. */
export type Findable = Pick<HdfsContext, 'spec' | 'nameNodes'>

export function nameNodeAddresses({ spec, nameNodes }: Findable): readonly NameNodeAddress[] {
  const rpcPort = spec.nameNodes.ports.rpc
  const httpPort = nameNodeHttpPort(spec)
  return nameNodes.map(({ id, host }) => ({ id, host: host.name, address: host.serviceAddress, rpcPort, httpPort }))
}

/** host:port;… of the JournalNodes, as in the URI of the journal and in identity. */
export function journalsText({ journalNodes, journals }: Pick<HighAvailability, 'journalNodes' | 'journals'>): string {
  return journals.map((host) => journalAddress(journalNodes, host)).join(';')
}

export function journalAddress({ ports }: HdfsJournalNodes, { serviceAddress }: HostView): string {
  return `${serviceAddress}:${ports.rpc}`
}

/** id@host,…: which NameNode is where. */
export function namesText({ nameNodes }: Pick<HdfsContext, 'nameNodes'>): string {
  return nameNodes.map(({ id, host }) => `${id}@${host.name}`).join(',')
}

/** As namesText writes them. */
export function placesIn(names = ''): readonly { readonly id: string; readonly host: string }[] {
  return names.split(',').flatMap((text) => {
    const [id = '', host = ''] = text.split('@')
    return id === '' || host === '' ? [] : [{ id, host }]
  })
}

/** The znode that the failover controllers keep their lock in. */
export function electionZnode({ nameservice }: HdfsSpec, { failover }: HighAvailability): string {
  return `${failover.zookeeperPath}/${nameservice}`
}
